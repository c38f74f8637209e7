import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { DiscreteVAE } from "../discrete-vae.js";

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
 * Each z_k is differentiated by itself: the gradient of their sum, a constant, would be rounding noise.
 */
export async function vanishedGradients(model: DiscreteVAE, x: tf.Tensor, rng: Rng): Promise<VanishedGradients> {
  const { latent } = model;
  const parameters = model.encode(x);
  const names = Object.keys(parameters);
  const counts = tf.tidy(() => {
    let zero: tf.Tensor = tf.scalar(0);
    let tiny: tf.Tensor = tf.scalar(0);
    let entries = 0;
    for (let k = 0; k < latent.categories; k++) {
      const zk = (...values: tf.Tensor[]) => {
        const given = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        // The same fork each time: all z_k belong to one draw.
        const { z } = latent.sample(given, rng.fork("draw"));
        return tf.sum(tf.slice(z, [0, 0, k], [-1, -1, 1])) as tf.Scalar;
      };
      for (const gradient of tf.grads(zk)(Object.values(parameters))) {
        zero = tf.add(zero, tf.sum(tf.cast(tf.equal(gradient, 0), "float32")));
        tiny = tf.add(tiny, tf.sum(tf.cast(tf.lessEqual(tf.abs(gradient), 1e-10), "float32")));
        entries += gradient.size;
      }
    }
    return tf.div(tf.stack([zero, tiny]), entries);
  });
  tf.dispose(parameters as tf.TensorContainerObject);
  const [zero, tiny] = await counts.data();
  counts.dispose();
  return { zero: zero!, tiny: tiny! };
}
