import type { EpochLog } from "@igr/models";
import type { Cell, Table } from "../../view/table.js";
import { comparisonStudy } from "../comparison.js";
import { groupCurve } from "../curves.js";
import type { GroupResult, Study, StudyOptions } from "../study.js";
import { table1 } from "./table-1.js";

const thresholds = [
  { key: "zero", words: "exactly 0 in float32" },
  { key: "tiny", words: "at most 1e-10 in absolute value" },
] as const;

/** Figure 4: the share of gradients of a relaxed draw that vanish, in training of the full network; the runs are those of table 1. */
export function figure4(options: StudyOptions): Study {
  const name = "figure-4";
  const title = "Figure 4: vanishing gradients in training";
  const study = comparisonStudy({ ...table1, name, title, datasets: ["mnist"], seeds: 1 }, options);
  return {
    ...study,
    views: (results) => ({
      headlines: [],
      tables: [tableOf(name, title, results)],
      charts: thresholds.flatMap(({ key, words }) => {
        const value = ({ vanishedGradients }: EpochLog) =>
          vanishedGradients ? 100 * vanishedGradients[key] : undefined;
        const series = results
          .map((result) => groupCurve(value, result, nameOf(result)))
          .filter(({ points }) => points.length > 0);
        const chart = {
          kind: "lines",
          name: key,
          title: `Gradients d z_k / d parameter_j that are ${words}`,
          x: "epoch",
          y: "%",
          series,
        } as const;
        return series.length === 0 ? [] : [chart];
      }),
    }),
  };
}

function nameOf({ group }: GroupResult): string {
  return group.labels.protocol === "authors" ? `${group.labels.model}, authors'` : (group.labels.model ?? "");
}

function tableOf(name: string, title: string, results: readonly GroupResult[]): Table {
  const rows = results.map((result): Record<string, Cell> => {
    const logs = result.runs
      .flatMap(({ record }) => record?.epochs ?? [])
      .flatMap((log) => log.vanishedGradients ?? []);
    const row: Record<string, Cell> = { model: { text: nameOf(result) } };
    if (logs.length === 0) return row;
    for (const { key } of thresholds) {
      const value = logs.reduce((sum, log) => sum + log[key], 0) / logs.length;
      row[key] = { text: `${(100 * value).toFixed(2)} %`, value };
    }
    row.epochs = { text: `${logs.length}`, value: logs.length };
    return row;
  });
  return {
    name,
    title,
    head: [],
    columns: [
      { key: "model", title: "model", align: "left" },
      { key: "zero", title: "exactly 0" },
      { key: "tiny", title: "at most 1e-10" },
      { key: "epochs", title: "epochs" },
    ],
    rows,
    notes: [
      "Share of the entries d z_k / d parameter_j, over images, variables, categories k and parameters j, of one draw on one batch of validation images after each epoch; the mean over epochs.",
      "Parameters are loc and scale for IGR, logits for GS. tfjs' wasm and cpu backends keep denormal numbers.",
    ],
  };
}
