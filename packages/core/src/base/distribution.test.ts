import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { onForeignBackend } from "../../../tensors/test/foreign-backend.js";
import { Normal } from "../distributions/normal.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import type { Rng } from "../random/rng.js";
import { ExpConcrete } from "../relaxations/exp-concrete.js";
import { IGR } from "../relaxations/igr.js";
import { Distribution } from "./distribution.js";

describe("shapes, as TensorFlow Probability has them", () => {
  const normal = new Normal({ loc: tf.zeros([2, 1]), scale: [1, 2, 3] });

  test("batch and event", () => {
    expect(normal.batchShape).toEqual([2, 3]);
    expect(normal.eventShape).toEqual([]);
  });

  test.each([
    [[], [2, 3]],
    [[3], [2, 3]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1],
      [2, 3],
    ],
    [
      [7, 1, 1],
      [7, 2, 3],
    ],
    [
      [7, 5, 2, 3],
      [7, 5, 2, 3],
    ],
  ])("a value of shape [%s] has log-densities of shape [%s]", (shape, expected) => {
    expect(normal.logProb(tf.zeros(shape)).shape).toEqual(expected);
  });

  test.each([[[2]], [[3, 2]], [[5, 2, 2]]])("a value of shape [%s] is refused", (shape) => {
    expect(() => normal.logProb(tf.zeros(shape))).toThrow(
      `Normal.logProb: a value must end with the event shape [] and broadcast against the batch shape [2,3], got shape [${shape}]`,
    );
  });

  test("statistics have the full shape although loc and scale alone do not", () => {
    for (const statistic of [normal.mean(), normal.mode(), normal.variance(), normal.stddev(), normal.entropy()]) {
      expect(statistic.shape).toEqual([2, 3]);
    }
  });
});

test("values may be numbers, arrays and int32 tensors", () => {
  const normal = new Normal({ loc: 0, scale: 1 });
  const expected = normal.logProb(tf.tensor1d([1, 2]));
  expect(normal.logProb([1, 2])).toBeAllClose(expected);
  expect(normal.logProb(tf.tensor1d([1, 2], "int32"))).toBeAllClose(expected);
  expect(new Normal({ loc: tf.tensor1d([3], "int32"), scale: 1 }).mean()).toBeAllClose([3]);
  expect(() => normal.logProb(tf.tensor1d(["a"]))).toThrow(
    "Normal.logProb: a value must be a real tensor, got dtype string",
  );
});

test("a variable is read again at each use", () => {
  const loc = tf.variable(tf.scalar(1));
  const normal = new Normal({ loc, scale: 1 });
  loc.assign(tf.scalar(5));
  expect(normal.mean()).toBeAllClose(5);
  expect(normal.loc).toBe(loc);
  loc.dispose();
  expect(() => new Normal({ loc, scale: 1 })).toThrow("Normal: loc is a tensor that was disposed of");
});

test("distributions of numbers hold no memory", () => {
  const before = tf.memory().numTensors;
  const normal = new Normal({ loc: [1, 2], scale: 3 });
  tf.dispose(normal.sample(createRng(1), [4]));
  expect(tf.memory().numTensors).toBe(before);
});

test("results are not the parameters themselves", () => {
  const loc = tf.tensor1d([1, 2]);
  const normal = new Normal({ loc, scale: tf.tensor1d([1, 1]) });
  normal.mean().dispose();
  normal.mode().dispose();
  expect(loc.isDisposed).toBe(false);
});

test("validate: false lets everything through, and an unknown level is refused", () => {
  const lax = new Normal({ loc: 0, scale: -1, validate: false });
  expect(lax.logProb(0).dataSync()[0]).toBeNaN();
  expect(() => new Normal({ loc: 0, scale: 1, validate: "all" as never })).toThrow(
    "Normal: validate must be 'shapes', 'values' or false, got 'all'",
  );
});

