import { BinaryIGR, RelaxedBernoulli, type Rng } from "@igr/core";
import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";

/** How the bits of a stochastic layer are relaxed, as plain JSON. */
export interface BinaryRelaxation {
  /**
   * `'igr'`: sigmoid((loc + scale eps) / temperature), binary IGR with delta = 1; two numbers for each bit, or one if
   * `scale` is given.
   * `'concrete'`: sigmoid((logit + logistic noise) / temperature), binary Concrete.
   * `'gumbel'`: sigmoid((logit + Gumbel noise) / temperature), as in the program of the paper's authors. The noise has
   * mean 0.577 and is not symmetric, so the bit's probability is not sigmoid(logit).
   */
  readonly kind: "igr" | "concrete" | "gumbel";
  /** Temperature, > 0; with a schedule in `fit`, its final value. */
  readonly temperature: number;
  /**
   * The scale of `'igr'`, > 0, the same for all bits. By default the map gives it. The one-sample bound does not
   * benefit from noise: trained on it, such a scale shrinks until the bits are nearly deterministic, and more samples
   * in testing then do not help either.
   */
  readonly scale?: number;
}

/** @throws RangeError for an unknown kind or a number that is not > 0; TypeError for a scale for a kind other than `'igr'`. */
export function checkRelaxation(owner: string, relaxation: BinaryRelaxation): BinaryRelaxation {
  const names = { kind: "checked", temperature: "checked", scale: "optional" } as const;
  checkNamedOptions(`${owner}: relaxation`, relaxation, names);
  const { kind, temperature, scale } = relaxation;
  const checked = {
    kind: checkOneOf(owner, "relaxation.kind", kind, ["igr", "concrete", "gumbel"]),
    temperature: checkPositive(owner, "relaxation.temperature", temperature),
  };
  if (scale === undefined) return checked;
  if (kind !== "igr") {
    throw new TypeError(`${owner}: relaxation.scale is only for the kind 'igr', got ${scale} with '${kind}'`);
  }
  return { ...checked, scale: checkPositive(owner, "relaxation.scale", scale) };
}

/** How many numbers a map gives for each bit of the layer after it. */
export function numbersPerBit({ kind, scale }: BinaryRelaxation): number {
  return kind === "igr" && scale === undefined ? 2 : 1;
}

/**
 * Log-odds of relaxed bits: a map's outputs `[..., units * numbersPerBit]` (for an IGR with two numbers, loc and log
 * scale of a bit are adjacent) -> `[...sampleShape, ..., units]`. The bit itself is 1 where they are > 0.
 */
export function drawLogOdds(
  { kind, temperature, scale }: BinaryRelaxation,
  outputs: tf.Tensor,
  rng: Rng,
  sampleShape: readonly number[],
  scheduled?: tf.Scalar,
): tf.Tensor {
  const at = scheduled ?? temperature;
  switch (kind) {
    case "igr": {
      if (scale !== undefined) {
        return new BinaryIGR({ loc: outputs, scale, temperature: at }).sampleLogit(rng, sampleShape);
      }
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
