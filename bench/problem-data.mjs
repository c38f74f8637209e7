import { glorot, hashUniform, normal, product } from "./hash-numbers.mjs";

// The numbers of bench/peers/problem.py: the same weights, images and noise, bit for bit except for the last bits of
// the platform's log and cos.
const DENSE_LAYERS = [
  [784, 512],
  [512, 256],
  [256, 540],
  [300, 256],
  [256, 512],
  [512, 784],
];
/** Kernels of tf.conv2d: height, width, in, out. */
const CONV_KERNELS = [
  [4, 4, 1, 32],
  [4, 4, 32, 64],
  [4, 4, 64, 64],
];
const CONV_DENSE = [
  [1024, 256],
  [256, 38],
  [20, 256],
  [256, 1024],
];
/** Kernels of tf.conv2dTranspose: height, width, out, in. */
const CONV_TRANSPOSED = [
  [4, 4, 32, 64],
  [4, 4, 32, 32],
  [4, 4, 1, 32],
];
export const TEMPERATURE = 0.67;
export const DELTA = 0.1;
export const GAMMA = 30;
export const CAPACITY = 0.5;
const BATCHES = 8;

function binary(shape, seed) {
  return Float32Array.from(hashUniform(product(shape), seed), (u) => (u < 0.2 ? 1 : 0));
}

function denseWeights() {
  return DENSE_LAYERS.flatMap(([rows, columns], i) => [
    { shape: [rows, columns], values: glorot([rows, columns], rows, columns, i + 1) },
    { shape: [columns], values: new Float32Array(columns) },
  ]);
}

function convWeights() {
  const shapes = [
    ...CONV_KERNELS.map((shape) => ({ shape, bias: shape.at(-1), taps: 16 })),
    ...CONV_DENSE.map((shape) => ({ shape, bias: shape.at(-1), taps: 1 })),
    ...CONV_TRANSPOSED.map((shape) => ({ shape, bias: shape[2], taps: 16 })),
  ];
  return shapes.flatMap(({ shape, bias, taps }, i) => [
    { shape, values: glorot(shape, taps * shape.at(-2), taps * shape.at(-1), 50 + i) },
    { shape: [bias], values: new Float32Array(bias) },
  ]);
}

/** Everything about a problem except its loss; `weights` are in the order kernel, bias, kernel, bias, ... */
export const problems = {
  dense: { weights: denseWeights, rate: 1e-3, image: [784], noise: [30, 9], seeds: [100, 200] },
  conv: { weights: convWeights, rate: 5e-4, image: [32, 32, 1], noise: [19], seeds: [300, 400] },
};

/** The eight batches that a training goes through in turn: `{ image, noise }` with `{ shape, values }` each. */
export function makeBatches(name, batch) {
  const { image, noise, seeds } = problems[name];
  const imageShape = [batch, ...image];
  const noiseShape = [batch, ...noise];
  return Array.from({ length: BATCHES }, (_, k) => ({
    image: { shape: imageShape, values: binary(imageShape, seeds[0] + k) },
    noise: { shape: noiseShape, values: normal(noiseShape, seeds[1] + k) },
  }));
}
