import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import { milliseconds, type Quantiles } from "./times.js";

/** An engine's steps of one program. */
interface EngineRow extends Quantiles {
  readonly label: string;
  readonly engine: string;
  readonly threads: number;
  readonly quartile: number;
  readonly upperQuartile: number;
  /** Milliseconds of the first and the second call. */
  readonly firstCalls: readonly [number, number];
  /** Resident MiB before the program is made. */
  readonly loadedMiB: number | null;
  readonly peakMiB: number | null;
  /** The first losses: one or more numbers for each step. */
  readonly losses: readonly (readonly number[])[];
  /** The largest difference from the losses of the first row, relative; missing where the program is another one. */
  readonly lossDifference?: number;
}

interface ProgramTimes {
  readonly title: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly EngineRow[];
}

/** What bench/programs.mjs measured. */
interface ProgramsReport {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly options: readonly string[];
  readonly rounds: number;
  /** Cores that other programs kept busy. */
  readonly busyBefore: number;
  readonly busyAfter: number;
  readonly programs: Readonly<Record<string, ProgramTimes>>;
}

/** docs/results/programs.md: programs that have nothing to do with this project, compiled, beside tfjs-node and PyTorch. */
export function programsPage(docs: string): DocumentationFile[] {
  const report = JSON.parse(readFileSync(join(docs, "results", "programs.json"), "utf8")) as ProgramsReport;
  const { date, commit, machine, options, rounds, busyBefore, busyAfter, programs } = report;
  const command = ["npm run bench:programs", ...(options.length > 0 ? ["--", ...options] : [])].join(" ");
  const page = new Page("results/programs.md", "figures").add(
    "# Other programs, compiled",
    `\`${command}\`, ${date.slice(0, 10)}, commit ${commit}, ${machineInWords(machine)}; ${rounds} interleaved rounds; other programs kept ` +
      `${busyBefore.toFixed(1)} cores busy before and ${busyAfter.toFixed(1)} after. \`npm run docs:results\` writes this page from [programs.json](programs.json).`,
    ...(Math.max(busyBefore, busyAfter) > machine.cores / 4 ? [busy] : []),
    ...intro,
    summaryTable(Object.values(programs)),
  );
  for (const { title, rows, versions } of Object.values(programs)) {
    const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    page.add(`## ${title}`, enginesTable(rows), `Versions: ${known.join(", ")}. ${lossesInWords(rows)}`);
  }
  return page.files();
}

const busy =
  "**Other programs ran on this machine at the same time. These numbers show that the programs run and that their losses agree; times and ratios are those of no quiet machine.**";

const intro = [
  [
    "Programs of tfjs as its users write them (`bench/programs`): models of tf.layers with `compile` and `trainOnBatch`, and a GAN with two optimizers and a loop",
    "of its own. Each runs op by op in tfjs-node, compiled by `jitModel` or `jit`, and as the same program in PyTorch (`bench/peers/torch_programs.py`), from the same start weights and batches.",
    "Losses are compared over the first steps, without dropout: each framework draws masks of its own. Times are with dropout, and with two threads where nothing else is said.",
  ].join("\n"),
];

/** The program's own speed against the others', in medians. */
function summaryTable(programs: readonly ProgramTimes[]): string {
  const head = [
    "program",
    "compiled, ms",
    "tfjs-node, ms",
    "to tfjs-node",
    "best of PyTorch, ms",
    "to PyTorch",
    "2 threads to 1",
    "losses differ by",
  ];
  const cells = programs.map(({ title, rows }) => {
    const find = (engine: string, threads: number) =>
      rows.find((row) => row.engine === engine && row.threads === threads)?.median;
    const [one, two, eager] = [find("jit", 1), find("jit", 2), find("tfjs-node", 2)];
    const peers = rows.filter(({ engine }) => engine.startsWith("torch")).map(({ median }) => median);
    const peer = peers.length > 0 ? Math.min(...peers) : undefined;
    const difference = Math.max(...rows.map(({ lossDifference = 0 }) => lossDifference));
    const time = (value: number | undefined) => (value === undefined ? "" : milliseconds(value));
    const ratio = (other: number | undefined) =>
      two === undefined || other === undefined ? "" : `${(two / other).toFixed(2)}x`;
    return [
      title.split(/[,(]/)[0]!.trim(),
      ...[time(two), time(eager), ratio(eager), time(peer), ratio(peer), ratio(one), difference.toExponential(0)],
    ];
  });
  return plainTable(head, cells);
}

function enginesTable(rows: readonly EngineRow[]): string {
  const mebibytes = (value: number | null) => value?.toFixed(0) ?? "";
  return plainTable(
    [
      "engine",
      "median ms",
      "minimum",
      "quartiles",
      "first call",
      "second call",
      "peak MiB",
      "of it before",
      "losses differ by",
    ],
    rows.map(({ label, median, minimum, quartile, upperQuartile, firstCalls, peakMiB, loadedMiB, lossDifference }) => [
      label,
      milliseconds(median),
      milliseconds(minimum),
      `${milliseconds(quartile)} - ${milliseconds(upperQuartile)}`,
      ...firstCalls.map(milliseconds),
      mebibytes(peakMiB),
      mebibytes(loadedMiB),
      lossDifference?.toExponential(0) ?? "another program",
    ]),
  );
}

/** The losses of the compiled program, as many as were compared. */
function lossesInWords(rows: readonly EngineRow[]): string {
  const { losses } = rows.find(({ engine }) => engine === "jit") ?? rows[0]!;
  const words = losses.map((step) => step.map((loss) => loss.toFixed(4)).join(" and "));
  return `First losses, compiled: ${words.join(", ")}.`;
}
