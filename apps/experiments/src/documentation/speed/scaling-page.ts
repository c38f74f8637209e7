import { readFileSync } from "node:fs";
import { join } from "node:path";
import { medianOf } from "../../study/statistics.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";

/** Images per second by division of the cores, for each round. */
type Rates = Readonly<Record<string, readonly number[]>>;

/** What bench/scaling.mjs measured: images per second of the whole machine, by program and division, for each round. */
interface ScalingReport {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly load: readonly [before: number, after: number];
  readonly command: string;
  readonly splits: readonly string[];
  readonly rates: Readonly<Record<string, Rates>>;
}

/** docs/scaling.md: what a machine trains when its cores are divided among runs. */
export function scalingPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "scaling.json"), "utf8")) as ScalingReport;
  const { date, commit, machine, load, command, splits, rates } = report;
  const { igr = {}, ...peers } = rates;
  const best = (of: Rates) => Math.max(...splits.map((split) => medianOf(of[split] ?? [])));
  const bestPeer = Math.max(...Object.values(peers).map(best));
  return new Page("scaling.md", "figures")
    .add(
      "# Dividing a machine among runs",
      ...intro,
      `${machine}, ${date}, commit ${commit}, all other work stopped (load ${load.map((each) => each.toFixed(1)).join(" before and ")} after, an average that lags behind): \`${command}\`. Training images per second of the whole machine, median (minimum - maximum) over rounds:`,
      plainTable(
        ["", ...splits.map(inWords)],
        [
          ["igr study: whole training", igr] as const,
          ...Object.entries(peers).map(([name, of]) => [`${name}: bare steps`, of] as const),
        ].map(([name, of]) => [name, ...splits.map((split) => cellOf(of[split] ?? []))]),
      ),
      `The best division of \`igr study\` trains ${(best(igr) / bestPeer).toFixed(2)} times as many images as the best of PyTorch's bare steps.`,
      ...commands,
    )
    .files();
}

/** `2x1` as words. */
function inWords(split: string): string {
  const [processes = 1, threads = 1] = split.split("x").map(Number);
  return `${processes} ${processes === 1 ? "run" : "runs"}, ${threads} ${threads === 1 ? "thread" : "threads"} each`;
}

function cellOf(rates: readonly number[]): string {
  const format = (value: number) => Math.round(value).toLocaleString("en-US");
  return rates.length === 0
    ? ""
    : `${format(medianOf(rates))} (${format(Math.min(...rates))} - ${format(Math.max(...rates))})`;
}

const intro = [
  [
    "A study has many runs and a machine has several cores: one run may have all of them, or each core a run of its own. `igr study` trains as many",
    "runs at a time as there are cores, with one thread each (`--processes` and `--threads` change that).",
  ].join("\n"),
];

const commands = [
  [
    "`igr` trains the paper's model (MNIST, 55,000 images an epoch) in processes that differ in their seed, exactly as a study does: with binarization,",
    "metrics and a checkpoint after each epoch. It counts the training images of all of them, from the moment at which every run has finished its first epoch",
    "until the first run ends, so that loading and compiling are left out. `bench/torch-sweep.mjs` trains the same network from the same weights with",
    "`bench/peers/torch_peer.py`, in as many processes with as many threads, on batches that lie in memory: the bare steps, which is PyTorch at its best.",
  ].join("\n"),
  "On another machine (idle, or the numbers say nothing):",
  [
    "```sh",
    "igr bench scaling                                        # every division of the cores into equal parts",
    "igr bench scaling --splits 1x8,8x1 --model joint-vae",
    "node bench/torch-sweep.mjs --python python3              # PyTorch, eager and compiled, divided in the same ways",
    "node bench/scaling.mjs --python python3                  # both in turns; writes results/scaling.json",
    "```",
  ].join("\n"),
  "`npm run docs:results` writes this page from [results/scaling.json](results/scaling.json); bench/peers/requirements.txt says what PyTorch needs.",
];
