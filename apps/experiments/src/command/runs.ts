import type { Command } from "commander";
import { flatten } from "../configuration/flatten.js";
import { runTitle } from "../configuration/title.js";
import { InputError } from "../input-error.js";
import { type Measure, type MeasureName, measureTitles } from "../run/measure-names.js";
import { type RunRecord, readRun } from "../run/record.js";
import { standardErrorOf } from "../study/statistics.js";
import { type Cell, type Table, tableToJson, tableToText } from "../view/table.js";
import type { CommandContext } from "./context.js";
import { findRun } from "./find-run.js";
import { type StoreOptions, storeOf, withStore } from "./store-options.js";

type Options = StoreOptions & { readonly json?: boolean };

/** `igr runs`: manages stored runs. */
export function runsCommand(command: Command, context: CommandContext): Command {
  const add = (name: string, description: string) =>
    withStore(command.command(name).description(description)).option("--json", "print JSON");
  add("list", "list all runs with their progress").action((options: Options) => listRuns(options, context));
  add("show", "show everything stored about a run")
    .argument("<run>", "name of a run, or a prefix of it")
    .action(async (name: string, options: Options) => {
      const store = storeOf(options);
      const record = await readRun(store, await findRun(store, name));
      context.stdout(`${JSON.stringify(record, null, 2)}\n`);
    });
  add("compare", "show how two runs differ in configuration and results")
    .argument("<a>")
    .argument("<b>")
    .addHelpText("after", "\nExample:\n  igr runs compare 3f2a 91bc")
    .action((a: string, b: string, options: Options) => compareRuns(a, b, options, context));
  add("rm", "delete runs with their checkpoints")
    .argument("<run...>", "names of runs, or prefixes of them")
    .action(async (names: string[], options: Options) => {
      const store = storeOf(options);
      const ids = await Promise.all(names.map((name) => findRun(store, name)));
      for (const id of new Set(ids)) {
        await store.remove(id);
        context.stdout(`${id} is deleted.\n`);
      }
    });
  return command;
}

async function listRuns(options: Options, { stdout, stderr }: CommandContext): Promise<void> {
  const store = storeOf(options);
  const records: RunRecord[] = [];
  for (const id of await store.list()) {
    try {
      records.push(await readRun(store, id));
    } catch (error) {
      // One damaged run hides no others.
      if (!(error instanceof InputError)) throw error;
      stderr(`${error.message}\n`);
    }
  }
  const rows = records
    .map(({ id, configuration, epochs, measures }): Record<string, Cell> => {
      const last = measures.at(-1);
      const elbo = last?.values.elbo;
      return {
        id: { text: id },
        model: { text: runTitle(configuration) },
        data: { text: configuration.data.name },
        seed: { text: `${configuration.seed}`, value: configuration.seed },
        epochs: { text: `${epochs.length}/${configuration.epochs}`, value: epochs.length },
        elbo: { text: elbo ? elbo.value.toFixed(2) : "", value: elbo?.value ?? null },
        state: { text: last && last.epochs >= configuration.epochs ? "finished" : "unfinished" },
      };
    })
    .sort((a, b) => (`${a.model?.text} ${a.data?.text}` < `${b.model?.text} ${b.data?.text}` ? -1 : 1));
  const columns = [
    { key: "id", title: "run", align: "left" },
    { key: "model", title: "model", align: "left" },
    { key: "data", title: "data", align: "left" },
    { key: "seed", title: "seed" },
    { key: "epochs", title: "epochs" },
    { key: "elbo", title: "test ELBO" },
    { key: "state", title: "state", align: "left" },
  ] as const;
  print(
    { name: "runs", title: `${rows.length} runs in ${store.location}`, head: [], columns, rows, notes: [] },
    options,
    stdout,
  );
}