test("rejects invalid generators and shapes", () => {
  const normal = new Normal({ loc: 0, scale: 1 });
  expect(() => normal.sample(42 as never)).toThrow(
    "Normal.sample: rng must be a generator, as createRng(seed) of @igr/core makes one, got 42",
  );
  expect(() => normal.sample(createRng(1), [1.5])).toThrow("Normal.sample: sampleShape must hold whole numbers >= 0");
  expect(() => normal.sampleAndLogProb(createRng(1), 3 as never)).toThrow(
    "Normal.sampleAndLogProb: sampleShape must be an array of sizes, got 3",
  );
});

describe("a distribution of the user's own, with the two required hooks", () => {
  class Halves extends Distribution {
    readonly isReparameterized = false;
    constructor() {
      super("Halves", { batchShape: [2], eventShape: [3] });
    }
    protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
      return tf.round(rng.uniform(this.sampleShapeOf(sampleShape)));
    }
    protected override _logProb(x: tf.Tensor): tf.Tensor {
      return tf.mul(-Math.LN2, tf.sum(tf.onesLike(x), -1));
    }
  }

  test("has samples and densities, broadcast", () => {
    expect(new Halves().sample(createRng(1), [5]).shape).toEqual([5, 2, 3]);
    expect(new Halves().logProb([1, 0, 1])).toBeAllClose([-3 * Math.LN2, -3 * Math.LN2]);
    expect(new Halves().sampleAndLogProb(createRng(1)).logProb.shape).toEqual([2]);
  });

  test.each([
    ["mean", () => new Halves().mean(), "tf.mean(distribution.sample(rng, [1000]), 0)"],
    ["mode", () => new Halves().mode(), "the sample of largest logProb"],
    ["variance", () => new Halves().variance(), "tf.moments(distribution.sample(rng, [1000]), 0).variance"],
    ["stddev", () => new Halves().stddev(), "tf.sqrt(tf.moments("],
    ["entropy", () => new Halves().entropy(), "tf.neg(tf.mean(distribution.sampleAndLogProb(rng, [1000]).logProb, 0))"],
    ["cdf", () => new Halves().cdf([0, 0, 0]), "the share of distribution.sample(rng, [1000]) below x"],
    ["logCdf", () => new Halves().logCdf([0, 0, 0]), "the logarithm of the share"],
    ["quantile", () => new Halves().quantile([0, 0, 0]), "the sorted values of distribution.sample(rng, [1000])"],
  ])("%s is refused with its Monte Carlo form", (name, call, form) => {
    expect(call).toThrow(`Halves.${name}: has no closed form; estimate it by`);
    expect(call).toThrow(form);
  });
});

test("nothing is read from tensors, so that a compiler can trace what builds a distribution and uses it", () => {
  const read = vi.spyOn(tf.Tensor.prototype, "dataSync");
  onForeignBackend(buildAndUse);
  expect(read).not.toHaveBeenCalled();
  tf.scalar(0).dataSync();
  expect(read).toHaveBeenCalledOnce();
  read.mockRestore();
});

function buildAndUse(): void {
  const rng = createRng(1);
  const loc = tf.tensor2d([
    [0.3, -0.2],
    [1, 0.5],
  ]);
  new Normal({ loc: [0, 1], scale: 1 }).logProb([0, 1]);
  for (const transform of ["softmax++", "stick-breaking", "interpolation"] as const) {
    const q = new IGR({ loc, scale: [0.5, 0.6], temperature: 0.5, transform });
    q.sampleAndLogProb(rng, [3]);
    klDivergence(q, new IGR({ loc: [-1, -1], scale: 1, temperature: 0.5, transform }));
  }
  const q = new ExpConcrete({ logits: loc, temperature: tf.scalar(0.5) });
  klDivergence(q, new ExpConcrete({ probs: [0.3, 0.7], temperature: 0.7 }), { rng, stickTheLanding: true });
}
