/**
 * Milliseconds of `discreteProbs` and `discreteLogProbs` of an IGR, eagerly and compiled, alone and with the gradients of
 * loc and scale: 64 images of 30 variables with 10 categories. Compiled calls take turns. Writes a table.
 *
 *   node bench/discrete-probs.mjs [--rounds 40] [--out docs/results/discrete-probs.md]
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng, IGR } from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    out: { type: "string", default: fileURLToPath(new URL("../docs/results/discrete-probs.md", import.meta.url)) },
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
const gradientOf = (method) => (loc, scale) =>
  tf.concat(tf.grads((loc, scale) => tf.sum(tf.mul(weights, relaxed(loc, scale)[method]())))([loc, scale]), -1);
const programs = {
  discreteProbs: (loc, scale) => relaxed(loc, scale).discreteProbs(),
  "discreteProbs, gradients": gradientOf("discreteProbs"),
  discreteLogProbs: (loc, scale) => relaxed(loc, scale).discreteLogProbs(),
  "discreteLogProbs, gradients": gradientOf("discreteLogProbs"),
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

const row = (cells) => `| ${cells.join(" | ")} |`;
const lines = [
  row(["", "threads", "minimum, ms", "median, ms", "90 %, ms"]),
  row(["---", "---:", "---:", "---:", "---:"]),
  ...variants.map(({ name, threads, times }) => {
    const sorted = times.sort((a, b) => a - b);
    const quantiles = [0, 0.5, 0.9].map((share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1));
    return row([name, threads, ...quantiles]);
  }),
];
const eagerStart = performance.now();
tf.tidy(() => programs.discreteProbs(loc, scale).dataSync());
const eager = performance.now() - eagerStart;
const machine = `Node ${process.version}, onnxruntime-node, ${availableParallelism()} cores (${cpus()[0]?.model}), load ${loadavg()[0].toFixed(1)} at the end`;
const text = `# Induced probabilities of [64, 30] variables with 10 categories

Written by \`node bench/discrete-probs.mjs\`: softmax++ at temperature 0.5, compiled by @igr/jit, ${rounds} rounds, the rows taking turns.
One eager call of discreteProbs on the tfjs cpu backend: ${eager.toFixed(0)} ms.

${lines.join("\n")}

${machine}.
`;
console.log(text);
writeFileSync(args.out, text);
for (const { compiled } of variants) await compiled.dispose();
