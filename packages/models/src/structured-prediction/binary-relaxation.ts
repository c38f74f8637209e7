import { BinaryIGR, RelaxedBernoulli, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkOneOf, checkPositive } from "../check.js";

/** How the bits of a stochastic layer are relaxed, as plain JSON. */
export interface BinaryRelaxation {
  /**
   * `'igr'`: sigmoid((loc + scale eps) / temperature), binary IGR with delta = 1, two numbers for each bit.
   * `'concrete'`: sigmoid((logit + logistic noise) / temperature), binary Concrete.
   * `'gumbel'`: sigmoid((logit + Gumbel noise) / temperature), the program of the paper's authors: the noise has the mean 0.577
   * and is not symmetric, so that the bit has not the probability sigmoid(logit).
   */
  readonly kind: "igr" | "concrete" | "gumbel";
  /** > 0; where `fit` is given a schedule, its end. */
  readonly temperature: number;
}

/** @throws RangeError for an unknown kind or a temperature that is not > 0. */
export function checkRelaxation(owner: string, { kind, temperature }: BinaryRelaxation): BinaryRelaxation {
  return {
    kind: checkOneOf(owner, "relaxation.kind", kind, ["igr", "concrete", "gumbel"]),
    temperature: checkPositive(owner, "relaxation.temperature", temperature),
  };
}

/** How many numbers a map gives for each bit of the layer after it. */
export function numbersPerBit({ kind }: BinaryRelaxation): number {
  return kind === "igr" ? 2 : 1;
}

/**
 * Log-odds of relaxed bits: a map's outputs `[..., units * numbersPerBit]` (loc and log scale of a bit side by side for IGR) ->
 * `[...sampleShape, ..., units]`. The bit itself is 1 where they are > 0.
 */
export function drawLogOdds(
  { kind, temperature }: BinaryRelaxation,
  outputs: tf.Tensor,
  rng: Rng,
  sampleShape: readonly number[],
  scheduled?: tf.Scalar,
): tf.Tensor {
  const at = scheduled ?? temperature;
  switch (kind) {
    case "igr": {
      const perBit = tf.reshape(outputs, [...outputs.shape.slice(0, -1), outputs.shape.at(-1)! / 2, 2]);
      const [loc, logScale] = tf.unstack(perBit, perBit.rank - 1);
      return new BinaryIGR({ loc: loc!, scale: tf.exp(logScale!), temperature: at }).sampleLogit(rng, sampleShape);
    }
    case "concrete":
      return new RelaxedBernoulli({ logits: outputs, temperature: at }).sampleLogit(rng, sampleShape);
    case "gumbel":
      return tf.div(tf.add(outputs, rng.gumbel([...sampleShape, ...outputs.shape])), at);
  }
}
