import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { Dirichlet } from "../distributions/dirichlet.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { Concrete } from "../relaxations/concrete.js";
import { ExpConcrete } from "../relaxations/exp-concrete.js";
import { IGR } from "../relaxations/igr.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import { KumaraswamyStickBreaking } from "../relaxations/kumaraswamy-stick-breaking.js";
import type { Distribution } from "./distribution.js";

const cases: readonly [string, () => Distribution][] = [
  ["IGR", () => new IGR({ loc: [0, 1], scale: 1, temperature: 0.5 })],
  ["InfiniteIGR", () => new InfiniteIGR({ loc: [0, 1], scale: 1, temperature: 0.5 })],
  ["Concrete", () => new Concrete({ temperature: 0.5, logits: [0, 1, 2] })],
  ["KumaraswamyStickBreaking", () => new KumaraswamyStickBreaking({ concentration: [1, 2, 3] })],
  ["Dirichlet", () => new Dirichlet({ concentration: [1, 2, 3] })],
];

test.each(cases)("%s rejects numbers that are not a point of the simplex, and reads no tensor", (name, make) => {
  const distribution = make();
  expect(() => distribution.logProb([0.2, 0.5, 0.9])).toThrow(
    new RangeError(`${name}.logProb: the coordinates must sum to 1 on the last axis, got 1.6`),
  );
  expect(() => distribution.logProb([1.5, -0.25, -0.25])).toThrow(
    new RangeError(`${name}.logProb: every coordinate must be >= 0, got -0.25 at index 1`),
  );
  expect(() => distribution.logProb([Number.NaN, 0.5, 0.5])).toThrow(RangeError);
  const second = [
    [0.25, 0.25, 0.5],
    [0.25, 0.25, 0.25],
  ];
  expect(() => distribution.logProb(second)).toThrow("got 0.75");
  expect(distribution.logProb([0.2, 0.5, 0.3]).shape).toEqual([]);
  expect(() => distribution.logProb(tf.tensor1d([0.2, 0.5, 0.9]))).not.toThrow();
});

test("a vertex has its limit, what is not one-hot or not the logarithm of a point is refused", () => {
  expect(new Concrete({ temperature: 0.5, logits: [0, 1] }).logProb([0, 1]).shape).toEqual([]);
  expect(() => new OneHotCategorical({ probs: [0.5, 0.5] }).logProb([0.5, 0.5])).toThrow(
    new RangeError("OneHotCategorical.logProb: a value must be one-hot on its last axis, got [0.5, 0.5]"),
  );
  const logs = new ExpConcrete({ temperature: 0.5, logits: [0, 1] });
  expect(() => logs.logProb([0.5, 0.5])).toThrow("the coordinates must sum to 1 on the last axis");
  expect(logs.logProb([Math.log(0.25), Math.log(0.75)]).shape).toEqual([]);
});

test("validate: false lets everything through", () => {
  const relaxed = new Concrete({ temperature: 0.5, logits: [0, 1], validate: false });
  expect(() => relaxed.logProb([0.5, 0.9])).not.toThrow();
});
