import type { Rng } from "@igr/core";
import type { ImageDataset } from "@igr/datasets";
import type { DiscreteVAE } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import { imageGridPng } from "../report/image-grid.js";
import type { RunConfiguration } from "./configuration.js";

const columns = 16;
const rows = 2;
const count = columns * rows;

/** Test images, their reconstructions through one posterior sample, and decoded samples of the prior: two rows each. */
export async function samplesPicture(
  model: DiscreteVAE,
  test: ImageDataset,
  binarize: RunConfiguration["binarize"],
  rng: Rng,
): Promise<Uint8Array> {
  const images = await firstImages(test, binarize, rng);
  const parts = tf.tidy(() => {
    const parameters = model.encode(images);
    const { z } = model.latent.sample(parameters, rng.fork("posterior"));
    const prior = model.latent.samplePrior(rng.fork("prior"), count);
    const flat = (x: tf.Tensor) => tf.reshape(x, [count, -1]);
    return tf.concat([flat(images), flat(model.decode(z)), flat(model.decode(prior))]);
  });
  const pixels = await parts.data();
  tf.dispose([images, parts]);
  const side = Math.sqrt(pixels.length / (3 * count));
  return imageGridPng(pixels as Float32Array, { height: side, width: side, columns });
}

async function firstImages(test: ImageDataset, binarize: RunConfiguration["binarize"], rng: Rng): Promise<tf.Tensor> {
  const options = { batchSize: count, shuffle: false, rng: rng.fork("images"), binarize, dropRemainder: true };
  for await (const batch of test.batches(options)) {
    batch.labels.dispose();
    return batch.images;
  }
  throw new Error(`samplesPicture: the test set must hold at least ${count} images`);
}
