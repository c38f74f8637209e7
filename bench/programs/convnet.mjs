import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { hashUniform, product } from "../hash-numbers.mjs";
import { batchesOf, oneHot, setStartWeights } from "./start.mjs";

const { activation, conv2d, batchNormalization, maxPooling2d, dropout, flatten, dense } = tfl.layers;

/**
 * Blocks of a color each, with noise. In images of noise alone all averages are nearly equal, and normalization would
 * enlarge differences of rounding.
 */
function images(shape, seed) {
  const [batch, size, , channels] = shape;
  const side = size / 8;
  const colors = hashUniform(batch * side * side * channels, seed + 50);
  const noise = hashUniform(product(shape), seed);
  const values = Float32Array.from(noise, (u, i) => {
    const [channel, x] = [i % channels, Math.floor(i / channels) % size];
    const [y, image] = [Math.floor(i / (channels * size)) % size, Math.floor(i / (channels * size * size))];
    const block = (image * side + Math.floor(y / 8)) * side + Math.floor(x / 8);
    return 1.5 * colors[block * channels + channel] + 0.5 * u - 1;
  });
  return tf.tensor(values, shape);
}

/** A classifier of small color images, as tutorials on CIFAR-10 write it. */
export const convnet = {
  title: "Convnet with batch normalization and dropout, 32x32x3, filters 32-32-64-64, batch 32, momentum",
  sizes: { batch: 32, size: 32, filters: [32, 64], units: 128 },
  small: { batch: 4, size: 8, filters: [3, 4], units: 5 },
  hasDropout: true,
  make({ batch, size, filters, units, dropout: isDropping = true }) {
    const rate = (value) => (isDropping ? value : 0);
    const model = tfl.sequential();
    const normalized = (layer) => {
      model.add(layer);
      model.add(batchNormalization());
      model.add(activation({ activation: "relu" }));
    };
    for (const [i, count] of filters.entries()) {
      const settings = { filters: count, kernelSize: 3, padding: "same", useBias: false };
      normalized(conv2d({ ...settings, ...(i === 0 && { inputShape: [size, size, 3] }) }));
      normalized(conv2d(settings));
      model.add(maxPooling2d({ poolSize: 2 }));
      model.add(dropout({ rate: rate(0.25) }));
    }
    model.add(flatten());
    normalized(dense({ units, useBias: false }));
    model.add(dropout({ rate: rate(0.5) }));
    model.add(dense({ units: 10, activation: "softmax" }));
    model.compile({ optimizer: tf.train.momentum(0.002, 0.9), loss: "categoricalCrossentropy" });
    setStartWeights(model, 2000);
    const batches = batchesOf((k) => [images([batch, size, size, 3], 2100 + k), oneHot([batch], 10, 2200 + k)]);
    return { model, batches };
  },
};
