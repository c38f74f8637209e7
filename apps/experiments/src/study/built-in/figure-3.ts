import { comparisonStudy } from "../comparison.js";
import { elboCurve, groupCurve } from "../curves.js";
import { meanOf, standardErrorOf } from "../statistics.js";
import { type GroupResult, type Study, type StudyOptions, valuesOf } from "../study.js";
import { table1 } from "./table-1.js";

/** Rows at temperatures with comparable distances from vertices, which the paper's figure shows dashed. */
const comparable = ["IGR(0.10)", "GS(0.25)"];

/** Figure 3: the ELBO by epoch on MNIST, the mean of five runs; the runs are those of table 1. */
export function figure3(options: StudyOptions): Study {
  const comparison = {
    ...table1,
    name: "figure-3",
    title: "Figure 3: the bound by epoch on MNIST",
    datasets: ["mnist"],
    seeds: 5,
    notes: [
      ...table1.notes,
      "The paper draws the test set's bound at every epoch; here the test set is measured once, and the curve is the validation images'.",
    ],
  };
  const study = comparisonStudy(comparison, options);
  return {
    ...study,
    views: (results, calculated) => ({
      ...study.views(results, calculated),
      charts: protocolsOf(results).flatMap((protocol) => chartOf(protocol, results)),
    }),
  };
}

function chartOf(protocol: string, results: readonly GroupResult[]) {
  const those = results.filter(({ group }) => group.labels.protocol === protocol);
  const series = those
    .map((result) => {
      const name = result.group.labels.model ?? "";
      return { ...groupCurve(elboCurve, result, name), line: comparable.includes(name) ? "dashed" : "solid" } as const;
    })
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return [];
  const seeds = Math.max(...those.map(({ runs }) => runs.filter(({ record }) => record).length));
  const ends = those.flatMap(({ group, runs }) => {
    const elbos = valuesOf(runs, "elbo");
    const error = standardErrorOf(elbos);
    return elbos.length === 0
      ? []
      : [`${group.labels.model} ${meanOf(elbos).toFixed(1)}${error === undefined ? "" : ` ± ${error.toFixed(1)}`}`];
  });
  const title = `ELBO by epoch on validation images of MNIST, mean of ${seeds} runs. Solid: temperatures chosen by cross-validation; dashed: comparable by nearness to vertices. Test set, measured at the end: ${ends.join(", ")}`;
  return [{ kind: "lines", name: protocol, title, x: "epoch", y: "ELBO (nats per image)", series } as const];
}

function protocolsOf(results: readonly GroupResult[]): string[] {
  return [...new Set(results.map(({ group }) => group.labels.protocol ?? ""))];
}
