import { unknownChoice } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { PriorObjective } from "../prior/prior-objective.js";
import { inducedProbs } from "./induced-probs.js";
import type { DiscreteTarget } from "./target.js";

/** The loss of points z of the simplex, `[samples, categories]`, drawn from a relaxation; a scalar. */
export type LossOfSamples = (z: tf.Tensor, relaxed: RelaxedDistribution) => tf.Tensor;

/**
 * The objectives of {@link fitPrior} as tfjs operations, which a compiler can trace, over the first `size` categories
 * of the samples; a remainder is ignored.
 *
 * @throws RangeError for `'kl'` if one of the probabilities is 0.
 */
export function makeObjective(name: PriorObjective, target: DiscreteTarget, size: number): LossOfSamples {
  const logProbs = target.logProbs(size);
  const row = (values: Float64Array) => tf.tensor(Float32Array.from(values), [1, size]);
  const probs = () => row(logProbs.map(Math.exp));
  const head = (z: tf.Tensor) => tf.slice(z, [0, 0], [z.shape[0] as number, size]);
  switch (name) {
    case "mean":
      return (z) => tf.sum(tf.square(tf.sub(tf.mean(head(z), 0, true), probs())));
    case "literal":
      return (z) => tf.mean(tf.sum(tf.square(tf.sub(head(z), probs())), -1));
    case "kl":
      if (logProbs.includes(Number.NEGATIVE_INFINITY)) {
        throw new RangeError(
          `approximate: objective 'kl' needs a target whose probabilities are all > 0, got 0 for category ${logProbs.indexOf(Number.NEGATIVE_INFINITY)}`,
        );
      }
      return (z) => {
        // The mean of a category that every sample misses may be 0.
        const mean = tf.maximum(tf.mean(head(z), 0, true), 1e-30);
        const share = tf.div(mean, tf.sum(mean));
        return tf.sum(tf.mul(share, tf.sub(tf.log(share), row(logProbs))));
      };
    case "energy":
      return (z) => energyDistance(z, size, probs());
    case "probs":
      return (z, relaxed) => {
        const induced = tf.slice(inducedProbs(relaxed), [0], [size]);
        const loss = tf.sum(tf.square(tf.sub(induced, tf.squeeze(probs(), [0]))));
        // Flows have no gradient here, but tfjs requires a path; the sample provides one of slope 0.
        return tf.add(loss, tf.mul(0, tf.sum(z)));
      };
    default:
      throw unknownChoice("approximate", "objective", name, "'mean', 'kl', 'literal', 'energy' or 'probs'");
  }
}

/**
 * `2 E|z - e_X| - E|z - z'| - E|e_X - e_X'|` with z, z' samples and e_X, e_X' vertices drawn by `probs`, `[1, size]`
 * (Székely and Rizzo 2013): at least 0, and 0 only if z is e_X in distribution. If `probs` sums to less than 1, the
 * rest is the probability of vertices beyond those of z.
 */
function energyDistance(z: tf.Tensor, size: number, probs: tf.Tensor): tf.Tensor {
  const [samples, categories] = z.shape as [number, number];
  const square = tf.sum(tf.square(z), -1, true);
  const length = (squared: tf.Tensor) => tf.sqrt(tf.maximum(squared, 1e-12));
  // |z - e_k|^2 = |z|^2 - 2 z_k + 1.
  const toVertices = length(tf.sub(tf.add(square, 1), tf.mul(2, tf.slice(z, [0, 0], [samples, size]))));
  const beyond = tf.sub(1, tf.sum(probs));
  const toTarget = tf.add(
    tf.mean(tf.sum(tf.mul(toVertices, probs), -1)),
    tf.mul(beyond, tf.mean(length(tf.add(square, 1)))),
  );
  // Pairs each sample with the next: as many pairs as samples, each unbiased.
  const next = tf.concat([tf.slice(z, [1, 0], [samples - 1, categories]), tf.slice(z, [0, 0], [1, categories])]);
  const withinSamples = tf.mean(length(tf.sum(tf.square(tf.sub(z, next)), -1)));
  const withinTarget = tf.mul(Math.SQRT2, tf.sub(1, tf.sum(tf.square(probs))));
  return tf.sub(tf.sub(tf.mul(2, toTarget), withinSamples), withinTarget);
}
