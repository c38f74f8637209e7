import { flatten } from "../configuration/flatten.js";
import { runTitle } from "../configuration/title.js";
import { machineInWords } from "../machine.js";
import type { RunRecord } from "../run/record.js";
import { formatDuration } from "../terminal/format.js";
import type { Cell, Table } from "../view/table.js";
import type { GroupResult } from "./study.js";

/** How each run was made: commit, engine, machine, time. No table without runs. */
export function runsTable(results: readonly GroupResult[]): Table[] {
  const records = results.flatMap(({ runs }) => runs.flatMap(({ record }) => record ?? []));
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()];
  if (distinct.length === 0) return [];
  return [
    {
      name: "runs",
      title: "Runs",
      head: [],
      columns: [
        { key: "run", title: "run", align: "left" },
        { key: "model", title: "model", align: "left" },
        { key: "data", title: "data", align: "left" },
        { key: "seed", title: "seed" },
        { key: "epochs", title: "epochs" },
        { key: "commit", title: "commit", align: "left" },
        { key: "engine", title: "engine", align: "left" },
        { key: "machine", title: "machine", align: "left" },
        { key: "time", title: "training" },
      ],
      rows: distinct.map(rowOf),
      notes: distinct.some(({ environment }) => environment?.commit?.endsWith("+"))
        ? ["+ after a commit: tracked files differed from it."]
        : [],
    },
  ];
}

function rowOf({ id, configuration, epochs, environment }: RunRecord): Record<string, Cell> {
  const row: Record<string, Cell> = {
    run: { text: id },
    model: { text: runTitle(configuration) },
    data: { text: configuration.data.name },
    seed: { text: `${configuration.seed}`, value: configuration.seed },
    epochs: { text: `${epochs.length}`, value: epochs.length },
  };
  if (environment === undefined) return row;
  const { commit = "", engine, backend, threads, device } = environment;
  const where = device ?? backend;
  return {
    ...row,
    commit: { text: commit },
    engine: {
      text: `${engine} on ${where}${threads === undefined ? "" : `, ${threads} threads`}`.replace(
        ", 1 threads",
        ", 1 thread",
      ),
    },
    machine: { text: machineInWords(environment) },
    time: { text: formatDuration(environment.seconds), value: environment.seconds },
  };
}

/** Options that differ between groups, with a column for each group; no table for fewer than two groups. */
export function differencesTable(results: readonly GroupResult[], nameOf: (result: GroupResult) => string): Table[] {
  const compared = results.flatMap((result) => {
    const record = result.runs.find((run) => run.record !== undefined)?.record;
    return record ? [{ name: nameOf(result), options: flatten({ ...record.configuration, seed: 0, epochs: 0 }) }] : [];
  });
  const paths = [...new Set(compared.flatMap(({ options }) => Object.keys(options)))];
  const differing = paths.filter((path) => new Set(compared.map(({ options }) => options[path])).size > 1);
  if (differing.length === 0) return [];
  return [
    {
      name: "differences",
      title: "What differs in configuration",
      head: [],
      columns: [
        { key: "option", title: "option", align: "left" },
        ...compared.map(({ name }, index) => ({ key: `${index}`, title: name, align: "left" as const })),
      ],
      rows: differing.map((path) => ({
        option: { text: path },
        ...Object.fromEntries(compared.map(({ options }, index) => [`${index}`, { text: options[path] ?? "" }])),
      })),
      notes: ["Empty cells: the model has no such option. Seeds and epochs are omitted."],
    },
  ];
}
