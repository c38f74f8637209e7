import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { Bernoulli } from "../distributions/bernoulli.js";
import { Gumbel } from "../distributions/gumbel.js";
import { Normal } from "../distributions/normal.js";
import { createRng } from "../random/create-rng.js";
import { Independent } from "./independent.js";

const normal = () => new Normal({ loc: tf.reshape(tf.range(0, 6), [3, 1, 2]), scale: 2 });

describe.each([0, 1, 2, 3])("of a [3, 1, 2] batch, %d axes taken", (rank) => {
  distributionLaws(() => new Independent(normal(), rank));

  test("shapes move from the batch to the event", () => {
    const { batchShape, eventShape } = new Independent(normal(), rank);
    expect(batchShape).toEqual([3, 1, 2].slice(0, 3 - rank));
    expect(eventShape).toEqual([3, 1, 2].slice(3 - rank));
  });
});

test("samples are those of what it wraps; log-densities and entropies are its sums", () => {
  const independent = new Independent(normal(), 2);
  const draw = independent.sample(createRng(1), [5]);
  expect(draw).toBeAllClose(normal().sample(createRng(1), [5]), { rtol: 0, atol: 0 });
  expect(independent.logProb(draw)).toBeAllClose(tf.sum(normal().logProb(draw), [2, 3]));
  expect(independent.entropy()).toBeAllClose(tf.sum(normal().entropy(), [1, 2]));
});

test("a batch that broadcasts counts each member", () => {
  const independent = new Independent(new Normal({ loc: tf.zeros([3]), scale: 1 }), 1);
  expect(independent.entropy()).toBeAllClose(3 * (0.5 + 0.5 * Math.log(2 * Math.PI)));
});

test("nests", () => {
  const once = new Independent(normal(), 2);
  const twice = new Independent(new Independent(normal(), 1), 1);
  const draw = once.sample(createRng(2), [3]);
  expect(twice.eventShape).toEqual(once.eventShape);
  expect(twice.logProb(draw)).toBeAllClose(once.logProb(draw));
});

test("what has no closed form names the class that lacks it, and relaxed methods say what is not relaxed", () => {
  const independent = new Independent(new Bernoulli({ probs: [0.1, 0.9] }), 1);
  expect(() => independent.quantile([0.5, 0.5])).toThrow("Independent.quantile: has no closed form; estimate it by");
  expect(() => independent.sampleLog(createRng(1))).toThrow(
    "Independent.sampleLog: Bernoulli is not a relaxed distribution",
  );
  expect(independent.isRelaxed).toBe(false);
  expect(independent.isReparameterized).toBe(false);
  expect(new Independent(new Gumbel({ loc: [0], scale: 1 }), 1).isReparameterized).toBe(true);
});

test.each([-1, 0.5, 4])("refuses %d axes of a batch of rank 3", (rank) => {
  expect(() => new Independent(normal(), rank)).toThrow(
    `Independent: reinterpretedBatchRank must be a whole number from 0 to 3, the rank of the batch shape [3,1,2], got ${rank}`,
  );
});

describe("validate of its own", () => {
  const loose = () => new Bernoulli({ probs: [0.2, 0.8] });

  test("'values' refuses what lies outside the support of what it wraps", () => {
    expect(() => new Independent(loose(), 1, { validate: "values" }).logProb([0, 2])).toThrow(
      "Independent.logProb: a value must lie in [0, 1], got 2",
    );
    const twice = new Independent(new Independent(new Bernoulli({ probs: [[0.2], [0.8]] }), 1), 1, {
      validate: "values",
    });
    expect(() => twice.logProb([[0], [2]])).toThrow("Independent.logProb: a value must lie in [0, 1], got 2");
    expect(new Independent(loose(), 1).validate).toBe("shapes");
    expect(new Independent(new Bernoulli({ probs: [0.2, 0.8], validate: false }), 1).validate).toBe(false);
  });

  test("rejects other objects than distributions, and an unknown validate", () => {
    expect(() => new Independent(3 as never, 1)).toThrow("Independent: distribution must be a distribution, got 3");
    expect(() => new Independent(loose(), 1, { validate: "all" as never })).toThrow("Independent: validate must be");
  });
});
