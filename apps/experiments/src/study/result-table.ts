import { describeMeasure, type MeasureName, measureTitles } from "../run/measure-names.js";
import type { Cell, Table } from "../view/table.js";
import { scoreOf } from "./halving.js";
import { spreadCell } from "./spread-cell.js";
import { epochsOf, exampleOf, type GroupResult, type GroupRun, progressOf } from "./study.js";

/** A row for each group: its distinguishing labels, the validation ELBO for choices, and measures of the test set. */
export function resultTable(
  name: string,
  title: string,
  measures: readonly MeasureName[],
  results: readonly GroupResult[],
): Table {
  const labels = [...new Set(results.flatMap(({ group }) => Object.keys(group.labels)))];
  const shown = measures.filter((each) => results.some(({ runs }) => runs.some((run) => run.measures?.values[each])));
  const rows = results.map((result): Record<string, Cell> => {
    const { group, runs } = result;
    const finished = runs.filter((run) => run.measures !== undefined);
    const row: Record<string, Cell> = Object.fromEntries(
      Object.entries(group.labels).map(([key, text]) => [`label ${key}`, { text }]),
    );
    const score = scoreOf(asMeasured(result));
    row.validation = Number.isFinite(score)
      ? { text: score.toFixed(1), value: score }
      : { text: finished.length === 0 ? progressOf(runs) : "", value: null };
    for (const each of shown) {
      const found = finished.flatMap((run) => run.measures?.values[each] ?? []);
      if (found.length > 0) {
        row[each] = spreadCell(
          found.map(({ value }) => value),
          found[0]?.unit ?? "nats",
        );
      }
    }
    const epochs = [...new Set(runs.flatMap(epochsOf))];
    row.epochs = { text: epochs.join(", "), value: epochs.length === 0 ? null : Math.max(...epochs) };
    const seeds = group.isMeasured === false ? runs.filter(({ record }) => record !== undefined) : finished;
    row.seeds = { text: seeds.length === 0 ? "" : `${seeds.length}`, value: seeds.length };
    return row;
  });
  return {
    name,
    title,
    head: [],
    columns: [
      ...labels.map((label) => ({ key: `label ${label}`, title: label, align: "left" as const })),
      { key: "validation", title: "validation ELBO" },
      ...shown.map((each) => ({ key: each, title: measureTitles[each] })),
      { key: "epochs", title: "epochs" },
      { key: "seeds", title: "seeds" },
    ],
    rows,
    notes: [
      "validation ELBO: the best over epochs, on images held out of the training set; the mean over seeds. Only it may be used for choices.",
      ...shown.map((each) => `${measureTitles[each]}: ${describeMeasure(each, exampleOf(each, results))}.`),
      "± is the standard error over seeds; bounds are in nats per image.",
    ],
  };
}

/** A longer run that counts for a shorter one is shown with all of its epochs, as its measures are. */
function asMeasured({ group, runs }: GroupResult): GroupResult {
  const through = ({ configuration, measures, ...rest }: GroupRun): GroupRun => ({
    ...rest,
    configuration: { ...configuration, epochs: measures?.epochs ?? configuration.epochs },
    ...(measures === undefined ? {} : { measures }),
  });
  return { group, runs: runs.map(through) };
}
