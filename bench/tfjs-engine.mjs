// One engine of bench/step.mjs: the training problem in tfjs, op by op or compiled. Each engine runs in its own
// process, so that backends, thread pools and memory are separate.
import { parseArgs } from "node:util";
import { jit } from "@igr/jit";
import { useFastWasm } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { makeProblem } from "./problem.mjs";
import { serve } from "./protocol.mjs";

const { values: args } = parseArgs({
  options: {
    engine: { type: "string", default: "jit-node" },
    model: { type: "string", default: "dense" },
    batch: { type: "string", default: "64" },
    threads: { type: "string", default: "1" },
    "steps-per-call": { type: "string", default: "1" },
    spinning: { type: "string" },
    provider: { type: "string", default: "cpu" },
  },
});
const batch = Number(args.batch);
const threads = Number(args.threads);
const stepsPerCall = Number(args["steps-per-call"]);
const spinning = { true: true, false: false }[args.spinning] ?? (args.spinning && Number(args.spinning));
tf.env().set("IS_TEST", true); // no banner

async function eager(backend, prepare = async () => {}) {
  if (backend === "tensorflow") await tfjsNode();
  else await tf.setBackend(backend);
  await prepare();
  const problem = makeProblem(args.model, batch);
  const batches = problem.batches();
  return (k) => {
    const loss = problem.step(...batches[k % batches.length]);
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
}

/** TensorFlow's own library through tfjs-node, whose add-on @igr/tfjs-native has built. */
async function tfjsNode() {
  process.env.TF_NUM_INTRAOP_THREADS = process.env.TF_NUM_INTEROP_THREADS = String(threads);
  const { loadTfjsNode } = await import("@igr/tfjs-native");
  await loadTfjsNode();
}

async function compiled(executor) {
  await tf.setBackend("cpu");
  const problem = makeProblem(args.model, batch);
  const batches = problem.batches();
  const { provider } = args;
  const step = jit(problem.step, { executor, provider, threads, stepsPerCall, spinning });
  const inputs =
    stepsPerCall === 1
      ? batches
      : batches.map((_, k) =>
          [0, 1].map((i) => tf.stack(Array.from({ length: stepsPerCall }, (_, j) => batches[(k + j) % 8][i]))),
        );
  return async (k) => {
    const loss = await step(...inputs[k % inputs.length]);
    const value = (await loss.data()).at(-1);
    loss.dispose();
    return value;
  };
}

const engines = {
  "tfjs-cpu": () => eager("cpu"),
  "tfjs-wasm": () => eager("wasm"),
  "tfjs-wasm-transposed": () => eager("wasm", useFastWasm),
  "tfjs-node": () => eager("tensorflow"),
  "jit-web": () => compiled("web"),
  "jit-node": () => compiled("node"),
};
await serve({ tfjs: tf.version_core }, { [args.engine]: engines[args.engine] });
