import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { chiSquareScore } from "../../test/statistics.js";
import { createRng } from "../random/create-rng.js";
import { OneHotCategorical } from "./one-hot-categorical.js";

describe("batch of [2], logits", () => {
  distributionLaws(
    () =>
      new OneHotCategorical({
        logits: tf.tensor2d([
          [0, 1, -2, 0.5],
          [30, 0, 29, -30],
        ]),
      }),
  );
});

describe("probs, one of them 0", () => {
  distributionLaws(() => new OneHotCategorical({ probs: [0.2, 0, 0.5, 0.3] }));
});

test("log-probabilities are log-softmax at logits that differ by 160", () => {
  const categorical = new OneHotCategorical({ logits: [80, -80, 79] });
  const expected = [-Math.log1p(Math.exp(-1)), -160 - Math.log1p(Math.exp(-1)), -1 - Math.log1p(Math.exp(-1))];
  const identity = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  expect(categorical.logProb(identity)).toBeAllClose(expected, { rtol: 5e-7 });
});

test.each([0, 1e6])("samples have the frequencies of the probabilities, logits shifted by %d", (shift) => {
  const probs = [0.05, 0.1, 0.15, 0.3, 0.4];
  const logits = probs.map((p) => Math.log(p) + shift);
  const exact = tf.softmax(tf.tensor1d(logits)).dataSync();
  const counts = tf.sum(new OneHotCategorical({ logits }).sample(createRng(5), [40_000]), 0).dataSync();
  const expected = Array.from(exact, (p) => 40_000 * p);
  expect(Math.abs(chiSquareScore(counts, expected))).toBeLessThan(4);
});

test("a logit of -Infinity excludes its category, and nothing is NaN", () => {
  const masked = new OneHotCategorical({ logits: [0, Number.NEGATIVE_INFINITY, 0] });
  expect(masked.probs).toBeAllClose([0.5, 0, 0.5]);
  expect(masked.logProb([1, 0, 0])).toBeAllClose(-Math.LN2);
  expect(masked.logProb([0, 1, 0])).toBeAllClose(-Infinity);
  expect(masked.entropy()).toBeAllClose(Math.LN2);
  expect(tf.sum(masked.sample(createRng(1), [1000]), 0).dataSync()[1]).toBe(0);
  const gradient = tf.grad((logits: tf.Tensor) => new OneHotCategorical({ logits }).logProb([1, 0, 0]))(
    tf.tensor1d([0, Number.NEGATIVE_INFINITY, 0]),
  );
  expect(gradient).toBeAllClose([0.5, 0, -0.5]);
});

test("the gradient with respect to a one-hot value is the log-probabilities", () => {
  const categorical = new OneHotCategorical({ probs: [0.2, 0.8] });
  const gradient = tf.grad((x: tf.Tensor) => categorical.logProb(x))(tf.tensor1d([1, 0]));
  expect(gradient).toBeAllClose([Math.log(0.2), Math.log(0.8)]);
});

test("mode is the one-hot of the largest, and a batch broadcasts against values", () => {
  const categorical = new OneHotCategorical({
    logits: [
      [0, 3],
      [1, 0],
    ],
  });
  expect(categorical.mode()).toBeAllClose([0, 1, 1, 0]);
  expect(categorical.logProb(tf.tensor3d([[[1, 0]], [[0, 1]], [[0, 1]]])).shape).toEqual([3, 2]);
});

test("one category always comes", () => {
  const only = new OneHotCategorical({ logits: [[1], [2]] });
  expect(only.sample(createRng(1), [3]).shape).toEqual([3, 2, 1]);
  expect(tf.min(only.sample(createRng(1), [3]))).toBeAllClose(1);
  expect(only.logProb([1])).toBeAllClose([0, 0]);
  expect(only.entropy()).toBeAllClose([0, 0]);
});

test("refuses no category, sums other than 1, and values that are not one-hot where asked to look", () => {
  expect(() => new OneHotCategorical({ logits: tf.zeros([2, 0]) })).toThrow(
    "OneHotCategorical: logits needs at least 1 category on its last axis, got shape [2,0]",
  );
  expect(() => new OneHotCategorical({ probs: [0.5, 0.6] })).toThrow(RangeError);
  expect(() => new OneHotCategorical({ logits: [-Infinity, -Infinity] })).toThrow("one of each event finite");
  expect(() => new OneHotCategorical({ probs: new Array(1000).fill(1 / 1000) })).not.toThrow();
  const strict = new OneHotCategorical({ probs: [0.5, 0.5], validate: "values" });
  expect(() => strict.logProb([0.5, 0.5])).toThrow(
    "OneHotCategorical.logProb: a value must be one-hot on its last axis, got [0.5, 0.5]",
  );
  expect(() => strict.logProb([1, 0, 0])).toThrow(
    "OneHotCategorical.logProb: a value must end with the event shape [2] and broadcast against the batch shape [], got shape [3]",
  );
});
