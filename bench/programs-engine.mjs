// One engine of bench/programs.mjs: a program in tfjs, op by op or compiled, in a process of its own.
import { parseArgs } from "node:util";
import { createRng } from "@igr/core";
import { jit, jitModel } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { programs } from "./programs/index.mjs";
import { serve } from "./protocol.mjs";

const { values: args } = parseArgs({
  options: {
    engine: { type: "string", default: "jit" },
    program: { type: "string", default: "logistic" },
    threads: { type: "string", default: "1" },
    dropout: { type: "boolean", default: true },
    profile: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const threads = Number(args.threads);
tf.env().set("PROD", true); // no banner

if (args.engine === "tfjs-node") {
  process.env.TF_NUM_INTRAOP_THREADS = process.env.TF_NUM_INTEROP_THREADS = args.threads;
  const { loadTfjsNode } = await import("@igr/tfjs-native");
  await loadTfjsNode();
} else {
  await tf.setBackend("cpu");
}

/** A function that takes a batch and gives its losses as numbers. */
function trainerOf({ model, step }) {
  const options = { executor: "node", threads, profile: args.profile };
  if (model) {
    const trained = args.engine === "jit" ? jitModel(model, options) : model;
    return async ([x, y]) => [await trained.trainOnBatch(x, y)].flat();
  }
  const run = args.engine === "jit" ? jit(step, { ...options, rng: createRng(1) }) : step;
  return async (batch) => {
    const losses = await run(...batch);
    const numbers = losses.map((loss) => loss.dataSync()[0]);
    tf.dispose(losses);
    return numbers;
  };
}

async function makeSteps() {
  const program = programs[args.program];
  const { batches, ...made } = program.make({ ...program.sizes, dropout: args.dropout });
  const train = trainerOf(made);
  return (k) => train(batches[k % batches.length]);
}
await serve({ tfjs: tf.version_core }, { [args.engine]: makeSteps });
