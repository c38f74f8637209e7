import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { Block, Chain, Sigmoid, StickBreaking, stickBreakingSoftmax } from "../index.js";

bijectorLaws("StickBreaking", new StickBreaking(), { size: 4, low: 0.2, high: 0.8, step: 2 ** -7 });
bijectorLaws("StickBreaking of sigmoids", new Chain([new StickBreaking(), new Sigmoid()]), {
  size: 4,
  low: -2,
  high: 2,
});
bijectorLaws("StickBreaking of sigmoids in a Block", new Chain([new StickBreaking(), new Block(new Sigmoid(), 1)]), {
  size: 1,
  low: -2,
  high: 2,
});
bijectorLaws("softmax++ of sticks (eq 24)", stickBreakingSoftmax({ temperature: 0.4, delta: 0.2 }), {
  size: 3,
  low: -1.5,
  high: 1.5,
});
bijectorLaws("softmax++ of sticks with a batch of temperatures", stickBreakingSoftmax({ temperature: [0.3, 1] }), {
  size: 2,
  low: -1.5,
  high: 1.5,
});

test("equation 22, by hand: each takes its share of what is left", () => {
  const { value, logDet } = new StickBreaking().forwardAndLogDet([0.5, 0.2, 0.25]);
  expect(value).toBeAllClose([0.5, 0.5 * 0.2, 0.5 * 0.8 * 0.25, 0.5 * 0.8 * 0.75]);
  expect(logDet).toBeAllClose(Math.log(0.5) + Math.log(0.5 * 0.8));
});

test("the closed ends of (0, 1) are limits: no NaN, and no infinite gradient", () => {
  const u = tf.tensor1d([0.5, 1, 0.25, 0]);
  const bijector = new StickBreaking();
  expect(bijector.forward(u)).toBeAllClose([0.5, 0.5, 0, 0, 0]);
  expect(
    tf
      .grad((x) => tf.sum(bijector.forward(x)))(u)
      .dataSync()
      .every(Number.isFinite),
  ).toBe(true);
  expect(bijector.inverse([0.5, 0.5, 0])).toBeAllClose([0.5, 1], { atol: 1e-6 });
});

test("a chain of sigmoid and sticks keeps what float32's sigmoid loses", () => {
  // From a logit of 17 float32's sigmoid is 1 and the textbook form gives all other sticks 0.
  const chain = new Chain([new StickBreaking(), new Sigmoid()]);
  const logY = chain.forwardLog([20, 20]);
  expect(logY).toBeAllClose([-Math.log1p(Math.exp(-20)), -20, -40], { rtol: 1e-6 });
  expect(chain.inverseFromLog(logY)).toBeAllClose([20, 20], { rtol: 1e-6 });
});

describe("eq 24", () => {
  test("is softmax++ of the broken sticks by temperature", () => {
    const w = [0.5, 0.25].map((each) => Math.exp(each / 0.1));
    const total = (w[0] as number) + (w[1] as number) + 0.1;
    const y = stickBreakingSoftmax({ temperature: 0.1 }).forward([0, 0]);
    expect(y).toBeAllClose([...w, 0.1].map((each) => each / total));
  });

  test("the remainder's share is at most delta / (K-1 + delta)", () => {
    const y = stickBreakingSoftmax({ temperature: 0.05, delta: 1 }).forward([-50, -50, -50]);
    expect(y).toBeAllClose([0.25, 0.25, 0.25, 0.25]);
  });

  test("outside its image the density is 0, and 'values' refuses; its own samples are inside", () => {
    const loose = stickBreakingSoftmax({ temperature: 0.1 });
    const strict = stickBreakingSoftmax({ temperature: 0.1, validate: "values" });
    const outside = [
      [0.1, 0.1, 0.8],
      [1, 0, 0],
      [0, 0, 1],
    ];
    const { value, logDet } = loose.inverseAndLogDet(outside);
    expect(Array.from(logDet.dataSync())).toEqual([-Infinity, -Infinity, -Infinity]);
    expect(value.dataSync().every(Number.isFinite)).toBe(true);
    for (const point of outside) {
      expect(() => strict.inverse(point)).toThrow("OpenSimplex.inverseAndLogDet: y needs coordinates");
    }
    // At logits of +-30 sticks round to 0 and 1.
    const own = loose.forward([
      [30, -30],
      [-30, -30],
      [-30, 30],
      [0, 0],
    ]);
    expect(loose.inverseLogDetJacobian(own).dataSync().every(Number.isFinite)).toBe(true);
    expect(strict.inverse(own).dataSync().every(Number.isFinite)).toBe(true);
  });
});

test.each([
  ["forward", () => new StickBreaking().forward(tf.zeros([2, 0])), "x needs at least 1 coordinate (K = 2 categories)"],
  [
    "inverse",
    () => new StickBreaking().inverse(tf.zeros([64, 1])),
    "y needs at least 2 categories on its last axis, got shape [64,1]",
  ],
])("StickBreaking.%s refuses too few categories", (method, call, message) => {
  expect(call).toThrow(`StickBreaking.${method}: ${message}`);
});

test.each([
  { temperature: 0, message: "stickBreakingSoftmax: temperature must be a finite number > 0, got 0" },
  { temperature: 1, delta: -1, message: "stickBreakingSoftmax: delta must be a finite number > 0, got -1" },
])("stickBreakingSoftmax refuses by its own name: $message", ({ message, ...options }) => {
  expect(() => stickBreakingSoftmax(options)).toThrow(new RangeError(message));
});

test("'values' refuses shares outside (0, 1) and points off the simplex", () => {
  const strict = new StickBreaking({ validate: "values" });
  expect(() => strict.forward([0.5, 1])).toThrow("StickBreaking.forward: x needs values in (0, 1), got 1 at index 1");
  expect(() => strict.inverse([0.5, 0.4])).toThrow("StickBreaking.inverse: y needs coordinates that sum to 1");
});
