/**
 * Compares a GPU provider of onnxruntime-node with the CPU on the training problems of bench/step.mjs: first gradients,
 * losses of a training and final weights. Also checks that memory does not grow over many calls, and measures the cost
 * of a trivial call. Exits with 1 if a difference is above --tolerance.
 *
 *   node bench/provider.mjs --provider webgpu [--models dense,conv] [--batch 16] [--steps 100] [--eager-steps 10] [--calls 2000]
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { makeProblem } from "./problem.mjs";

const { values: args } = parseArgs({
  options: {
    provider: { type: "string" },
    models: { type: "string", default: "dense,conv" },
    batch: { type: "string", default: "16" },
    steps: { type: "string", default: "100" },
    "eager-steps": { type: "string", default: "10" },
    calls: { type: "string", default: "2000" },
    tolerance: { type: "string", default: "1e-3" },
  },
});
const [batch, steps, eagerSteps, calls, tolerance] = ["batch", "steps", "eager-steps", "calls", "tolerance"].map(
  (name) => Number(args[name]),
);
tf.env().set("IS_TEST", true); // no banner
await tf.setBackend("cpu");

const cpu = { executor: "node", threads: 1 };
const provider = { executor: "node", threads: 1, provider: args.provider };

/** Largest difference, relative to the largest number of `expected`; NaN if there is one. */
function difference(actual, expected) {
  let largest = 1e-30;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  }
  return worst / largest;
}

function report(what, value) {
  const isFine = value <= tolerance;
  if (!isFine) process.exitCode = 1;
  console.log(`${isFine ? "ok  " : "FAIL"} ${what}: ${value.toExponential(1)}`);
}

/** Losses of a training, and the final weights. */
async function train(model, count, options) {
  const problem = makeProblem(model, batch);
  const batches = problem.batches();
  const step = options ? jit(problem.step, options) : async (...inputs) => problem.step(...inputs);
  const losses = [];
  for (let k = 0; k < count; k++) {
    const loss = await step(...batches[k % batches.length]);
    losses.push((await loss.data())[0]);
    loss.dispose();
  }
  const weights = problem.variables.map((variable) => variable.dataSync());
  await step.dispose?.();
  tf.dispose(batches);
  problem.dispose();
  return { losses, weights };
}

async function gradients(model, options) {
  const problem = makeProblem(model, batch);
  const [first] = problem.batches();
  const compiled = jit(problem.lossAndGradients, options);
  const values = await Promise.all((await compiled(...first)).map((tensor) => tensor.data()));
  await compiled.dispose();
  problem.dispose();
  return values;
}

/** MiB of NVIDIA's GPU in use, by all processes; undefined if nvidia-smi does not report it. */
function gpuMemory() {
  try {
    const words = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
    return Number(execFileSync("nvidia-smi", words, { encoding: "utf8" }).split("\n")[0]);
  } catch {
    return undefined;
  }
}

/** Memory of the process and of the GPU before and after `calls` steps, the first quarter of which is not counted. */
async function memory(model) {
  const problem = makeProblem(model, batch);
  const batches = problem.batches();
  const step = jit(problem.step, provider);
  const readings = [];
  const start = performance.now();
  for (let k = 0; k < calls; k++) {
    if (k === Math.floor(calls / 4)) readings.push([process.memoryUsage.rss() / 2 ** 20, gpuMemory()]);
    (await step(...batches[k % batches.length])).dispose();
  }
  const ms = (performance.now() - start) / calls;
  readings.push([process.memoryUsage.rss() / 2 ** 20, gpuMemory()]);
  await step.dispose();
  problem.dispose();
  const [[rss, gpu], [rssAfter, gpuAfter]] = readings;
  console.log(
    `     ${model}, ${calls} calls (${ms.toFixed(2)} ms each): resident ${rss.toFixed(0)} -> ${rssAfter.toFixed(0)} MiB, ` +
      `GPU ${gpu} -> ${gpuAfter} MiB, tensors ${tf.memory().numTensors}`,
  );
}

/**
 * Milliseconds of one call of x + 1 on `size` numbers, including the copies to the provider and back; the minimum of
 * 50.
 */
async function callOf(size) {
  const add = jit((x) => tf.add(x, 1), provider);
  const x = tf.ones([size]);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    const y = await add(x);
    least = Math.min(least, performance.now() - start);
    if (i === 0) report(`x + 1 on ${size} numbers`, difference(await y.data(), new Float32Array(size).fill(2)));
    y.dispose();
  }
  await add.dispose();
  console.log(`     x + 1 on ${size} numbers: ${least.toFixed(3)} ms a call`);
}

for (const size of [1, 2 ** 20]) await callOf(size);
for (const model of args.models.split(",")) {
  const [actual, expected] = [await gradients(model, provider), await gradients(model, cpu)];
  report(`${model}, first gradients`, Math.max(...actual.map((values, i) => difference(values, expected[i]))));
  const [trained, reference] = [await train(model, steps, provider), await train(model, steps, cpu)];
  const losses = trained.losses.map((loss, k) => difference([loss], [reference.losses[k]]));
  report(`${model}, losses of ${steps} steps`, Math.max(...losses));
  const weights = trained.weights.map((values, i) => difference(values, reference.weights[i]));
  console.log(`     ${model}, weights after ${steps} steps: ${Math.max(...weights).toExponential(1)}`);
  const eager = await train(model, eagerSteps);
  const fromEager = eager.losses.map((loss, k) => difference([trained.losses[k]], [loss]));
  report(`${model}, losses of ${eagerSteps} steps, to eager tfjs`, Math.max(...fromEager));
}
for (const model of args.models.split(",")) await memory(model);
