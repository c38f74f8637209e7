// Seconds of `approximate` with compiled steps: 1,000 steps of 1,000 samples for a target with 100 categories. Writes
// docs/approximations/time.json, which `npm run docs:results` reads for docs/approximations.md.
//
//   npx tsc -b packages/models && node bench/approximate.mjs [--print]
import { mkdirSync, writeFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { approximate, createRng } from "@igr/core";
import { machineInWords } from "@igr/experiments/machine";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";

tf.enableProdMode();
await tf.setBackend("cpu");
const categories = 100;
const weights = Array.from({ length: categories }, (_, k) => 1 + Math.sin(0.2 * k) ** 2);
const total = weights.reduce((sum, weight) => sum + weight, 0);
const target = weights.map((weight) => weight / total);
const relaxations = {
  IGR: { type: "igr" },
  "IGR-Planar, 2 flows": { type: "igr-planar", depth: 2 },
  // As many coordinates as the others have categories; samples that need more are cut.
  "IGR-SB": { type: "igr-sb", block: categories, cap: categories, onCap: "ignore" },
  GS: { type: "gs" },
};

const rows = [];
for (const [relaxation, spec] of Object.entries(relaxations)) {
  // The minimum of two, because other programs can only add to it.
  const runs = [];
  for (let run = 0; run < 2; run++) {
    const rng = createRng(1);
    const used = process.cpuUsage();
    const fit = await approximate(target, spec, {
      temperature: 0.1,
      rng,
      countedSamples: 1000,
      compile: (f) => jit(f, { rng, threads: 2 }),
    });
    const { user, system } = process.cpuUsage(used);
    runs.push({ relaxation, seconds: fit.trainingSeconds, cpuSeconds: (user + system) / 1e6 });
    fit.dispose();
  }
  const best = runs.sort((a, b) => a.seconds - b.seconds)[0];
  console.log(`${relaxation}: ${best.seconds.toFixed(1)} s, ${best.cpuSeconds.toFixed(1)} s of processor time`);
  rows.push(best);
}
if (!process.argv.includes("--print")) {
  const machine = `${machineInWords()}, 2 threads; the lesser of two runs`;
  const folder = new URL("../docs/approximations/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("time.json", folder), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
}
