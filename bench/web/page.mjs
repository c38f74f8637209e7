// The page of bench/web-step.mjs: the training problem on each engine of the browser. All are in one page, in turns, on the
// same adapter; each has its own device there.
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { makeProblem } from "../problem.mjs";

/** Resolves to `step(k)`, a step on batch k that resolves to the loss. */
async function compiled(model, batch, options) {
  await tf.setBackend("cpu");
  const problem = makeProblem(model, batch);
  const batches = problem.batches();
  const step = jit(problem.step, options);
  const run = async (k) => {
    const loss = await step(...batches[k % batches.length]);
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
  return Object.assign(run, { summary: () => step.summary() });
}

/** The same eagerly on tfjs' own backend for WebGPU. */
async function eager(model, batch) {
  await import("../peers/node_modules/@tensorflow/tfjs-backend-webgpu");
  await tf.setBackend("webgpu");
  const problem = makeProblem(model, batch);
  const batches = problem.batches();
  return async (k) => {
    await tf.setBackend("webgpu");
    const loss = problem.step(...batches[k % batches.length]);
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

async function jaxJs(model, batch) {
  const { defaultDevice, init } = await import("../peers/node_modules/@jax-js/jax");
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js finds no WebGPU");
  defaultDevice("webgpu");
  const { makeJaxSteps } = await import("../peers/jaxjs-problem.mjs");
  return makeJaxSteps(model, batch);
}

const engines = {
  "jit-webgpu": (...problem) => compiled(...problem, { provider: "webgpu" }),
  "tfjs-webgpu": eager,
  "jax-js-webgpu": jaxJs,
};

const steps = new Map();
const done = new Map();

globalThis.bench = {
  /** Runs steps of an engine, which is made at its first call. Its time is part of the first step's. */
  async run(name, model, batch, count) {
    const times = [];
    const losses = [];
    for (let i = 0; i < count; i++) {
      const begin = performance.now();
      if (!steps.has(name)) steps.set(name, await engines[name](model, batch));
      const k = done.get(name) ?? 0;
      losses.push(await steps.get(name)(k));
      done.set(name, k + 1);
      times.push(performance.now() - begin);
    }
    return { times, losses };
  },
  /** Whether the variables stay on the device, in the words of the compiler. */
  summary: () => steps.get("jit-webgpu")?.summary().split("\n")[0],
  async adapter() {
    const adapter = await navigator.gpu?.requestAdapter();
    return (
      adapter && { vendor: adapter.info.vendor, architecture: adapter.info.architecture, device: adapter.info.device }
    );
  },
};
