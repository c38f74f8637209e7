import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose, numbers } from "../../test/values.js";
import { denseDecoder, denseEncoder, denseNetwork } from "./dense.js";
import { applyNetwork } from "./network.js";

test("the paper's networks have the paper's sizes", () => {
  const rng = createRng(1);
  const shapes = (network: ReturnType<typeof denseEncoder>) => network.getWeights().map(({ shape }) => shape);
  expect(shapes(denseEncoder({ outputs: 540, rng }))).toEqual([
    [784, 512],
    [512],
    [512, 256],
    [256],
    [256, 540],
    [540],
  ]);
  expect(shapes(denseDecoder({ inputs: 300, rng }))).toEqual([[300, 256], [256], [256, 512], [512], [512, 784], [784]]);
});

test("weights are uniform in the Xavier bounds, biases 0", () => {
  const network = denseNetwork({ inputs: 200, hidden: [], outputs: 100, rng: createRng(2) });
  const [kernel, bias] = network.getWeights();
  const values = numbers(kernel!);
  const bound = Math.sqrt(6 / 300);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  // 4 standard errors; the fourth moment of a uniform variable is bound^4 / 5.
  expect(Math.abs(mean)).toBeLessThan(4 * (bound / Math.sqrt(3 * values.length)));
  expect(Math.abs(variance - bound ** 2 / 3)).toBeLessThan(4 * bound ** 2 * Math.sqrt((1 / 5 - 1 / 9) / values.length));
  expect(numbers(bias!).every((v) => v === 0)).toBe(true);
});

test("equal seeds give equal weights, other seeds and layers give other weights, and the stream does not advance", () => {
  const rng = createRng(3);
  const state = JSON.stringify(rng.state());
  const weights = (seed: number) =>
    denseNetwork({ inputs: 5, hidden: [5], outputs: 5, rng: seed === 3 ? rng : createRng(seed) })
      .getWeights()
      .map(numbers);
  expect(weights(3)).toEqual(weights(3));
  expect(JSON.stringify(rng.state())).toBe(state);
  expect(weights(3)).not.toEqual(weights(4));
  expect(weights(3)[0]).not.toEqual(weights(3)[2]);
});

test("has ReLU layers and a linear last layer", () => {
  const network = denseNetwork({ inputs: 2, hidden: [2], outputs: 1, rng: createRng(1) });
  network.setWeights([
    tf.tensor2d([
      [1, -1],
      [2, 1],
    ]),
    tf.tensor1d([0.5, 0]),
    tf.tensor2d([[1], [-3]]),
    tf.tensor1d([-4]),
  ]);
  // h = relu([1 + 2*2 + 0.5, -1 + 2]) = [5.5, 1]; y = 5.5 - 3 - 4. For [-3, 1]: h = [0, 4]; y = -16.
  const x = tf.tensor2d([
    [1, 2],
    [-3, 1],
  ]);
  expectClose(applyNetwork(network, x, false), [-1.5, -16], { rtol: 1e-6 });
});

test("maps images with several axes to images with several axes", () => {
  const network = denseNetwork({ inputs: [4, 4, 1], hidden: [3], outputs: [4, 4], rng: createRng(1) });
  expect(applyNetwork(network, tf.zeros([5, 16]), false).shape).toEqual([5, 4, 4]);
  expect(applyNetwork(network, tf.zeros([5, 4, 4, 1]), false).shape).toEqual([5, 4, 4]);
});

test("rejects sizes that are not positive integers", () => {
  expect(() => denseNetwork({ inputs: 4, hidden: [0], outputs: 1, rng: createRng(1) })).toThrow(
    "denseNetwork: hidden must be a whole number >= 1, got 0",
  );
  expect(() => denseEncoder({ outputs: 1.5, rng: createRng(1) })).toThrow("dense_encoder: outputs must be");
});
