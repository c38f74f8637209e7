import { checkNumber, type Domain } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Options of {@link vanishingFraction}. */
export interface VanishingFractionOptions {
  /** Entries of at most this magnitude count, >= 0; 0 by default: those that are exactly 0. */
  readonly threshold?: number;
}

const atLeastZero: Domain = { allowed: "a number >= 0", contains: (value) => value >= 0 };

/**
 * Share of the entries of `gradients` that are exactly 0 in float32, as a scalar tensor in [0, 1]: the quantity in
 * figure 4 of Potapczynski, Loaiza-Ganem and Cunningham (2020). NaN entries do not count as vanished.
 *
 * Pass the derivatives of each coordinate of a sample, not those of their sum: on the simplex the sum is constant, and
 * its derivatives are rounding noise. Exact zeros depend on the backend: most GPUs flush numbers below 1.2e-38 to 0,
 * and the CPU keeps them.
 *
 * @param gradients One or several tensors; all their entries count equally.
 * @throws RangeError if there are no entries, or `threshold` is < 0 or NaN; TypeError unless `threshold` is a number and
 * `gradients` holds tensors.
 *
 * @example
 * ```ts
 * vanishingFraction(tf.tensor1d([0, 1e-12, 0.5, 0])); // 0.5
 * ```
 */
export function vanishingFraction(
  gradients: tf.Tensor | readonly tf.Tensor[],
  { threshold = 0 }: VanishingFractionOptions = {},
): tf.Scalar {
  checkNumber("vanishingFraction", "threshold", threshold, atLeastZero);
  const tensors = gradients instanceof tf.Tensor ? [gradients] : gradients;
  if (!Array.isArray(tensors) || !tensors.every((tensor) => tensor instanceof tf.Tensor)) {
    throw new TypeError(
      `vanishingFraction: gradients must be a tensor or an array of tensors, got ${String(gradients)}`,
    );
  }
  const entries = tensors.reduce((count, tensor) => count + tensor.size, 0);
  if (entries === 0) throw new RangeError("vanishingFraction: gradients must have at least one entry, got none");
  return tf.tidy(() => {
    const counts = tensors.map((tensor) => tf.sum(tf.cast(tf.lessEqual(tf.abs(tensor), threshold), "float32")));
    return tf.div(tf.addN(counts), entries) as tf.Scalar;
  });
}
