import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { LatentParameters } from "../latent/latent-part.js";
import type { RelaxedPart, TrainableModel } from "../model/model.js";

/** Shares of the entries d z_k / d parameter_j, over images, variables, categories k and parameters j. */
export interface VanishedGradients {
  /** Exactly 0 in float32 on the active backend (one that flushes denormals counts more of them). */
  readonly zero: number;
  /** At most 1e-10 in absolute value, the zeros included. */
  readonly tiny: number;
}

/**
 * How many gradients of the relaxed sample with respect to the posterior's parameters have vanished: Figure 4 of the
 * paper. For IGR the parameters are loc and scale, for the Gumbel-Softmax the logits; one draw per image.
 *
 * The entries of all categorical parts are counted together; undefined for a model without categorical parts. If a draw
 * keeps only some categories, the entries of the others do not count, because they are 0 by construction. Each z_k is
 * differentiated separately: the gradient of their sum, a constant, would be rounding noise.
 */
export async function vanishedGradients(
  model: TrainableModel,
  x: tf.Tensor,
  rng: Rng,
): Promise<VanishedGradients | undefined> {
  const parts = model.relaxedParts(x);
  if (parts.length === 0) return undefined;
  const shares = tf.tidy(() => {
    const jacobians = parts.map((part, index) => jacobianOf(part, parts.length === 1 ? rng : rng.fork(`${index}`)));
    const entries = tf.addN(jacobians.map((jacobian) => jacobian.entries));
    const gradients = jacobians.flatMap((jacobian) => jacobian.gradients);
    return tf.stack([0, 1e-10].map((threshold) => tf.sub(1, tf.div(survivors(gradients, threshold), entries))));
  });
  for (const { parameters } of parts) tf.dispose(parameters as tf.TensorContainerObject);
  const [zero, tiny] = await shares.data();
  shares.dispose();
  return { zero: zero!, tiny: tiny! };
}

interface Jacobian {
  readonly gradients: readonly tf.Tensor[];
  /** How many of these entries are not 0 by construction, a scalar. */
  readonly entries: tf.Tensor;
}

function jacobianOf({ latent, parameters }: RelaxedPart, rng: Rng): Jacobian {
  const names = Object.keys(parameters);
  // The same fork for each k: all z_k belong to one draw.
  const draw = (given: LatentParameters) => latent.sample(given, rng.fork("draw"));
  const gradients = Array.from({ length: latent.categories }, (_, k) => {
    const zk = (...values: tf.Tensor[]) => {
      const { z } = draw(Object.fromEntries(names.map((name, i) => [name, values[i]!])));
      return tf.sum(tf.slice(z, [0, 0, k], [-1, -1, 1])) as tf.Scalar;
    };
    return tf.grads(zk)(Object.values(parameters));
  }).flat();
  const { kept } = draw(parameters);
  // A draw that keeps n categories depends on the parameters of n coordinates, for each of these categories and the
  // remainder.
  const entries = kept
    ? tf.mul(names.length, tf.sum(tf.mul(kept, tf.add(kept, 1))))
    : tf.scalar(gradients.reduce((sum, { size }) => sum + size, 0));
  return { gradients, entries };
}

/** How many entries are above the threshold in absolute value, or NaN. */
function survivors(gradients: readonly tf.Tensor[], threshold: number): tf.Tensor {
  return tf.addN(
    gradients.map((gradient) => tf.sum(tf.cast(tf.logicalNot(tf.lessEqual(tf.abs(gradient), threshold)), "float32"))),
  );
}