async function compareRuns(a: string, b: string, options: Options, { stdout }: CommandContext): Promise<void> {
  const store = storeOf(options);
  const read = async (name: string) => readRun(store, await findRun(store, name));
  const [left, right] = [await read(a), await read(b)];
  const columns = [
    { key: "what", title: "", align: "left" },
    { key: "a", title: left.id },
    { key: "b", title: right.id },
    { key: "difference", title: "difference" },
  ] as const;
  const head = [`${runTitle(left.configuration)} and ${runTitle(right.configuration)}`];
  const notes = [
    "± of a difference: the standard error of paired differences, over blocks of the same test images, or over the last ten epochs of a curve; with *, the images of a measure were not kept or differ, and the two are treated as independent.",
  ];
  const rows = [...configurationRows(left, right), ...measureRows(left, right), ...curveRows(left, right)];
  print({ name: "comparison", title: "What differs", head, columns, rows, notes }, options, stdout);
}

function configurationRows(left: RunRecord, right: RunRecord): Record<string, Cell>[] {
  const [a, b] = [flatten(left.configuration), flatten(right.configuration)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((path) => a[path] !== b[path])
    .map((path) => ({ what: { text: path }, a: { text: a[path] ?? "" }, b: { text: b[path] ?? "" } }));
}

function measureRows(left: RunRecord, right: RunRecord): Record<string, Cell>[] {
  const [a, b] = [left.measures.at(-1)?.values ?? {}, right.measures.at(-1)?.values ?? {}];
  return (Object.keys(measureTitles) as MeasureName[]).flatMap((name) => {
    const [x, y] = [a[name], b[name]];
    if (!x || !y) return [];
    const paired = hasSameTest(left, right) ? pairedError(x, y) : undefined;
    const error = paired ?? Math.hypot(x.standardError ?? 0, y.standardError ?? 0);
    return [differenceRow(measureTitles[name], x.value, y.value, { error, isPaired: paired !== undefined })];
  });
}

/** Whether both runs were measured on the same images. */
function hasSameTest({ configuration: { data: a } }: RunRecord, { configuration: { data: b } }: RunRecord): boolean {
  return a.name === b.name && a.binarize === b.binarize && a.testImages === b.testImages;
}

/** The standard error of the difference of two measures over their blocks of images; undefined without such blocks. */
function pairedError(x: Measure, y: Measure): number | undefined {
  const [a = [], b = []] = [x.blocks, y.blocks];
  if (a.length < 2 || a.length !== b.length || x.images !== y.images) return undefined;
  return standardErrorOf(a.map((value, block) => (b[block] as number) - value));
}

function curveRows(left: RunRecord, right: RunRecord): Record<string, Cell>[] {
  const shared = Math.min(left.epochs.length, right.epochs.length);
  const elboAt = ({ epochs }: RunRecord, index: number) => epochs[index]?.validation?.elbo;
  const pairs = Array.from({ length: Math.min(10, shared) }, (_, k) => shared - 1 - k).flatMap((index) => {
    const [x, y] = [elboAt(left, index), elboAt(right, index)];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  const error = standardErrorOf(pairs.map(({ x, y }) => y - x));
  if (error === undefined) return [];
  const mean = (side: "x" | "y") => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  return [
    differenceRow(`validation ELBO, epochs ${shared - pairs.length + 1} to ${shared}`, mean("x"), mean("y"), {
      error,
      isPaired: true,
    }),
  ];
}

function differenceRow(
  what: string,
  x: number,
  y: number,
  { error, isPaired }: { readonly error: number; readonly isPaired: boolean },
): Record<string, Cell> {
  const spread = error > 0 ? ` ± ${error.toFixed(2)}${isPaired ? "" : "*"}` : "";
  const shown = `${y - x > 0 ? "+" : ""}${(y - x).toFixed(2)}${spread}`;
  return {
    what: { text: what },
    a: { text: x.toFixed(2), value: x },
    b: { text: y.toFixed(2), value: y },
    difference: { text: shown, value: y - x },
  };
}

function print(table: Table, { json }: Options, stdout: (text: string) => void): void {
  stdout(
    json
      ? `${JSON.stringify(tableToJson(table), null, 2)}\n`
      : `${tableToText(table, process.stdout.columns ?? Number.POSITIVE_INFINITY)}\n`,
  );
}
