import { existsSync, readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { studyChart } from "./chart.js";
import { type FitRecord, fitSettings, type StudyRecord } from "./fit-record.js";
import { approximationsPage } from "./page.js";
import { studies } from "./studies.js";

const fit = (pmf: readonly number[], panel?: string, kl: number = 0.02): FitRecord => {
  const shown = { pmf, totalVariation: 0.125, kl, vertexProximity: 0.8, averageK: undefined, passingCap: 0 };
  return {
    relaxation: { type: "gs", categories: 3 },
    temperature: 0.15,
    objective: "mean",
    ...(panel && { panel }),
    before: shown,
    after: shown,
    losses: [1, 0.5],
    seconds: 1.5,
  };
};
const study: StudyRecord = {
  name: "binomial",
  target: [0.5, 0.3, 0.2],
  fits: [fit([0.6, 0.3, 0.1], "GS(0.15)"), fit([0, 0, 1], undefined, Number.POSITIVE_INFINITY)],
};

test("a picture shows the target as bars and each fit that has a panel as dots, before and after", () => {
  const svg = studyChart(study);
  const { document } = parseHTML(svg);
  expect(svg.startsWith("<svg")).toBe(true);
  expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(document.querySelectorAll("circle").length).toBe(2 * 3);
  expect(svg).toContain("total variation 0.125");
  expect(svg).not.toContain("NaN");
});

test("the page has a row for each fit; an infinite divergence is called so, kept or not", () => {
  const facts = { ...fitSettings, machine: "one core" };
  const page = approximationsPage([study], facts);
  expect(page).toContain("| GS(0.15), K = 3 | `mean` | 0.125 | 0.125 | 0.020 | 80.0 % |  | 1.5 |");
  expect(page).toContain("| infinite |");
  expect(approximationsPage([JSON.parse(JSON.stringify(study))], facts)).toBe(page);
});

describe("the committed page", () => {
  const docs = new URL("../../../../docs/", import.meta.url);
  const text = (name: string) => readFileSync(new URL(name, docs), "utf8");
  const kept = JSON.parse(text("approximations/fits.json"));

  test("is what its kept fits give", () => {
    const time = existsSync(new URL("approximations/time.json", docs))
      ? JSON.parse(text("approximations/time.json"))
      : undefined;
    const page = approximationsPage(kept.studies, { ...kept.settings, machine: kept.machine }, time);
    expect(text("approximations.md")).toBe(page);
    for (const each of kept.studies) {
      expect(text(`approximations/${each.name}.svg`)).toBe(studyChart(each));
    }
    expect(kept.studies.map(({ name }: StudyRecord) => name)).toEqual(studies.map(({ name }) => name));
  });

  test("shows Poisson(50) by IGR-SB at temperature 0.01 within a total variation of 0.05", () => {
    const [poisson] = kept.studies as StudyRecord[];
    const sticks = poisson!.fits.filter(({ relaxation }) => relaxation.type === "igr-sb");
    expect(sticks.map(({ temperature }) => temperature)).toEqual([0.01, 0.01]);
    expect(Math.max(...sticks.map(({ after }) => after.totalVariation))).toBeLessThan(0.05);
  });
});
