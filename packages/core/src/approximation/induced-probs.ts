import type * as tf from "@tensorflow/tfjs-core";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";

/**
 * P(argmax z = k), differentiable: exact for a Gumbel-Softmax and for softmax++, by a lattice for the others. For an
 * {@link InfiniteIGR} it is the probability over all coordinates, before any cut.
 */
export function inducedProbs(relaxed: RelaxedDistribution): tf.Tensor {
  if (relaxed instanceof Concrete) return relaxed.discrete().probs;
  if (relaxed instanceof InfiniteIGR) {
    const { loc, scale, softmax } = relaxed;
    const { temperature, delta } = softmax;
    const transform = "stick-breaking";
    return new IGR({ loc, scale, temperature: temperature.tensor, delta: delta.tensor, transform }).discreteProbs();
  }
  return (relaxed as IGR).discreteProbs();
}

/** The probabilities where they are exact. */
export function exactProbs(relaxed: RelaxedDistribution): tf.Tensor | undefined {
  const isExact = relaxed instanceof Concrete || (relaxed instanceof IGR && relaxed.transform === "softmax++");
  return isExact ? inducedProbs(relaxed) : undefined;
}
