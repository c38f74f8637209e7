/**
 * Milliseconds per training step of all engines in one run. The engines alternate, so that other load of the machine
 * affects all of them equally. Prints the medians and saves everything as JSON, from which `npm run docs:results`
 * generates docs/results/step.md.
 *
 *   npm run bench:step [-- --peers] [--models dense,conv] [--rounds 12] [--budget 400] [--costs] [--out docs/results/step.json]
 *
 * --peers needs `node bench/peers/setup.mjs` once, or --python with the interpreter that has them. A turn has as many
 * steps as fit into --budget milliseconds, at least one. On a machine with a GPU:
 *
 *   npm run bench:step -- --gpu webgpu,cuda --peers --python python3 --engines jit-node,torch,jax --threads 1,2,16 --no-costs
 *
 * measures providers of onnxruntime-node, its CPU, and the peers on CUDA. There all engines compile simultaneously to
 * save time on expensive machines, so the column of first steps is less meaningful.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { doctor } from "@igr/tfjs-native";
import { PeerProcess } from "./peer-process.mjs";
import { commit, writeReport } from "./report.mjs";
import { statistics } from "./statistics.mjs";

const { values: args } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    costs: { type: "boolean", default: true },
    models: { type: "string", default: "dense,conv" },
    engines: { type: "string" },
    gpu: { type: "string" },
    python: { type: "string" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "12" },
    budget: { type: "string", default: "400" },
    batch: { type: "string", default: "64" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/step.json", import.meta.url)) },
  },
  allowNegative: true,
});
const rounds = Number(args.rounds);
const budget = Number(args.budget);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cores = availableParallelism();
const python =
  args.python ?? here(process.platform === "win32" ? "peers/.venv/Scripts/python.exe" : "peers/.venv/bin/python");

const hasTfjsNode = (await doctor({ project: here("../packages/tfjs-native") })).every(
  ({ state }) => state !== "missing",
);
if (!hasTfjsNode) {
  console.error(
    "bench:step: without tfjs-node; `node packages/tfjs-native/bin/igr-tfjs-native.mjs setup --project packages/tfjs-native` builds it",
  );
}

const ours = (engine, threads, label, ...options) => ({
  group: "igr and tfjs",
  labels: { [engine]: label },
  command: process.execPath,
  args: [here("tfjs-engine.mjs"), "--engine", engine, "--threads", String(threads), ...options],
});
const engines = [
  ours("tfjs-cpu", 1, "tfjs cpu"),
  ours("tfjs-wasm", 1, "tfjs wasm"),
  ours("tfjs-wasm-transposed", 1, "tfjs wasm, transpose first"),
  ...(hasTfjsNode ? [ours("tfjs-node", 2, "tfjs-node (TensorFlow), 2 threads")] : []),
  ours("jit-web", 1, "jit web (wasm), 1 thread"),
  ...args.threads
    .split(",")
    .map((threads) => ours("jit-node", threads, `jit node, ${threads} thread${threads === "1" ? "" : "s"}`)),
  ...(args.gpu
    ? args.gpu
        .split(",")
        .map((provider) => ours("jit-node", 1, `jit node, provider ${provider}`, "--provider", provider))
    : ["true", "false"].map((spinning) =>
        ours("jit-node", 2, `jit node, 2 threads, spinning: ${spinning}`, "--spinning", spinning),
      )),
];
const peer = (name, suffix, ...options) => ({
  group: "peers",
  labels: {},
  suffix,
  command: python,
  args: [here(`peers/${name}_peer.py`), ...options],
});
const peers = args.gpu
  ? ["torch", "jax"].map((name) => peer(name, ", CUDA", "--device", "cuda"))
  : ["torch", "tensorflow", "jax"].map((name) => peer(name, "", "--threads", String(Math.min(2, cores))));
if (!args.gpu) {
  peers.push({ group: "peers", labels: {}, command: process.execPath, args: [here("peers/jaxjs_peer.mjs")] });
}

if (args.peers && !args.python && !existsSync(python)) {
  console.error("bench:step: --peers needs its programs: node bench/peers/setup.mjs");
  process.exit(1);
}
const chosen = [...engines, ...(args.peers ? peers : [])].filter(
  ({ args: words }) => !args.engines || args.engines.split(",").some((name) => words.join(" ").includes(name)),
);

/** Times of one model: the rows of its table. */
async function measure(model) {
  const processes = [];
  const versions = {};
  // Started together, because some of them take seconds to load their libraries.
  const started = chosen.map((engine) => ({
    engine,
    process_: new PeerProcess(engine.command, [...engine.args, "--model", model, "--batch", args.batch]),
  }));
  for (const { engine, process_ } of started) {
    try {
      const ready = await process_.ready();
      Object.assign(versions, ready.versions);
      const entries = ready.variants.map((variant) => ({
        variant,
        label: `${engine.labels[variant] ?? variant}${engine.suffix ?? ""}`,
        times: [],
      }));
      processes.push({ engine, process_, entries });
    } catch (error) {
      processes.push({ engine, process_, entries: [{ label: engine.args.at(-1), error: error.message, times: [] }] });
    }
  }
  /** Warms up: compiles, and determines the number of steps of a turn. */
  const warmUp = async ({ process_, entries }) => {
    for (const entry of entries) {
      if (entry.error) continue;
      const first = await answerOf(process_, entry, 1, 300_000);
      const next = first && (await answerOf(process_, entry, 2, 300_000));
      if (!next) continue;
      entry.firstStep = first.ms[0];
      const step = next.ms.at(-1);
      entry.perTurn = Math.max(1, Math.min(60, Math.round(budget / step)));
      entry.slow = step > budget;
      // For ten seconds a step or more, two steps are enough.
      entry.done = step > 10_000;
      if (entry.done) entry.times.push(...next.ms);
      if (!entry.slow) await answerOf(process_, entry, entry.perTurn);
      console.error(`  ${entry.label}: ${step.toFixed(1)} ms, ${entry.perTurn} steps a turn`);
    }
  };
  if (args.gpu) await Promise.all(processes.map(warmUp));
  else for (const one of processes) await warmUp(one);
  for (let round = 0; round < rounds; round++) {
    for (const { process_, entries } of processes) {
      for (const entry of entries) {
        if (entry.error || entry.done || (entry.slow && round >= 3)) continue;
        const answer = await answerOf(process_, entry, entry.perTurn);
        // The first step of a turn warms up threads and caches.
        if (answer) entry.times.push(...(answer.ms.length > 4 ? answer.ms.slice(2) : answer.ms));
      }
    }
    console.error(`  round ${round + 1} of ${rounds}, load ${loadavg()[0].toFixed(1)}`);
  }
  await Promise.all(processes.map(({ process_ }) => process_.close()));
  const rows = processes.flatMap(({ engine, entries }) =>
    entries.map(({ label, error, times, firstStep, loss }) => ({
      group: engine.group,
      label,
      ...(error ? { error } : { ...statistics(times), firstStep, loss }),
    })),
  );
  return { rows, versions };
}

