import { distanceToVertex, type Rng } from "@igr/core";
import { checkInteger, checkPositive, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { type Binarization, type ImageSource, takeImages } from "../training/image-source.js";

/** Options of {@link vertexDistances}. */
export interface VertexDistancesOptions {
  /** Binarization and draws use forks of it; the stream itself does not advance. */
  readonly rng: Rng;
  /** The distance that counts as near; 0.2 by default, as in the paper. */
  readonly within?: number;
  /** 64 by default. */
  readonly batchSize?: number;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
}

/** Result of {@link vertexDistances}. */
export interface VertexDistances {
  /** The Euclidean distance of each draw in all K coordinates, image by image, variable by variable. */
  readonly distances: Float32Array;
  /** Share of draws at most `within` from a vertex: 0.75 within 0.2 is the paper's rule for comparable temperatures. */
  readonly share: number;
}

/**
 * How far draws from the posteriors of all images lie from the nearest vertex of the simplex, one draw per image and
 * variable. This is Figure 5 of the paper, which checks after training that a relaxation is still close to a discrete
 * variable.
 * @throws RangeError for a model without relaxed categorical variables, or a number out of range; Error if there is no image.
 */
export async function vertexDistances(
  model: TrainableModel,
  dataset: ImageSource,
  options: VertexDistancesOptions,
): Promise<VertexDistances> {
  const names = { rng: "checked", within: "optional", batchSize: "optional", binarize: "optional" } as const;
  checkNamedOptions("vertexDistances", options, names);
  const { rng, within = 0.2, batchSize = 64, binarize = model.isBinary ? "dynamic" : false } = options;
  checkRng("vertexDistances", rng, "fork");
  checkInteger("vertexDistances", "batchSize", batchSize, 1);
  checkPositive("vertexDistances", "within", within);
  const noise = rng.fork("draws");
  const chunks: Float32Array[] = [];
  const batches = { batchSize, shuffle: false, rng: rng.fork("binarization"), binarize, dropRemainder: false };
  for await (const batch of dataset.batches(batches)) {
    const x = takeImages(batch);
    const distances = tf.tidy(() => {
      const parts = model.relaxedParts(x);
      if (parts.length === 0) throw new TypeError("vertexDistances: the model has no relaxed categorical variables");
      return tf.concat(
        parts.map(({ latent, parameters }) => distanceToVertex(latent.sample(parameters, noise).z)),
        1,
      );
    });
    x.dispose();
    chunks.push((await distances.data()) as Float32Array);
    distances.dispose();
  }
  const total = chunks.reduce((sum, { length }) => sum + length, 0);
  if (total === 0) throw new Error("vertexDistances: the dataset gave no images");
  const distances = new Float32Array(total);
  let from = 0;
  for (const chunk of chunks) {
    distances.set(chunk, from);
    from += chunk.length;
  }
  return { distances, share: distances.filter((distance) => distance <= within).length / total };
}
