import { expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import type { RunRecord } from "../run/record.js";
import { reportToHtml } from "../view/report.js";
import { labelsInWords } from "./curves.js";
import { differencesTable, runsTable } from "./provenance.js";
import { runsStudy } from "./runs-study.js";

function record(settings: Record<string, unknown>, elbo?: number): RunRecord {
  const values = elbo === undefined ? undefined : { elbo: { value: elbo, unit: "nats" as const } };
  return {
    id: "0".repeat(16),
    configuration: resolveConfiguration(settings),
    epochs: [],
    measures: values ? [{ epochs: 1, measuredEpoch: 1, values }] : [],
    pictures: [],
  };
}

test("runs that differ only in their seed are one row, with an error over seeds; the row of an unfinished run is empty", () => {
  const runs = [
    record({ seed: 1 }, -100),
    record({ seed: 2 }, -102),
    record({ latent: { delta: 1 } }, -103),
    record({ latent: { kind: "gs" } }),
  ];
  const { study, results } = runsStudy("t", runs);
  const [table] = study.views(results, () => undefined).tables;
  expect(table?.rows.map((row) => [row["label model"]?.text, row["label latent.delta"]?.text, row.elbo?.text])).toEqual(
    [
      ["IGR(0.50)", "0.1", "-101.0 ± 1.0"],
      ["IGR(0.50)", "1", "-103.0"],
      ["GS(0.67)", "", undefined],
    ],
  );
});

test("a page contains only our markup, whatever a configuration contains", () => {
  const evil = '"><script>alert(1)</script>';
  const { study, results } = runsStudy(evil, [record({ data: { name: "folder", dir: evil } }, -1), record({}, -2)]);
  const page = reportToHtml({
    title: evil,
    ...study.views(results, () => undefined),
    pictures: [{ caption: evil, png: new Uint8Array() }],
    provenance: [...differencesTable(results, labelsInWords), ...runsTable(results)],
    details: [{ title: evil, text: evil }],
  });
  expect(page).not.toContain("<script");
  expect(page).not.toContain('""');
  expect(page).toContain("&lt;script&gt;");
});
