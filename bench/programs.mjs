/**
 * Milliseconds per training step of programs that have nothing to do with this project (bench/programs): eager
 * tfjs-node, compiled with 1 and 2 threads, and PyTorch. The engines alternate, so that other load of the machine
 * affects all of them equally. All start from the same weights and batches, and their first losses must agree; programs
 * with dropout are compared without it, in processes of their own. Saves medians, quartiles, memory and losses as JSON,
 * from which `npm run docs:results programs` generates docs/results/programs.md.
 *
 *   npm run bench:programs [-- --peers] [--programs gan,lstm] [--rounds 8] [--budget 250] [--out docs/results/programs.json]
 *
 * --peers needs `node bench/peers/setup.mjs` once, or --python with an interpreter that has PyTorch. A turn has as many
 * steps as fit into --budget milliseconds, at least one.
 */
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { doctor } from "@igr/tfjs-native";
import { busyCores } from "./busy-cores.mjs";
import { PeerProcess } from "./peer-process.mjs";
import { programs } from "./programs/index.mjs";
import { commit, writeReport } from "./report.mjs";
import { statistics } from "./statistics.mjs";

const { values: args } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    programs: { type: "string", default: Object.keys(programs).join(",") },
    python: { type: "string" },
    rounds: { type: "string", default: "8" },
    budget: { type: "string", default: "250" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/programs.json", import.meta.url)) },
  },
});
const rounds = Number(args.rounds);
const budget = Number(args.budget);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python =
  args.python ?? here(process.platform === "win32" ? "peers/.venv/Scripts/python.exe" : "peers/.venv/bin/python");

/** Steps whose losses are compared. */
const COMPARED = 5;
/** Of a loss, relative. The programs are smooth enough that rounding stays far below it in so few steps. */
const TOLERANCE = 1e-3;

if (args.peers && !args.python && !existsSync(python)) {
  console.error("bench:programs: --peers needs PyTorch: node bench/peers/setup.mjs");
  process.exit(1);
}
const hasTfjsNode = (await doctor({ project: here("../packages/tfjs-native") })).every(
  ({ state }) => state !== "missing",
);
if (!hasTfjsNode) {
  console.error(
    "bench:programs: without tfjs-node; `node packages/tfjs-native/bin/igr-tfjs-native.mjs setup --project packages/tfjs-native` builds it",
  );
}

const inThreads = (threads) => `${threads} thread${threads === 1 ? "" : "s"}`;
const inNode = (engine, threads, label) => ({ engine, threads, label, command: process.execPath });
const inPython = (engine, threads, label) => ({ engine, threads, label, command: python });

/** The engines of a program. The first is the one whose losses the others are compared with. */
function enginesOf(name) {
  const engines = [
    ...(hasTfjsNode ? [inNode("tfjs-node", 2, "tfjs-node (TensorFlow), 2 threads")] : []),
    inNode("jit", 1, "jit node, 1 thread"),
    inNode("jit", 2, "jit node, 2 threads"),
  ];
  if (!args.peers) return engines;
  engines.push(...[1, 2].map((threads) => inPython("torch", threads, `PyTorch, ${inThreads(threads)}`)));
  // torch.compile runs nn.LSTM as it is, and takes minutes for a loop over 120 times.
  if (!["lstm", "gru"].includes(name)) engines.push(inPython("torch-compiled", 2, "PyTorch compiled, 2 threads"));
  if (name === "gru") {
    const other = inPython("torch-library", 2, "PyTorch's nn.GRU (another recurrence), 2 threads");
    engines.push({ ...other, isOtherProgram: true });
  }
  return engines;
}

function start(name, { engine, threads, command }, ...options) {
  const file = here(command === process.execPath ? "programs-engine.mjs" : "peers/torch_programs.py");
  return new PeerProcess(command, [file, "--program", name, "--engine", engine, "--threads", `${threads}`, ...options]);
}

/** Trains steps; throws what the engine reports. */
async function train({ label, engine, process_ }, steps) {
  const answer = await process_.run(engine, steps);
  if (answer.error) throw new Error(`${label}: ${answer.error}`);
  return answer;
}

