import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws, parameterLaws } from "../../test/laws.js";
import { SoftmaxPlusPlus } from "../index.js";

describe.each([0.1, 0.5, 10])("SoftmaxPlusPlus at temperature %d", (temperature) => {
  const domain = { size: 4, low: -3 * temperature, high: 3 * temperature, step: temperature / 16 };
  bijectorLaws("softmax++", new SoftmaxPlusPlus({ temperature, delta: 0.3 }), domain);
});

bijectorLaws(
  "softmax++ of batched parameters",
  new SoftmaxPlusPlus({ temperature: [[0.5], [2]], delta: [1, 0.1, 3] }),
  {
    size: 3,
    low: -1,
    high: 1,
  },
);

parameterLaws(
  "softmax++",
  (temperature, delta) => new SoftmaxPlusPlus({ temperature, delta } as never),
  [[0.7], [0.4]],
  {
    size: 3,
    low: -1,
    high: 1,
    step: 2 ** -6,
  },
);

test("equation 21, by hand", () => {
  // exp(1) / (exp(1) + exp(0) + 0.1) etc. at temperature 0.5.
  const y = new SoftmaxPlusPlus({ temperature: 0.5 }).forward([0.5, 0]);
  const total = Math.E + 1 + 0.1;
  expect(y).toBeAllClose([Math.E / total, 1 / total, 0.1 / total]);
});

test("two softmax++ are equal when their numbers are", () => {
  const bijector = new SoftmaxPlusPlus({ temperature: 0.5 });
  expect(bijector.equals(new SoftmaxPlusPlus({ temperature: 0.5, delta: 0.1 }))).toBe(true);
  expect(bijector.equals(new SoftmaxPlusPlus({ temperature: 0.5, delta: 0.2 }))).toBe(false);
  expect(bijector.equals(new SoftmaxPlusPlus({ temperature: [0.5], delta: 0.1 }))).toBe(false);
  const temperature = tf.scalar(0.5);
  expect(new SoftmaxPlusPlus({ temperature }).equals(new SoftmaxPlusPlus({ temperature }))).toBe(true);
  expect(new SoftmaxPlusPlus({ temperature }).equals(bijector)).toBe(false);
});

