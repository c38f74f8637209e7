/**
 * Milliseconds of @igr/core's operations without a compiler, on tfjs' wasm and cpu backends, beside PyTorch on one thread: [64, 30]
 * variables with 10 categories. The engines alternate. Writes JSON, from which `npm run docs:results` makes docs/results/eager.md.
 *
 *   node bench/eager.mjs --python python3 [--rounds 12] [--budget 200] [--out docs/results/eager.json]
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "@igr/experiments/machine";
import { PeerProcess } from "./peer-process.mjs";
import { statistics } from "./statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: args } = parseArgs({
  options: {
    python: { type: "string", default: here("peers/.venv/bin/python") },
    rounds: { type: "string", default: "12" },
    budget: { type: "string", default: "200" },
    out: { type: "string", default: here("../docs/results/eager.json") },
  },
});
const engine = (backend) => [process.execPath, [here("eager/engine.mjs"), "--backend", backend]];
const commands = {
  wasm: engine("wasm"),
  cpu: engine("cpu"),
  torch: [args.python, [here("eager/torch_peer.py")]],
};

const peers = {};
const versions = {};
let operations = [];
for (const [name, [command, options]] of Object.entries(commands)) {
  peers[name] = new PeerProcess(command, options);
  const ready = await peers[name].ready();
  Object.assign(versions, ready.versions);
  operations = ready.variants;
}

/** The times of `count` calls; an engine's error ends the bench. */
async function run(name, operation, count) {
  const answer = await peers[name].run(operation, count);
  if (answer.error) throw new Error(`bench/eager.mjs: ${name}, ${operation}: ${answer.error}`);
  return answer;
}

const rows = [];
for (const operation of operations) {
  const times = {};
  const calls = {};
  const results = {};
  for (const name of Object.keys(peers)) {
    await run(name, operation, 5);
    const { ms, loss } = await run(name, operation, 3);
    calls[name] = Math.max(1, Math.round(Number(args.budget) / Math.min(...ms)));
    times[name] = [];
    results[name] = loss;
  }
  const [reference, ...others] = Object.values(results);
  if (others.some((value) => Math.abs((value ?? 0) - (reference ?? 0)) > 1e-4 * Math.abs(reference ?? 0))) {
    throw new Error(`bench/eager.mjs: ${operation} gives ${JSON.stringify(results)}`);
  }
  for (let round = 0; round < Number(args.rounds); round++) {
    for (const name of Object.keys(peers)) times[name].push(...(await run(name, operation, calls[name])).ms);
  }
  const row = { operation, result: reference };
  for (const name of Object.keys(peers)) row[name] = statistics(times[name]);
  rows.push(row);
  console.log(operation, Object.fromEntries(Object.keys(peers).map((name) => [name, row[name].median.toFixed(2)])));
}
for (const peer of Object.values(peers)) await peer.close();
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: thisMachine(),
  load: loadavg()[0],
  versions,
  rows,
};
writeFileSync(args.out, `${JSON.stringify(report, null, 1)}\n`);
