import { type Rng, vanishingFraction } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
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
 * Of several categorical parts all entries count alike; undefined for a model that has none. Each z_k is differentiated by itself: the gradient of their sum, a constant, would be rounding noise.
 */
export async function vanishedGradients(
  model: TrainableModel,
  x: tf.Tensor,
  rng: Rng,
): Promise<VanishedGradients | undefined> {
  const parts = model.relaxedParts(x);
  if (parts.length === 0) return undefined;
  const shares = tf.tidy(() => {
    const gradients = parts.flatMap((part, index) =>
      gradientsOf(part, parts.length === 1 ? rng : rng.fork(`${index}`)),
    );
    return tf.stack([vanishingFraction(gradients), vanishingFraction(gradients, { threshold: 1e-10 })]);
  });
  for (const { parameters } of parts) tf.dispose(parameters as tf.TensorContainerObject);
  const [zero, tiny] = await shares.data();
  shares.dispose();
  return { zero: zero!, tiny: tiny! };
}

function gradientsOf({ latent, parameters }: RelaxedPart, rng: Rng): tf.Tensor[] {
  const names = Object.keys(parameters);
  return Array.from({ length: latent.categories }, (_, k) => {
    const zk = (...values: tf.Tensor[]) => {
      const given = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      // The same fork each time: all z_k belong to one draw.
      const { z } = latent.sample(given, rng.fork("draw"));
      return tf.sum(tf.slice(z, [0, 0, k], [-1, -1, 1])) as tf.Scalar;
    };
    return tf.grads(zk)(Object.values(parameters));
  }).flat();
}
