import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { gradientsOf, reference, setWaves, wave } from "../../test/reference-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { convolutionalDecoder, convolutionalEncoder } from "./convolutional.js";
import { applyNetwork, trainableVariables } from "./network.js";

const shapes = (network: ReturnType<typeof convolutionalEncoder>) => network.getWeights().map(({ shape }) => shape);

describe("the networks of appendix D", () => {
  test("architecture 1, 32x32x1", () => {
    const rng = createRng(1);
    expect(shapes(convolutionalEncoder({ outputs: 38, rng })).filter((shape) => shape.length > 1)).toEqual([
      [4, 4, 1, 32],
      [4, 4, 32, 64],
      [4, 4, 64, 64],
      [1024, 256],
      [256, 38],
    ]);
    const decoder = convolutionalDecoder({ inputs: 20, rng });
    expect(shapes(decoder).filter((shape) => shape.length > 1)).toEqual([
      [20, 256],
      [256, 1024],
      [4, 4, 32, 64],
      [4, 4, 32, 32],
      [4, 4, 1, 32],
    ]);
    expect(applyNetwork(decoder, tf.zeros([2, 20]), false).shape).toEqual([2, 32, 32, 1]);
  });

  test("architecture 2, 64x64x3", () => {
    const [rng, imageShape] = [createRng(1), [64, 64, 3]] as const;
    expect(shapes(convolutionalEncoder({ imageShape, outputs: 9, rng })).filter((shape) => shape.length > 1)).toEqual([
      [4, 4, 3, 32],
      [4, 4, 32, 64],
      [4, 4, 64, 64],
      [4, 4, 64, 64],
      [1024, 256],
      [256, 9],
    ]);
    const decoder = convolutionalDecoder({ imageShape, inputs: 20, rng });
    expect(shapes(decoder).filter((shape) => shape.length > 1)).toEqual([
      [20, 256],
      [256, 1024],
      [4, 4, 64, 64],
      [4, 4, 32, 64],
      [4, 4, 32, 32],
      [4, 4, 3, 32],
    ]);
    expect(applyNetwork(decoder, tf.zeros([1, 20]), false).shape).toEqual([1, 64, 64, 3]);
  });
});

const small = {
  encoder: () =>
    convolutionalEncoder({ imageShape: [8, 8, 1], filters: [2, 3], units: 5, outputs: 7, rng: createRng(1) }),
  decoder: () =>
    convolutionalDecoder({
      inputs: 6,
      imageShape: [8, 8, 1],
      outputsPerPixel: 2,
      filters: [4],
      units: [5, 12],
      rng: createRng(1),
    }),
};

test.each([
  ["encoder", 0, () => wave([2, 8, 8, 1], 50, 1)],
  ["decoder", 20, () => wave([2, 6], 60, 1)],
] as const)("the %s's outputs and gradients are torch's", (name, seed, input) => {
  const network = small[name]();
  const variables = trainableVariables(network);
  setWaves(variables, seed);
  const outputs = () => applyNetwork(network, input(), true);
  expectClose(outputs(), reference.convolutional[name].outputs, { rtol: 1e-5, atol: 1e-5 });
  const gradients = gradientsOf(() => tf.sum(tf.square(outputs())) as tf.Scalar, variables);
  for (const [i, gradient] of gradients.entries()) {
    expectClose(gradient, reference.convolutional[name].gradients[i], { rtol: 1e-4, atol: 1e-4 });
  }
});

test("two numbers for each pixel are returned as two whole images, with any number of channels", () => {
  const decoder = convolutionalDecoder({
    inputs: 2,
    imageShape: [4, 4, 3],
    outputsPerPixel: 2,
    filters: [1],
    units: [2, 1],
    rng: createRng(1),
  });
  const y = applyNetwork(decoder, tf.ones([1, 2]), false);
  expect(y.shape).toEqual([1, 2, 4, 4, 3]);
  // The last layer's channels are numbered first by number, then by colour: bias c of 0..5 shows where each goes.
  const weights = decoder.getWeights();
  decoder.setWeights([...weights.slice(0, -1).map((w) => tf.zerosLike(w)), tf.range(0, 6)]);
  const placed = numbers(applyNetwork(decoder, tf.ones([1, 2]), false));
  expect(placed.slice(0, 3)).toEqual([0, 1, 2]);
  expect(placed.slice(48, 51)).toEqual([3, 4, 5]);
});

test("weights are uniform in the Xavier bounds of a convolution, and a seed gives the same network", () => {
  const make = (seed: number) =>
    convolutionalEncoder({ outputs: 8, rng: createRng(seed) })
      .getWeights()
      .map(numbers);
  const [a, b] = [make(1), make(2)];
  expect(make(1)).toEqual(a);
  expect(a[2]).not.toEqual(b[2]);
  const bound = Math.sqrt(6 / (16 * (32 + 64)));
  expect(Math.max(...a[2]!.map(Math.abs))).toBeLessThanOrEqual(bound);
  expect(Math.max(...a[2]!.map(Math.abs))).toBeGreaterThan(0.99 * bound);
});

test("rejects images and sizes that do not fit", () => {
  const rng = createRng(1);
  expect(() => convolutionalEncoder({ imageShape: [28, 28, 1], outputs: 4, rng })).toThrow(
    "convolutionalEncoder: filters must be given for images of a side other than 32 or 64, got side 28",
  );
  expect(() => convolutionalEncoder({ imageShape: [28, 28, 1], filters: [4, 4, 4], outputs: 4, rng })).toThrow(
    "convolutionalEncoder: imageShape must be square with a side divisible by 8, got [28,28,1]",
  );
  expect(() => convolutionalEncoder({ filters: [], outputs: 4, rng })).toThrow(
    "convolutionalEncoder: filters must hold at least 1 convolution, got none",
  );
  expect(() => convolutionalDecoder({ inputs: 4, units: [8, 0], rng })).toThrow(
    "convolutionalDecoder: units must be a whole number >= 1, got 0",
  );
  expect(() => convolutionalDecoder({ inputs: 4, units: [8, 40], rng })).toThrow(
    "convolutionalDecoder: units[1] must be a multiple of 4 x 4 pixels, got 40",
  );
});
