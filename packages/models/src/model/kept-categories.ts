import * as tf from "@tensorflow/tfjs-core";
import type { LatentSample } from "../latent/latent-part.js";

/**
 * The term `keptCategories` of a model's bound, `[B]`: the mean number of categories kept, over the variables that
 * learn this number; no term if there are no such variables.
 */
export function keptCategories(samples: readonly LatentSample[]): { readonly keptCategories?: tf.Tensor1D } {
  const counts = samples.flatMap(({ kept }) => kept ?? []);
  if (counts.length === 0) return {};
  return { keptCategories: tf.mean(tf.concat(counts, 1), 1) as tf.Tensor1D };
}
