import { listed } from "../configuration/kinds.js";
import { resolveConfiguration } from "../configuration/resolve.js";
import type { PartialConfiguration } from "../configuration/schema.js";
import { InputError } from "../input-error.js";
import { describeMeasure, type MeasureName, measureTitles } from "../run/measure-names.js";
import type { Cell, Column, Table } from "../view/table.js";
import { curvesOf } from "./curves.js";
import { headlinesOf } from "./headline.js";
import { spreadCell } from "./spread-cell.js";
import { meanOf } from "./statistics.js";
import {
  epochsOf,
  exampleOf,
  type GroupResult,
  type GroupRun,
  progressOf,
  type Study,
  type StudyGroup,
  type StudyOptions,
} from "./study.js";

export const protocolNames = ["paper", "authors"] as const;
export type ProtocolName = (typeof protocolNames)[number];

const protocolTitles: Readonly<Record<ProtocolName, string>> = { paper: "ours", authors: "authors'" };

/** A row of a table of the paper, or an additional row. */
export interface ComparisonRow {
  readonly name: string;
  readonly settings: PartialConfiguration;
  /** The paper's values by data set, in the measure's unit. */
  readonly paper: Readonly<Record<string, number>>;
  /** Data sets of the row; by default all of the table. */
  readonly datasets?: readonly string[];
}

/** A table of the paper: models by data sets, with the paper's value and ours for each. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  /** Settings of all rows. */
  readonly settings: PartialConfiguration;
  readonly datasets: readonly string[];
  readonly protocols: readonly ProtocolName[];
  readonly epochs: number;
  readonly seeds: number;
  readonly rows: readonly ComparisonRow[];
  /** The measure that is compared with the paper. */
  readonly measure: MeasureName;
  /** Further measures. */
  readonly beside: readonly MeasureName[];
  /** Notes below the table. */
  readonly notes: readonly string[];
}

/** How to get data sets that are not part of the command. */
const howToGet: Readonly<Record<string, string>> = {
  celeba:
    "CelebA is not run: download img_align_celeba.zip and list_eval_partition.txt from the page of its authors (mmlab.ie.cuhk.edu.hk/projects/CelebA.html) to one folder, and give it with --data-dir",
};

/** The study of a table, reduced by options; its head says so. */
export function comparisonStudy(comparison: Comparison, options: StudyOptions = {}): Study {
  const { datasets, rows, protocols } = chosen(comparison, options);
  const epochs = options.epochs ?? comparison.epochs;
  const seeds = options.seeds ?? comparison.seeds;
  const groups = protocols.flatMap((protocol) =>
    datasets.flatMap((data) =>
      rows
        .filter((row) => row.datasets?.includes(data) ?? true)
        .map((row): StudyGroup => {
          const labels = { model: row.name, data, protocol };
          const absent = data === "celeba" && options.dataDir === undefined ? howToGet[data] : undefined;
          if (absent !== undefined) return { labels, configurations: [], absent };
          const configurations = Array.from({ length: seeds }, (_, k) =>
            resolveConfiguration(
              { preset: protocol, data: { name: data, ...(data === "celeba" ? { dir: options.dataDir } : {}) } },
              comparison.settings,
              row.settings,
              { epochs, seed: k + 1 },
              options.set,
            ),
          );
          return { labels, configurations };
        }),
    ),
  );
  return {
    name: comparison.name,
    title: comparison.title,
    groups,
    views: (results) => ({
      headlines: headlinesOf(comparison.measure, results),
      tables: [comparisonTable(comparison, results, headOf(comparison, options))],
      charts: curvesOf(results),
    }),
  };
}

function chosen(comparison: Comparison, options: StudyOptions) {
  const pick = <T>(what: string, all: readonly T[], nameOf: (each: T) => string, given?: readonly string[]): T[] => {
    if (given === undefined) return [...all];
    const found = given.map((name) => {
      const each = all.find((candidate) => nameOf(candidate).toLowerCase() === name.toLowerCase());
      if (each === undefined) {
        throw new InputError(
          `${comparison.name} has no ${what} ${JSON.stringify(name)}; it has ${listed(all.map(nameOf))}`,
        );
      }
      return each;
    });
    return [...new Set(found)];
  };
  return {
    datasets: pick("data set", comparison.datasets, (name) => name, options.datasets),
    rows: pick("row", comparison.rows, ({ name }) => name, options.rows),
    protocols: pick("protocol", comparison.protocols, (name) => name as string, options.protocols ?? ["paper"]),
  };
}

