// The costs of a compiled step besides the computation: the call, the trace, the data, the noise, and an epoch with all
// of them. One JSON object to stdout.
import { parseArgs } from "node:util";
import { createRng } from "@igr/core";
import { loadMnist } from "@igr/datasets";
import { jit } from "@igr/jit";
import { BernoulliLikelihood, DiscreteVAE, denseDecoder, denseEncoder, fit, IgrLatent } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { makeProblem } from "./problem.mjs";

const { values: args } = parseArgs({ options: { threads: { type: "string", default: "1" } } });
const threads = Number(args.threads);
tf.env().set("PROD", true); // no banner
await tf.setBackend("cpu");

function quantiles(times) {
  const sorted = Float64Array.from(times).sort();
  return { minimum: sorted[0], median: sorted[sorted.length >> 1] };
}

async function timed(count, work) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  return quantiles(times.slice(count >> 3));
}

async function emptyCall() {
  const nothing = jit((x) => x, { executor: "node", threads });
  const x = tf.scalar(1);
  const result = await timed(2000, async () => (await nothing(x)).dispose());
  await nothing.dispose();
  return result;
}

/**
 * The first two calls: the first creates the optimizer's slots and runs once, the second compiles the program of all
 * later calls.
 */
async function compilation(model) {
  const times = [];
  for (let repeat = 0; repeat < 3; repeat++) {
    const problem = makeProblem(model, 64);
    const [inputs] = problem.batches();
    const step = jit(problem.step, { executor: "node", threads });
    const calls = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      const loss = await step(...inputs);
      loss.dataSync();
      calls.push(performance.now() - start);
      loss.dispose();
    }
    times.push(calls);
    await step.dispose();
    problem.dispose();
    tf.dispose(inputs);
  }
  const minimum = (i) => Math.min(...times.map((calls) => calls[i]));
  return { firstCall: minimum(0), secondCall: minimum(1), thirdCall: minimum(2) };
}

async function batchSizes(model, sizes) {
  const rows = [];
  for (const batch of sizes) {
    const problem = makeProblem(model, batch);
    const batches = problem.batches();
    const step = jit(problem.step, { executor: "node", threads });
    const run = async (k) => (await step(...batches[k % 8])).dispose();
    for (let k = 0; k < 3; k++) await run(k);
    rows.push({ batch, ...(await timed(batch > 256 ? 12 : 40, run)) });
    await step.dispose();
    problem.dispose();
    tf.dispose(batches);
  }
  return rows;
}

/** Milliseconds per batch of 64 on this thread: binarized, shuffled MNIST as tensors; the noise of the dense model. */
async function dataAndNoise() {
  const rng = createRng(1);
  const dataset = await loadMnist({ split: "train" });
  // As in `fit`.
  const options = { batchSize: 64, shuffle: true, binarize: "dynamic", dropRemainder: true, reuseMemory: true };
  const batches = dataset.batches({ ...options, rng });
  const perPass = [];
  for (let pass = 0; pass < 5; pass++) {
    const start = performance.now();
    let count = 0;
    for (const batch of batches) {
      batch.dispose();
      count++;
    }
    perPass.push((performance.now() - start) / count);
  }
  const noise = new Float32Array(64 * 30 * 9);
  return { data: quantiles(perPass), noise: await timed(500, () => rng.fill("normal", noise)) };
}

/** Seconds of the epochs after the first, of training and of evaluation, as `npm start` does for each model. */
async function epochs() {
  const rng = createRng(1);
  const prior = { loc: Array(9).fill(-0.8), scale: Array(9).fill(0.6) };
  const latent = new IgrLatent({ variables: 30, categories: 10, temperature: 0.5, prior });
  const model = new DiscreteVAE({
    encoder: denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
    decoder: denseDecoder({ inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
  const [training, validationData] = [await loadMnist({ split: "train" }), await loadMnist({ split: "test" })];
  const options = { epochs: 4, rng, validationData, engine: "jit", jit: { executor: "node", threads } };
  const history = await fit(model, training, options);
  model.dispose();
  const seconds = history.epochs.slice(1).map(({ steps, imagesPerSecond, seconds: all }) => {
    const trained = (64 * steps) / imagesPerSecond;
    return { training: trained, evaluation: all - trained };
  });
  return {
    steps: history.epochs[0].steps,
    training: quantiles(seconds.map((epoch) => epoch.training)),
    evaluation: quantiles(seconds.map((epoch) => epoch.evaluation)),
  };
}

const result = {
  threads,
  emptyCall: await emptyCall(),
  compilation: { dense: await compilation("dense"), conv: await compilation("conv") },
  batchSizes: {
    dense: await batchSizes("dense", [16, 32, 64, 128, 256, 512, 1024]),
    conv: await batchSizes("conv", [16, 64, 256]),
  },
  dataAndNoise: await dataAndNoise(),
  epoch: await epochs(),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
