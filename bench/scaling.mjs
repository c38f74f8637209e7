/**
 * What a machine trains when its cores are divided among runs: `igr bench scaling` and bench/torch-sweep.mjs in turns, so that both see
 * the same machine. Writes docs/results/scaling.json, from which `npm run docs:results` makes docs/scaling.md.
 *
 *   node bench/scaling.mjs --python python3 [--rounds 3] [--splits 1x2,2x1] [--epochs 3] [--steps 600]
 */
import { execFileSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineInWords } from "@igr/experiments/machine";
import { commit, writeReport } from "./report.mjs";

const { values: args } = parseArgs({
  options: {
    python: { type: "string", default: process.env.IGR_PYTHON ?? "python3" },
    rounds: { type: "string", default: "3" },
    splits: { type: "string", default: "" },
    epochs: { type: "string", default: "3" },
    steps: { type: "string", default: "600" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/scaling.json", import.meta.url)) },
  },
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cores = availableParallelism();
const splits = args.splits
  ? args.splits.split(",")
  : Array.from({ length: cores }, (_, k) => k + 1)
      .filter((count) => cores % count === 0)
      .map((count) => `${count}x${cores / count}`);

function json(...words) {
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

/** Images per second of the whole machine by program and split, a number for each round. */
const rates = {};
function add(program, split, rate) {
  rates[program] ??= {};
  rates[program][split] ??= [];
  rates[program][split].push(Math.round(rate));
}

const loadBefore = loadavg()[0];
for (let round = 0; round < Number(args.rounds); round += 1) {
  for (const split of splits) {
    console.error(`round ${round + 1}, ${split}`);
    const igr = here("../apps/experiments/bin/igr.mjs");
    const [{ rate }] = json(igr, "bench", "scaling", "--splits", split, "--epochs", args.epochs, "--json").rows;
    add("igr", split, rate);
    const options = ["--python", args.python, "--splits", split, "--steps", args.steps, "--json"];
    for (const { variant, imagesPerSecond } of json(here("torch-sweep.mjs"), ...options).rows) {
      if (imagesPerSecond !== undefined) add(variant, split, imagesPerSecond);
    }
  }
}
const report = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  machine: machineInWords(),
  load: [loadBefore, loadavg()[0]],
  command: `node bench/scaling.mjs --rounds ${args.rounds} --splits ${splits.join(",")} --epochs ${args.epochs} --steps ${args.steps}`,
  splits,
  rates,
};
writeReport(args.out, report);
