import { comparisons } from "../study/built-in/index.js";
import type { Comparison } from "../study/comparison.js";
import { meanOf } from "../study/statistics.js";
import { type GroupResult, valuesOf } from "../study/study.js";

/**
 * Whether the models of a table have the paper's order, for each data set and protocol; no sentence until two rows are
 * finished.
 */
export function orderSentences(study: string, results: readonly GroupResult[]): string[] {
  const comparison = comparisons.find(({ name }) => name === study);
  if (!comparison) return [];
  const keys = [...new Set(results.map(({ group }) => `${group.labels.data}|${group.labels.protocol}`))];
  const orders = keys.flatMap((key) => {
    const of = results.filter(({ group }) => `${group.labels.data}|${group.labels.protocol}` === key);
    return sentenceOf(comparison, key.split("|") as [string, string], of);
  });
  return [...orders, ...byProtocol(comparison, results)];
}

/** Rows that both protocols have measured: how much of the difference from the paper is that of the protocols. */
function byProtocol(comparison: Comparison, results: readonly GroupResult[]): string[] {
  const datasets = [...new Set(results.map(({ group }) => group.labels.data ?? ""))];
  return datasets.flatMap((data) => {
    const parts = comparison.rows.flatMap(({ name, paper }) => {
      const measured = (protocol: string) =>
        results.flatMap(({ group: { labels }, runs }) =>
          labels.data === data && labels.protocol === protocol && labels.model === name
            ? valuesOf(runs, comparison.measure)
            : [],
        );
      const [ours, theirs] = [measured("paper"), measured("authors")];
      if (ours.length === 0 || theirs.length === 0 || paper[data] === undefined) return [];
      const [a, b] = [ours, theirs].map((values) => meanOf(values).toFixed(1));
      return [`${name} has ${a} by ours, ${b} by the authors' and ${paper[data].toFixed(1)} in the paper`];
    });
    return parts.length === 0 ? [] : [`On ${data}, by protocol: ${parts.join("; ")}.`];
  });
}

/** How a sentence about a data set and a protocol begins. */
export function placeOf(data: string, protocol: string | undefined): string {
  return `On ${data}, ${protocol === "authors" ? "the authors' protocol" : "our protocol"}`;
}

function sentenceOf(
  comparison: Comparison,
  [data, protocol]: [string, string],
  results: readonly GroupResult[],
): string[] {
  const { measure } = comparison;
  const isLoss = measure === "nll";
  const found = results.flatMap(({ group, runs }) => {
    const model = group.labels.model ?? "";
    const paper = comparison.rows.find(({ name }) => name === model)?.paper[data];
    const ours = valuesOf(runs, measure);
    return paper === undefined || ours.length === 0 ? [] : [{ model, paper, ours: meanOf(ours) }];
  });
  if (found.length < 2) return [];
  const best = (key: "paper" | "ours") =>
    [...found].sort((a, b) => (isLoss ? a[key] - b[key] : b[key] - a[key])).map(({ model }) => model);
  const [theirs, ours] = [best("paper"), best("ours")];
  const where = placeOf(data, protocol);
  return [
    theirs.join() === ours.join()
      ? `${where}, the order of the measured rows is the paper's, best first: ${ours.join(", ")}.`
      : `${where}, the order of the measured rows is ${ours.join(", ")}, best first; the paper's is ${theirs.join(", ")}.`,
  ];
}