test("the inverse of a vertex is the limit: far away, not NaN, and its gradient finite", () => {
  const bijector = new SoftmaxPlusPlus({ temperature: 1, delta: 1 });
  const vertices = tf.tensor2d([
    [1, 0, 0],
    [0, 0, 1],
  ]);
  expect(bijector.inverse(vertices)).toBeAllClose([1e30, 0, -1e30, -1e30], { rtol: 1e-6, atol: 1e-6 });
  expect(bijector.inverseFromLog([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBeAllClose([1e30, 0]);
  const slopes = tf
    .grad((y) => bijector.inverse(y))(vertices)
    .dataSync();
  expect(slopes.every(Number.isFinite)).toBe(true);
});

test.each([
  [{ temperature: 0 }, "SoftmaxPlusPlus: temperature must be a finite number > 0, got 0"],
  [{ temperature: -1 }, "SoftmaxPlusPlus: temperature must be a finite number > 0, got -1"],
  [{ temperature: Number.NaN }, "SoftmaxPlusPlus: temperature must be a finite number > 0, got NaN"],
  [{ temperature: 1e-60 }, "SoftmaxPlusPlus: temperature must be a finite number > 0, got 1e-60 (0 in float32)"],
  [{ temperature: [1, -2] }, "SoftmaxPlusPlus: temperature must be a finite number > 0, got -2 at index 1"],
  [{ temperature: 1, delta: 0 }, "SoftmaxPlusPlus: delta must be a finite number > 0, got 0"],
])("refuses %o", (options, message) => {
  expect(() => new SoftmaxPlusPlus(options)).toThrow(new RangeError(message));
});

test("refuses what is not a number, and tensors of another kind", () => {
  expect(() => new SoftmaxPlusPlus({ temperature: "1" })).toThrow(
    new TypeError("SoftmaxPlusPlus: temperature must be a tensor, a number or an array of numbers, got 1"),
  );
  expect(() => new SoftmaxPlusPlus({ temperature: tf.scalar(true) })).toThrow(
    new TypeError("SoftmaxPlusPlus: temperature must be a float32 or int32 tensor, got dtype bool"),
  );
  expect(() => new SoftmaxPlusPlus({ temperature: [[1], [1, 2]] as never })).toThrow("rows of unequal shapes");
});

describe("arguments of the wrong shape or kind", () => {
  const bijector = new SoftmaxPlusPlus({ temperature: [1, 2] });
  test.each([
    ["forward", () => bijector.forward(1), "x needs at least 1 axis, got shape []"],
    [
      "forward",
      () => bijector.forward(tf.zeros([2, 0])),
      "x needs at least 1 coordinate (K = 2 categories) on its last axis, got shape [2,0]",
    ],
    [
      "inverse",
      () => bijector.inverse(tf.zeros([64, 1])),
      "y needs at least 2 categories on its last axis, got shape [64,1]",
    ],
    [
      "inverseFromLog",
      () => bijector.inverseFromLog([0]),
      "logY needs at least 2 categories on its last axis, got shape [1]",
    ],
    ["forwardEventShape", () => bijector.forwardEventShape([]), "shape needs at least 1 axis, got shape []"],
    [
      "inverseEventShape",
      () => bijector.inverseEventShape([7, 1]),
      "shape needs at least 2 categories on its last axis, got shape [7,1]",
    ],
    [
      "forwardLog",
      () => bijector.forwardLog(tf.zeros([3, 4])),
      "shapes must broadcast against each other, got x [3], the parameters [2]",
    ],
  ] as const)("%s: %#", (method, call, message) => {
    expect(call).toThrow(new RangeError(`SoftmaxPlusPlus.${method}: ${message}`));
  });

  test("int32 is cast, as an input and as a parameter", () => {
    const ofInt32 = new SoftmaxPlusPlus({ temperature: tf.scalar(2, "int32") });
    const ofFloat32 = new SoftmaxPlusPlus({ temperature: tf.scalar(2) });
    const x = [[1, 2, 3]];
    expect(ofInt32.forward(tf.tensor2d(x, [1, 3], "int32"))).toBeAllClose(ofFloat32.forward(x), { rtol: 0 });
    expect(ofInt32.forward(tf.tensor2d(x, [1, 3], "int32")).dtype).toBe("float32");
  });

  test("strings are refused", () => {
    expect(() => bijector.forward(tf.tensor2d(["a", "b", "c"], [1, 3], "string"))).toThrow(
      new TypeError("SoftmaxPlusPlus.forward: x must be a real tensor, got dtype string"),
    );
  });

  test("with validate: 'values' data is read: points off the simplex, and a temperature that went below 0", () => {
    const temperature = tf.variable(tf.scalar(1));
    const strict = new SoftmaxPlusPlus({ temperature, validate: "values" });
    expect(() => strict.inverse([0.5, 0.6])).toThrow("SoftmaxPlusPlus.inverse: y needs coordinates that sum to 1");
    expect(() => strict.inverse([1.5, -0.5])).toThrow(
      "SoftmaxPlusPlus.inverse: y needs coordinates >= 0, got -0.5 at index 1",
    );
    strict.inverse(strict.forward([0.1, 0.2]));
    temperature.assign(tf.scalar(-1));
    expect(() => strict.forward([0.1, 0.2])).toThrow(
      "SoftmaxPlusPlus: temperature must be a finite number > 0, got -1",
    );
    temperature.dispose();
  });
});

test.each([[[0, 2]], [[3, 0, 2]]])("an empty batch of shape %j stays empty", (shape) => {
  for (const temperature of [0.5, tf.tensor1d([0.5])]) {
    const bijector = new SoftmaxPlusPlus({ temperature });
    const x = tf.zeros(shape);
    const { value, logDet } = bijector.forwardAndLogDet(x);
    expect(value.shape).toEqual([...shape.slice(0, -1), 3]);
    expect(logDet.shape).toEqual(shape.slice(0, -1));
    expect(bijector.inverse(value).shape).toEqual(shape);
    expect(tf.grad((v: tf.Tensor) => bijector.forward(v))(x).shape).toEqual(shape);
  }
});
