import type { EpochLog } from "@igr/models";
import type { Chart } from "../view/chart.js";
import type { Series } from "../view/line-chart.js";
import { meanOf, standardErrorOf } from "./statistics.js";
import type { GroupResult } from "./study.js";

/** A number of an epoch; undefined if there is none. */
export type EpochValue = (log: EpochLog) => number | undefined;

/** The bound on validation images, or on training images if there are no validation images. */
export const elboCurve: EpochValue = ({ validation, train }) => (validation ?? train).elbo;

interface Curve {
  readonly name: string;
  readonly title: string;
  readonly y: string;
  readonly value: EpochValue;
  /** Whether models that do not have the number report 0. */
  readonly isZeroAbsent?: boolean;
}

const curves: readonly Curve[] = [
  {
    name: "elbo",
    title: "Evidence lower bound by epoch, validation images",
    y: "ELBO (nats per image)",
    value: elboCurve,
  },
  {
    name: "kl",
    title: "KL divergence from the prior by epoch",
    y: "KL (nats per image)",
    value: ({ validation, train }) => (validation ?? train).kl,
    isZeroAbsent: true,
  },
  {
    name: "vanished",
    title: "Gradients of a relaxed draw that are exactly 0 in float32",
    y: "vanished gradients (%)",
    value: ({ vanishedGradients }) => (vanishedGradients ? 100 * vanishedGradients.zero : undefined),
  },
];

/** Curves by epoch of each group, the mean over its seeds with a band of two standard errors; a chart for each data set. */
export function curvesOf(results: readonly GroupResult[]): Chart[] {
  const datasets = [...new Set(results.map(({ group }) => group.labels.data ?? ""))];
  return datasets.flatMap((data) =>
    curves.flatMap((curve): Chart[] => {
      const those = results.filter(({ group }) => (group.labels.data ?? "") === data);
      const series = those
        .map((result) => groupCurve(curve.value, result, nameOf(result)))
        .filter(({ points }) => points.length > 0);
      const title = data === "" ? curve.title : `${curve.title}: ${data}`;
      const name = data === "" ? curve.name : `${curve.name}-${data}`;
      const isAbsent = curve.isZeroAbsent && series.every(({ points }) => points.every(({ y }) => y === 0));
      return series.length === 0 || isAbsent ? [] : [{ kind: "lines", name, title, x: "epoch", y: curve.y, series }];
    }),
  );
}

function nameOf({ group, runs }: GroupResult): string {
  const { data: _, ...labels } = group.labels;
  return labelsInWords({ group: { ...group, labels }, runs });
}

/** The labels that distinguish a group, separated by commas. */
export function labelsInWords({ group }: GroupResult): string {
  return Object.values(group.labels)
    .filter((label) => label !== "")
    .join(", ");
}

/** The mean over a group's seeds by epoch, with a band of two standard errors. */
export function groupCurve(value: EpochValue, { runs }: GroupResult, name: string): Series {
  const lengths = runs.flatMap(({ record }) => (record ? [record.epochs.length] : []));
  const points = Array.from({ length: lengths.length === 0 ? 0 : Math.max(...lengths) }, (_, index) => {
    const values = runs.flatMap(({ record }) => {
      const log = record?.epochs[index];
      return (log && value(log)) ?? [];
    });
    const error = standardErrorOf(values) ?? 0;
    const y = meanOf(values);
    return { x: index + 1, y, low: y - 2 * error, high: y + 2 * error };
  });
  return { name, points: points.filter(({ y }) => Number.isFinite(y)) };
}
