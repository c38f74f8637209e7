/**
 * Milliseconds of `discreteProbs` and `discreteLogProbs` of an IGR, eagerly and compiled, alone and with the gradients of
 * loc and scale: 64 images of 30 variables with 10 categories. Compiled calls alternate. Writes JSON, from which
 * `npm run docs:results` generates docs/results/discrete-probs.md.
 *
 *   node bench/discrete-probs.mjs [--rounds 40] [--out docs/results/discrete-probs.json]
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng, IGR } from "@igr/core";
import { thisMachine } from "@igr/experiments/machine";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/discrete-probs.json", import.meta.url)) },
  },
});
const rounds = Number(args.rounds);
tf.env().set("IS_TEST", true);
await tf.setBackend("cpu");

const shape = [64, 30, 9];
const rng = createRng(1);
const loc = rng.normal(shape);
const scale = tf.exp(rng.normal(shape));
const relaxed = (loc, scale) => new IGR({ loc, scale, temperature: 0.5 });
const weights = tf.range(0, 10);
const gradientOf = (method, options) => (loc, scale) =>
  tf.concat(tf.grads((loc, scale) => tf.sum(tf.mul(weights, relaxed(loc, scale)[method](options))))([loc, scale]), -1);
const programs = {
  discreteProbs: (loc, scale) => relaxed(loc, scale).discreteProbs(),
  "discreteProbs, gradients": gradientOf("discreteProbs"),
  discreteLogProbs: (loc, scale) => relaxed(loc, scale).discreteLogProbs(),
  "discreteLogProbs, gradients": gradientOf("discreteLogProbs"),
  "discreteLogProbs, 64 points, gradients": gradientOf("discreteLogProbs", { points: 64 }),
};

const variants = [];
for (const [name, program] of Object.entries(programs)) {
  for (const threads of [1, 2]) {
    const compiled = jit(program, { executor: "node", threads });
    variants.push({ name, threads, compiled, times: [] });
  }
}
for (let round = -3; round < rounds; round++) {
  for (const { compiled, times } of variants) {
    const start = performance.now();
    const result = await compiled(loc, scale);
    if (round >= 0) times.push(performance.now() - start);
    result.dispose();
  }
}

const rows = variants.map(({ name, threads, times }) => {
  const sorted = times.sort((a, b) => a - b);
  const [minimum, median, ninetieth] = [0, 0.5, 0.9].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  return { name, threads, minimum, median, ninetieth };
});
const eagerStart = performance.now();
tf.tidy(() => programs.discreteProbs(loc, scale).dataSync());
const eager = performance.now() - eagerStart;
console.table(rows);
const report = { machine: thisMachine(), rounds, loadAfter: loadavg()[0], eager, rows };
writeFileSync(args.out, `${JSON.stringify(report, null, 1)}\n`);
for (const { compiled } of variants) await compiled.dispose();
