import type { Rng } from "@igr/core";
import { checkInteger, checkPositive, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { type Binarization, type ImageSource, takeImages } from "../training/image-source.js";

/** Options of {@link categoryUse}. */
export interface CategoryUseOptions {
  /** Binarization draws from a fork of it; the stream itself does not advance. */
  readonly rng: Rng;
  /** A category is dead if its mean probability is below this number; 0.1 / K by default. */
  readonly deadBelow?: number;
  /** 64 by default. */
  readonly batchSize?: number;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
}

/** Result of {@link categoryUse}, for each variable. */
export interface CategoryUse {
  /** Mean over the images of the posterior's probabilities of the categories, `[N][K]`. */
  readonly meanProbs: number[][];
  /** exp of the entropy of `meanProbs`: how many categories the variable uses, from 1 to K. */
  readonly perplexity: number[];
  /** How many categories are dead: their mean probability is below the threshold. */
  readonly dead: number[];
}

/**
 * How a model uses its categories over all images of a dataset: for each variable, the perplexity of the mean posterior and the
 * number of dead categories. Works for every latent part that knows the probabilities of its categories, relaxed or
 * not.
 * @throws TypeError for any other latent part; RangeError for a number out of range; Error if there is no image.
 *
 * @example
 * ```ts
 * const { perplexity, dead } = await categoryUse(model, images, { rng });
 * ```
 */
export async function categoryUse(
  model: DiscreteVAE,
  dataset: ImageSource,
  options: CategoryUseOptions,
): Promise<CategoryUse> {
  const owner = "categoryUse";
  const names = { rng: "checked", deadBelow: "optional", batchSize: "optional", binarize: "optional" } as const;
  checkNamedOptions(owner, options, names);
  const { latent } = model;
  const { rng, batchSize = 64, binarize = model.isBinary ? "dynamic" : false } = options;
  checkRng(owner, rng, "fork");
  checkInteger(owner, "batchSize", batchSize, 1);
  if (!latent.discreteLogProbs) {
    throw new TypeError(
      `${owner}: the model's latent must know the probabilities of its categories, ${latent.constructor.name} does not`,
    );
  }
  const deadBelow = checkPositive(owner, "deadBelow", options.deadBelow ?? 0.1 / latent.categories);
  const sums = new Float64Array(latent.variables * latent.categories);
  let images = 0;
  const batches = { batchSize, shuffle: false, rng: rng.fork("binarization"), binarize, dropRemainder: false };
  for await (const batch of dataset.batches(batches)) {
    const x = takeImages(batch);
    images += x.shape[0]!;
    const sum = tf.tidy(() => tf.sum(tf.exp(latent.discreteLogProbs!(model.encode(x))), 0));
    x.dispose();
    for (const [index, value] of (await sum.data()).entries()) sums[index]! += value;
    sum.dispose();
  }
  if (images === 0) throw new Error(`${owner}: the dataset gave no images`);
  const meanProbs = Array.from({ length: latent.variables }, (_, n) =>
    Array.from(sums.subarray(n * latent.categories, (n + 1) * latent.categories), (sum) => sum / images),
  );
  const entropy = (row: number[]) => row.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
  return {
    meanProbs,
    perplexity: meanProbs.map((row) => Math.exp(entropy(row))),
    dead: meanProbs.map((row) => row.filter((p) => p < deadBelow).length),
  };
}