/** An engine that needs longer than a minute for a step is omitted with a message. */
async function answerOf(process_, entry, steps, limit = 60_000 * steps) {
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ error: `no answer in ${limit / 1000} s` }), limit);
  });
  const answer = await Promise.race([process_.run(entry.variant, steps), timeout]).catch((error) => ({
    error: error.message,
  }));
  clearTimeout(timer);
  if (answer.error) {
    entry.error = answer.error;
    if (answer.error.startsWith("no answer")) process_.kill();
    return undefined;
  }
  entry.loss = answer.loss;
  return answer;
}

/** Name and driver of NVIDIA's GPU. */
function gpu() {
  const words = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
  return execFileSync("nvidia-smi", words, { encoding: "utf8" }).trim();
}

const report = {
  date: new Date().toISOString(),
  commit: commit(),
  machine: thisMachine(),
  ...(args.gpu ? { gpu: gpu() } : {}),
  options: [...(args.gpu ? [`--gpu ${args.gpu}`] : []), ...(args.peers ? ["--peers"] : [])],
  batch: Number(args.batch),
  rounds,
  loadBefore: loadavg()[0],
  models: {},
};
for (const model of args.models.split(",")) {
  console.error(model);
  report.models[model] = await measure(model);
}
if (args.costs) {
  console.error("costs besides the step");
  report.costs = [1, 2].map((threads) => {
    const words = [here("jit-costs.mjs"), "--threads", String(threads)];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" }).trim().split("\n").at(-1));
  });
}
report.loadAfter = loadavg()[0];

writeReport(args.out, report);
for (const [model, { rows }] of Object.entries(report.models)) {
  console.log(model);
  console.table(
    rows.map(({ label, median, minimum, firstStep, error }) => ({ label, median, minimum, firstStep, error })),
  );
}
console.log(
  `Wrote ${args.out}; \`npm run docs:results step\` writes docs/results/step.md from docs/results/step.json.`,
);