/** Processes of all engines, once they have loaded their libraries; started together, because that takes seconds. */
async function startAll(name, ...options) {
  const started = enginesOf(name).map((engine) => ({ ...engine, process_: start(name, engine, ...options) }));
  return Promise.all(
    started.map(async (each) => {
      const { versions, peakMiB } = await each.process_.ready();
      return { ...each, versions, loadedMiB: peakMiB, times: [] };
    }),
  );
}

const closeAll = (engines) => Promise.all(engines.map(({ process_ }) => process_.close()));

/** The first losses of each engine, without dropout. */
async function lossesWithoutDropout(name) {
  const engines = (await startAll(name, "--no-dropout")).filter(({ isOtherProgram }) => !isOtherProgram);
  const losses = new Map();
  for (const engine of engines) losses.set(engine.label, (await train(engine, COMPARED)).losses);
  await closeAll(engines);
  return losses;
}

/** The largest relative difference of two sequences of losses. */
function differenceOf(losses, expected) {
  const pairs = losses.flatMap((step, k) => step.map((loss, i) => [loss, expected[k][i]]));
  return Math.max(...pairs.map(([loss, other]) => Math.abs(loss - other) / Math.abs(other)));
}

/** Times of one program: the rows of its table. */
async function measure(name) {
  const checked = programs[name].hasDropout ? await lossesWithoutDropout(name) : undefined;
  const engines = await startAll(name);
  for (const engine of engines) {
    const first = await train(engine, 1);
    const second = await train(engine, 1);
    const { ms, losses } = await train(engine, COMPARED - 2);
    engine.firstCalls = [first.ms[0], second.ms[0]];
    engine.losses = checked?.get(engine.label) ?? [...first.losses, ...second.losses, ...losses];
    engine.perTurn = Math.max(1, Math.min(100, Math.round(budget / statistics(ms).minimum)));
    await train(engine, engine.perTurn);
    console.error(`  ${engine.label}: ${statistics(ms).minimum.toFixed(1)} ms, ${engine.perTurn} steps a turn`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const engine of engines) {
      const { ms, peakMiB } = await train(engine, engine.perTurn);
      // The first steps of a turn warm up threads and caches.
      engine.times.push(...(ms.length > 4 ? ms.slice(2) : ms));
      engine.peakMiB = peakMiB;
    }
    console.error(`  round ${round + 1} of ${rounds}, load ${loadavg()[0].toFixed(1)}`);
  }
  await closeAll(engines);
  const expected = engines[0].losses;
  return {
    title: programs[name].title,
    versions: Object.assign({}, ...engines.map(({ versions }) => versions)),
    rows: engines.map(({ engine, threads, label, isOtherProgram, times, firstCalls, loadedMiB, peakMiB, losses }) => ({
      ...{ label, engine, threads, ...statistics(times), firstCalls, loadedMiB, peakMiB, losses },
      ...(isOtherProgram ? { isOtherProgram } : { lossDifference: differenceOf(losses, expected) }),
    })),
  };
}

const report = {
  date: new Date().toISOString(),
  commit: commit(),
  machine: thisMachine(),
  options: args.peers ? ["--peers"] : [],
  rounds,
  busyBefore: await busyCores(),
  programs: {},
};
for (const name of args.programs.split(",")) {
  console.error(name);
  report.programs[name] = await measure(name);
}
report.busyAfter = await busyCores();

writeReport(args.out, report);
for (const { title, rows } of Object.values(report.programs)) {
  console.log(title);
  console.table(
    rows.map(({ label, median, minimum, peakMiB, lossDifference }) => ({
      label,
      median,
      minimum,
      peakMiB,
      lossDifference,
    })),
  );
}
console.log(
  `Wrote ${args.out}; \`npm run docs:results programs\` writes docs/results/programs.md from docs/results/programs.json.`,
);
const rows = Object.values(report.programs).flatMap((program) => program.rows);
const differing = rows.filter(({ lossDifference = 0 }) => !(lossDifference <= TOLERANCE));
for (const { label, lossDifference } of differing) {
  console.error(`bench:programs: losses of ${label} differ by ${lossDifference} of their size`);
  process.exitCode = 1;
}