/** The reductions, so that nobody mistakes a reduced table for the paper's. */
function headOf(comparison: Comparison, options: StudyOptions): string[] {
  const parts: string[] = [];
  const { epochs = comparison.epochs, seeds = comparison.seeds } = options;
  if (epochs < comparison.epochs) parts.push(`${epochs} of ${comparison.epochs} epochs`);
  if (seeds < comparison.seeds) parts.push(`${seeds} of ${comparison.seeds} seeds`);
  if (options.datasets) parts.push(`${options.datasets.length} of ${comparison.datasets.length} data sets`);
  if (options.rows) parts.push(`${options.rows.length} of ${comparison.rows.length} rows`);
  if (options.set && Object.keys(options.set).length > 0) parts.push(`with ${JSON.stringify(options.set)}`);
  return parts.length === 0 ? [] : [`Reduced: ${parts.join(", ")}. These numbers are not the paper's.`];
}

function comparisonTable(comparison: Comparison, results: readonly GroupResult[], head: readonly string[]): Table {
  const { name, title, measure, notes } = comparison;
  const beside = comparison.beside.filter((each) =>
    results.some(({ runs }) => runs.some((run) => measureOf(run, each))),
  );
  const columns: Column[] = [
    { key: "model", title: "model", align: "left" },
    { key: "data", title: "data", align: "left" },
    { key: "protocol", title: "protocol", align: "left" },
    { key: "paper", title: "paper" },
    { key: measure, title: measureTitles[measure] },
    { key: "difference", title: "difference" },
    ...beside.map((each) => ({ key: each, title: measureTitles[each] })),
    { key: "epochs", title: "epochs" },
    { key: "seeds", title: "seeds" },
  ];
  const absent = [...new Set(results.flatMap(({ group }) => (group.absent === undefined ? [] : [group.absent])))];
  const described = [measure, ...beside].map(
    (each) => `${measureTitles[each]}: ${describeMeasure(each, exampleOf(each, results))}.`,
  );
  const spread = "± is the standard error over seeds; bounds are in nats per image.";
  return {
    name,
    title,
    head: [...head],
    columns,
    rows: results.map((result) => rowOf(comparison, beside, result)),
    notes: [...described, spread, ...notes, ...absent],
  };
}

function rowOf(
  comparison: Comparison,
  beside: readonly MeasureName[],
  { group, runs }: GroupResult,
): Record<string, Cell> {
  const { model = "", data = "", protocol = "" } = group.labels;
  const paper = comparison.rows.find((row) => row.name === model)?.paper[data];
  const finished = runs.filter(({ measures }) => measures !== undefined);
  const ours = finished.flatMap((run) => measureOf(run, comparison.measure)?.value ?? []);
  const epochs = [...new Set(finished.flatMap(epochsOf))].sort((a, b) => a - b);
  const row: Record<string, Cell> = {
    model: { text: model },
    data: { text: data },
    protocol: { text: protocolTitles[protocol as ProtocolName] ?? protocol, value: protocol },
    epochs: { text: epochs.length === 0 ? "" : epochs.join(", "), value: epochs.at(-1) ?? null },
    seeds: { text: finished.length === 0 ? "" : `${finished.length}`, value: finished.length },
  };
  if (paper !== undefined) row.paper = { text: paper.toFixed(1), value: paper };
  row[comparison.measure] = ours.length > 0 ? spreadCell(ours, "nats") : { text: progressOf(runs), value: null };
  if (ours.length > 0 && paper !== undefined) {
    const difference = meanOf(ours) - paper;
    row.difference = { text: `${difference > 0 ? "+" : ""}${difference.toFixed(1)}`, value: difference };
  }
  for (const each of beside) {
    const measured = finished.flatMap((run) => measureOf(run, each) ?? []);
    if (measured.length > 0) {
      row[each] = spreadCell(
        measured.map(({ value }) => value),
        measured[0]?.unit ?? "nats",
      );
    }
  }
  return row;
}

function measureOf({ measures }: GroupRun, name: MeasureName) {
  return measures?.values[name];
}
