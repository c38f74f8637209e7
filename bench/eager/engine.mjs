// @igr/core's operations, eagerly, for bench/eager.mjs: each variant is one operation on [64, 30] variables with 10 categories. Its
// "loss" is a number that all engines must share, or null for draws.
import { parseArgs } from "node:util";
import { Concrete, createRng, IGR, klDivergence } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { serve } from "../protocol.mjs";

const { values: args } = parseArgs({ options: { backend: { type: "string", default: "wasm" } } });
tf.env().set("IS_TEST", true); // no banner
setThreadsCount(1);
await tf.setBackend(args.backend);

/** Element i of the inputs: sines, which every engine computes alike. */
function waves(shape, amplitude, frequency) {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => amplitude * Math.sin(frequency * (i + 1))),
    shape,
  );
}

const batch = [64, 30];
const rng = createRng(1);
const [loc, logits] = [waves([...batch, 9], 1.5, 0.7), waves([...batch, 10], 1.5, 0.9)];
const scale = tf.exp(waves([...batch, 9], 0.7, 1.1));
const points = tf.softmax(waves([...batch, 10], 2, 1.3));
const [zeros, ones] = [tf.zeros([9]), tf.ones([9])];
const igr = () => new IGR({ loc, scale, temperature: 0.5 });
const concrete = () => new Concrete({ temperature: 0.5, logits });
const weights = tf.range(1, 11);

/** Runs an operation, reads its result and gives the mean of it, or null for draws. */
const variant = (run, isDraw) => () => () => {
  const result = tf.tidy(run);
  const numbers = result.dataSync();
  result.dispose();
  return isDraw ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
};

await serve(
  { tfjs: tf.version_core },
  {
    "sample, IGR": variant(() => igr().sample(rng), true),
    "sample, Gumbel-Softmax": variant(() => concrete().sample(rng), true),
    "logProb, IGR": variant(() => igr().logProb(points)),
    "logProb, Gumbel-Softmax": variant(() => concrete().logProb(points)),
    "KL, IGR": variant(() => klDivergence(igr(), new IGR({ loc: zeros, scale: ones, temperature: 0.5 }))),
    "discreteProbs, IGR": variant(() => tf.mul(weights, igr().discreteProbs())),
  },
);
