import type { Rng } from "@igr/core";
import type { ImageDataset } from "@igr/datasets";
import { DeepGaussianMixture, JointVAE, latentTraversal, StructuredPrediction } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import type { RunConfiguration } from "../configuration/schema.js";
import type { BuiltModel } from "./build-model.js";
import { imageGridPng } from "./image-grid.js";

/** A picture of a run, listed in `pictures.json`. */
export interface PictureCaption {
  readonly file: string;
  /** Description of its rows. */
  readonly caption: string;
}

interface Picture extends PictureCaption {
  readonly png: Uint8Array;
}

const samplesCaption = "Top rows: test images. Middle: their reconstructions. Bottom: decoded samples of the prior.";

const columns = 16;
const count = 2 * columns;

/**
 * The pictures of a trained model: `samples.png`, and `traversal.png` of a joint VAE or `components.png` of a mixture.
 * Test images are the first of the test set.
 */
export async function picturesOf(
  model: BuiltModel,
  test: ImageDataset,
  binarize: RunConfiguration["data"]["binarize"],
  rng: Rng,
): Promise<Picture[]> {
  const images = await firstImages(test, binarize, rng);
  const shape = test.imageShape;
  const flat = (x: tf.Tensor) => tf.reshape(x, [-1, test.imageSize]);
  try {
    if (model instanceof StructuredPrediction) {
      const png = await grid(columns, shape, () => completions(model, images, rng));
      const caption =
        "Top rows: test images. Then their lower halves as predicted from the upper ones: means over 50 draws of hard bits, " +
        "then single draws.";
      return [{ file: "samples.png", caption, png }];
    }
    const samples = await grid(columns, shape, () =>
      tf.concat([
        flat(images),
        flat(model.reconstruct(images, rng.fork("posterior"))),
        flat(model.sample(rng.fork("prior"), count)),
      ]),
    );
    const pictures: Picture[] = [{ file: "samples.png", caption: samplesCaption, png: samples }];
    if (model instanceof JointVAE) {
      const from = tf.slice(images, 0, 1);
      const traversal = latentTraversal(model, { from, rng: rng.fork("traversal") });
      from.dispose();
      const png = await grid(traversal.columns, shape, () => flat(traversal.images));
      traversal.images.dispose();
      const caption =
        "A row for each latent variable, all others as for the first test image: the continuous ones from the 5 % to the 95 % " +
        "quantile of their prior, last the discrete one's categories.";
      pictures.push({ file: "traversal.png", caption, png });
    }
    if (model instanceof DeepGaussianMixture) {
      const weights = tf.tidy(() => Array.from(model.weights(rng.fork("weights")).dataSync()));
      const largest = weights
        .map((weight, k) => ({ weight, k }))
        .sort((a, b) => b.weight - a.weight)
        .slice(0, 10);
      const png = await grid(columns, shape, () =>
        tf.concat(largest.map(({ k }) => flat(model.sampleComponent(k, rng.fork(`component ${k}`), columns)))),
      );
      const shares = largest.map(({ weight }) => `${(100 * weight).toFixed(0)} %`).join(", ");
      const caption = `A row of samples for each of the ten largest components, whose prior weights are ${shares}.`;
      pictures.push({ file: "components.png", caption, png });
    }
    return pictures;
  } finally {
    images.dispose();
  }
}

function completions(model: StructuredPrediction, images: tf.Tensor, rng: Rng): tf.Tensor {
  const pixels = tf.reshape(images, [count, -1]);
  const half = pixels.shape[1]! / 2;
  const upper = tf.slice(pixels, [0, 0], [-1, half]);
  const completed = (samples: number, label: string) =>
    tf.concat([upper, model.predict(upper, rng.fork(label), { samples })], 1);
  return tf.concat([pixels, completed(50, "means"), completed(1, "draws")]);
}

async function grid(
  perRow: number,
  [height, width, channels]: ImageDataset["imageShape"],
  images: () => tf.Tensor,
): Promise<Uint8Array> {
  const tensor = tf.tidy(images);
  const pixels = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return imageGridPng(pixels, { height, width, channels: channels === 3 ? 3 : 1, columns: perRow });
}

async function firstImages(
  test: ImageDataset,
  binarize: RunConfiguration["data"]["binarize"],
  rng: Rng,
): Promise<tf.Tensor> {
  const options = { batchSize: count, shuffle: false, rng: rng.fork("images"), binarize, dropRemainder: true };
  for await (const batch of test.batches(options)) {
    batch.labels.dispose();
    return batch.images;
  }
  throw new Error(`picturesOf: the test set must hold at least ${count} images`);
}
