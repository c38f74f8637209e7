import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  type Domain,
  finite,
  logWeights,
  lowerTriangular,
  nonZero,
  nonZeroVector,
  openProbability,
  positive,
  probabilities,
  probability,
  unitInterval,
  wholeNumber,
} from "./domain.js";
import { Parameter } from "./parameter.js";

const make = (value: unknown, domain: Domain = finite) => new Parameter("Normal", "scale", value as number, domain);

test("numbers stay numbers: each use makes a tensor, and nothing is held between", () => {
  const before = tf.memory().numTensors;
  const parameter = make([
    [1, 2],
    [3, 4],
  ]);
  expect(tf.memory().numTensors).toBe(before);
  expect(parameter.shape).toEqual([2, 2]);
  tf.tidy(() => {
    expect(parameter.tensor.arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(parameter.column.shape).toEqual([2, 2, 1]);
  });
  expect(parameter.read()).toEqual(new Float32Array([1, 2, 3, 4]));
  expect(make(true).read()).toEqual(new Float32Array([1]));
});

test("a tensor is kept by identity, an int32 one is cast at each use, a variable is read anew", () => {
  const tensor = tf.tensor1d([1, 2]);
  expect(make(tensor).tensor).toBe(tensor);
  const whole = make(tf.tensor1d([1, 2], "int32"));
  expect(whole.tensor.dtype).toBe("float32");
  expect(whole.read()).toEqual(new Float32Array([1, 2]));
  const variable = tf.variable(tf.scalar(1));
  const parameter = make(variable);
  variable.assign(tf.scalar(5));
  expect(parameter.read()[0]).toBe(5);
  const slope = tf.grad((x) => tf.mul(make(x).tensor, 3))(tf.scalar(2));
  expect(slope.dataSync()[0]).toBe(3);
});

test("equality: one tensor object, or equal numbers of one shape", () => {
  const tensor = tf.scalar(1);
  expect(make(tensor).equals(make(tensor))).toBe(true);
  expect(make(tensor).equals(make(tf.scalar(1)))).toBe(false);
  expect(make(tensor).equals(make(1))).toBe(false);
  expect(make([1, 2]).equals(make([1, 2]))).toBe(true);
  expect(make([1, 2]).equals(make([[1, 2]]))).toBe(false);
  expect(make([1, 2]).equals(make([1, 3]))).toBe(false);
});

describe("refuses", () => {
  test.each<[unknown, string]>([
    [undefined, "Normal: scale is missing; pass a tensor, a number or an array of numbers"],
    ["1", "Normal: scale must be a tensor, a number or an array of numbers, got 1"],
    [[1, "a"], "Normal: scale must be a tensor, a number or an array of numbers, got a"],
    [tf.scalar(true), "Normal: scale must be a float32 or int32 tensor, got dtype bool"],
    [tf.scalar("a"), "Normal: scale must be a float32 or int32 tensor, got dtype string"],
  ])("another kind, %o: a TypeError", (value, message) => {
    expect(() => make(value)).toThrow(new TypeError(message));
  });

  test("rows of unequal shapes, and a tensor that was disposed of", () => {
    expect(() => make([[1], [1, 2]])).toThrow(
      new RangeError("Normal: scale must be a rectangular array, got rows of unequal shapes"),
    );
    const tensor = tf.scalar(1);
    tensor.dispose();
    expect(() => make(tensor)).toThrow("Normal: scale is a tensor that was disposed of");
  });

  test.each<[Domain, unknown, string]>([
    [finite, [1, NaN], "a finite number, got NaN at index 1"],
    [positive, 0, "a finite number > 0, got 0"],
    [positive, 1e-50, "a finite number > 0, got 1e-50 (0 in float32)"],
    [positive, 1e300, "a finite number > 0, got 1e+300 (Infinity in float32)"],
    [nonZero, [-1, 0], "a finite number other than 0, got 0 at index 1"],
    [unitInterval, 1.1, "a number in (0, 1], got 1.1"],
    [probability, -0.1, "a probability in [0, 1], got -0.1"],
    [openProbability, 1, "a probability in (0, 1), got 1"],
    [wholeNumber, 2.5, "a whole number from 0 to 2^24, where float32 counts exactly, got 2.5"],
    [wholeNumber, 2 ** 24 + 2, "a whole number from 0 to 2^24, where float32 counts exactly, got 16777218"],
    [
      nonZeroVector,
      [
        [1, 0],
        [0, 0],
      ],
      "a vector of finite numbers, not all 0, on its last axis, got [0,0]",
    ],
    [probabilities, [0.5, 0.4], "probabilities >= 0 that sum to 1 on the last axis, got a sum of 0.9"],
    [probabilities, [1.5, -0.5], "probabilities >= 0 that sum to 1 on the last axis, got 1.5 at index 0"],
    [
      logWeights,
      [
        [0, 1],
        [-Infinity, -Infinity],
      ],
      "one of each event finite, got -Infinity alone",
    ],
    [logWeights, [0, Infinity], "one of each event finite, got Infinity at index 1"],
    [
      lowerTriangular,
      [
        [1, 0.5],
        [0, 1],
      ],
      "with a diagonal > 0, got 0.5 in row 0, column 1",
    ],
    [
      lowerTriangular,
      [
        [1, 0],
        [2, 1e-50],
      ],
      "with a diagonal > 0, got 1e-50 in row 1, column 1",
    ],
  ])("numbers outside of their domain: %o %o", (domain, value, message) => {
    expect(() => make(value, domain)).toThrow(RangeError);
    expect(() => make(value, domain)).toThrow(message);
    expect(() => new Parameter("Normal", "scale", value as number, domain, false)).not.toThrow();
  });

  test("tensors are read under 'values' alone, or when asked", () => {
    const tensor = tf.tensor1d([1, -1]);
    const parameter = new Parameter("Normal", "scale", tensor, positive);
    const message = "Normal: scale must be a finite number > 0, got -1 at index 1";
    expect(() => parameter.checkValues()).toThrow(new RangeError(message));
    expect(() => new Parameter("Normal", "scale", tensor, positive, "values")).toThrow(new RangeError(message));
  });
});

test("what the domains allow", () => {
  const cases: [Domain, unknown][] = [
    [probability, [0, 1]],
    [
      probabilities,
      [
        [0.1, 0.2, 0.7],
        [0, 1, 0],
      ],
    ],
    [logWeights, [-Infinity, 0]],
    [
      lowerTriangular,
      [
        [
          [1, 0],
          [5, 2],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ],
    ],
    [
      lowerTriangular,
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ], // not square: for a check of shapes to refuse
    [wholeNumber, [0, 2 ** 24]],
    [nonZeroVector, [0, -1]],
  ];
  for (const [domain, value] of cases) expect(() => make(value, domain)).not.toThrow();
});
