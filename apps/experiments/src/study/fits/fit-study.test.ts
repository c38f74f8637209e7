import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Calculated, Calculation, Results } from "../../calculation/calculation.js";
import type { FitRecord } from "../../calculation/fit.js";
import { keptStudy } from "../../documentation/kept-views.js";
import { openStore } from "../../run/open-store.js";
import { chartToSvg } from "../../view/chart.js";
import { builtInStudies, makeBuiltIn } from "../built-in/index.js";

const fit = {
  pmf: [0.6, 0.3, 0.1],
  totalVariation: 0.125,
  kl: null,
  vertexProximity: 0.8,
  averageK: undefined,
  passingCap: 0,
};
const record: FitRecord = { target: [0.5, 0.3, 0.2], before: fit, after: fit, losses: [1, 0.5] };
const all: Results = <T>(_: Calculation<T>) =>
  ({ result: record, seconds: 1.5, machine: "one core" }) as unknown as Calculated<T>;

test("a figure of fits has a row for each fit, panels before and after for each family, and shows infinite divergences as such", async () => {
  const study = await makeBuiltIn("figure-6", {});
  const { tables, charts } = study.views([], all);
  expect(tables[0]?.rows[0]).toMatchObject({
    relaxation: { text: "IGR(0.10)" },
    after: { value: 0.125 },
    kl: { text: "infinite" },
  });
  const [chart] = charts;
  expect(chart).toMatchObject({ kind: "bars" });
  const titles = chart?.kind === "bars" ? chart.panels.map(({ title }) => title) : [];
  expect(titles).toEqual([
    "IGR, before fitting",
    "IGR, after fitting",
    "IGR-Planar, before fitting",
    "IGR-Planar, after fitting",
  ]);
  expect(chart && chartToSvg(chart)).not.toContain("NaN");
});

test("figures that share fits share calculations, and fits that are not computed yet have a row without numbers", async () => {
  const [figure, every] = [await makeBuiltIn("figure-2", {}), await makeBuiltIn("approximations", {})];
  const settings = every.calculations?.map((each) => each.settings);
  for (const each of figure.calculations ?? []) expect(settings).toContainEqual(each.settings);
  const { tables, charts } = figure.views([], () => undefined);
  expect(tables[0]?.rows[0]).toEqual({ relaxation: { text: "IGR-SB(0.01)" }, objective: { text: "mean" } });
  expect(charts).toEqual([]);
});

test("--set changes settings of fits, and the table says so; other options are rejected", async () => {
  const study = await makeBuiltIn("figure-7", { set: { steps: 5 } });
  expect(study.calculations?.[0]?.settings).toMatchObject({ steps: 5, samples: 1000 });
  expect(study.views([], all).tables[0]?.head).toEqual(["Changed: steps 5."]);
  await expect(makeBuiltIn("figure-7", { set: { step: 5 } })).rejects.toThrow("figure-7: step is not used");
  await expect(makeBuiltIn("figure-7", { set: { steps: 0 } })).rejects.toThrow("steps must be >= 1, got 0");
  await expect(makeBuiltIn("figure-1", { epochs: 3 })).rejects.toThrow("--epochs is not used: figure-1 trains no runs");
});

test("each of the paper's twelve figures and four tables is a study", () => {
  const names = builtInStudies.map(({ name }) => name);
  for (let n = 1; n <= 12; n += 1) expect(names).toContain(`figure-${n}`);
  for (let n = 1; n <= 4; n += 1) expect(names).toContain(`table-${n}`);
});

describe("the committed fits", () => {
  const store = openStore(fileURLToPath(new URL("../../../../../docs/results/kept", import.meta.url)));

  test("show Poisson(50) by IGR-SB at temperature 0.01 within a total variation of 0.05", async () => {
    const { views } = await keptStudy("figure-2", {}, store);
    const sticks = views.tables[0]?.rows.filter(({ relaxation }) => relaxation?.text === "IGR-SB(0.01)");
    expect(sticks).toHaveLength(2);
    for (const { after } of sticks ?? []) expect(after?.value).toBeLessThan(0.05);
  });
});
