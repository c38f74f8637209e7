import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { exactToyGradient } from "../../test/categorical-toy.js";
import { column, estimates, logits, loss, type OfCategorical, unfitted } from "../../test/estimates.js";
import { meanScore } from "../../test/statistics.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { Pathwise } from "./pathwise.js";
import { Rebar } from "./rebar.js";
import { Reinforce } from "./reinforce.js";
import { Relax } from "./relax.js";
import { Rodeo } from "./rodeo.js";
import { StraightThrough } from "./straight-through-estimator.js";
import { TanhControlVariate } from "./tanh-control-variate.js";

const unbiased: Record<string, () => OfCategorical> = {
  REINFORCE: () => new Reinforce(),
  "REINFORCE, 3 samples": () => new Reinforce({ samples: 3 }),
  "leave-one-out": () => new Reinforce({ baseline: "leave-one-out", samples: 3 }),
  REBAR: () => new Rebar({ temperature: 0.5 }),
  "REBAR, low temperature": () => new Rebar({ temperature: 0.1, scale: 0.7 }),
  "REBAR, independent second draw": () => new Rebar({ temperature: 0.5, coupled: false }),
  RELAX: () => new Relax({ controlVariate: unfitted(), temperature: 0.5 }),
  "RELAX, free part alone": () => new Relax({ controlVariate: unfitted() }),
  "RELAX, independent second draw": () => new Relax({ controlVariate: unfitted(), temperature: 1, coupled: false }),
};

describe.each(Object.entries(unbiased))("%s", (_, make) => {
  test("is unbiased: every coordinate within 4 standard errors of the gradient by enumeration", () => {
    const estimator = make();
    expect(estimator.isUnbiased).toBe(true);
    const values = estimates(estimator);
    for (const [index, expected] of exactToyGradient(logits).entries()) {
      expect(Math.abs(meanScore(column(values, index), expected))).toBeLessThan(4);
    }
    estimator.dispose();
  });

  test("gives the loss of a one-hot draw as its value, and leaves nothing else in memory", () => {
    const estimator = make();
    const categorical = new OneHotCategorical({ logits: tf.tensor2d(logits) });
    const before = tf.memory().numTensors;
    const value = estimator.surrogate(categorical, loss, createRng(5));
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(value.shape).toEqual([]);
    if (estimator.samples === undefined) {
      const possible = Array.from({ length: 7 }, (_, sum) => (sum / 6 - 0.45) ** 2);
      expect(Math.min(...possible.map((each) => Math.abs(each - value.dataSync()[0]!)))).toBeLessThan(1e-6);
    }
    estimator.dispose();
  });
});

test("what the loss captures gets the gradient of the loss at the draw, from each estimator alike", () => {
  const weight = tf.scalar(0.7);
  const estimators = [new Reinforce(), new Rebar({ temperature: 0.5 }), new Relax({ controlVariate: unfitted() })];
  for (const estimator of [...estimators, new StraightThrough()]) {
    const [ofWeight, value] = tf.tidy(() => {
      const surrogate = (w: tf.Tensor) =>
        estimator.surrogate(
          new OneHotCategorical({ logits: tf.tensor2d(logits) }),
          (z) => tf.mul(tf.exp(w), loss(z)),
          createRng(13),
        );
      return [tf.grad(surrogate)(weight), surrogate(weight)];
    });
    expect(ofWeight!).toBeAllClose(value!, { rtol: 1e-5 });
  }
});

test("straight-through and the pathwise estimators are exact for a linear loss, and biased else", () => {
  const linear = (z: tf.Tensor) => tf.sum(tf.mul(z, [1, 2, 4, -3]));
  const expected = tf.grad((x) => linear(tf.softmax(x)))(tf.tensor2d(logits));
  const estimate = tf.grad((x) =>
    new StraightThrough().surrogate(new OneHotCategorical({ logits: x }), linear, createRng(14)),
  )(tf.tensor2d(logits));
  expect(estimate).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-6 });
  const biased = estimates(new StraightThrough());
  const scores = exactToyGradient(logits).map((each, index) => Math.abs(meanScore(column(biased, index), each)));
  expect(Math.max(...scores)).toBeGreaterThan(4);
});

test("pathwise: the loss sees relaxed or one-hot draws, with the gradient of the relaxed ones", () => {
  const x = tf.tensor2d(logits);
  const gradient = (hard: boolean) =>
    tf.grad((x) =>
      new Pathwise({ hard }).surrogate(
        new Concrete({ logits: x, temperature: 0.5 }),
        (z) => tf.sum(tf.mul(z, [1, 2, 4, -3])),
        createRng(15),
      ),
    )(x);
  const direct = tf.grad((x) =>
    tf.sum(tf.mul(new Concrete({ logits: x, temperature: 0.5 }).sample(createRng(15)), [1, 2, 4, -3])),
  )(x);
  expect(gradient(false)).toBeAllClose(direct);
  expect(gradient(true)).toBeAllClose(direct);
  const seen: number[] = [];
  new Pathwise({ hard: true, samples: 3 }).surrogate(
    new IGR({ loc: tf.zeros([2, 3]), scale: tf.ones([2, 3]), temperature: 0.5 }),
    (z) => {
      seen.push(...z.dataSync());
      return tf.sum(z, [-2, -1]);
    },
    createRng(16),
  );
  expect(seen.length).toBe(24);
  expect(seen.every((each) => each === 0 || each === 1)).toBe(true);
});

test("for IGR the score function runs through the probabilities of its categories into loc and scale, without bias", () => {
  const [loc, scale] = [tf.tensor1d([0.3, -0.4, 0.1]), tf.tensor1d([0.5, 1, 0.7])];
  const igr = (loc: tf.Tensor, scale: tf.Tensor) => new IGR({ loc, scale, temperature: 0.5 });
  const value = tf.square(tf.sub(tf.linspace(0, 1, 4), 0.45));
  const exact = tf.grads((loc, scale) => tf.sum(tf.mul(igr(loc, scale).discreteProbs(), value)))([loc, scale]);
  const estimator = new Reinforce({ samples: 200 });
  const loss = (z: tf.Tensor) => tf.square(tf.sub(tf.sum(tf.mul(z, tf.linspace(0, 1, 4)), -1), 0.45));
  const rng = createRng(19);
  const estimates = Array.from({ length: 60 }, () =>
    tf
      .grads((loc, scale) => estimator.surrogate(igr(loc, scale).discrete(), loss, rng))([loc, scale])
      .flatMap((gradient) => Array.from(gradient.dataSync())),
  );
  for (const [index, expected] of exact.flatMap((gradient) => Array.from(gradient.dataSync())).entries()) {
    const samples = estimates.map((estimate) => estimate[index]!);
    expect(Math.abs(meanScore(samples, expected))).toBeLessThan(4);
  }
});

test("REBAR and RELAX stay finite where a category has probability 0, and at logits of hundreds", () => {
  for (const values of [
    [0, Number.NEGATIVE_INFINITY, 1, 0],
    [800, -800, 0, 790],
  ]) {
    for (const coupled of [true, false]) {
      for (const temperature of [1e-3, 10]) {
        const rows = tf.tile(tf.tensor2d([values]), [50, 1]);
        const estimator = new Relax({
          controlVariate: new TanhControlVariate({ inputs: 4, hidden: [3], rng: createRng(17) }),
          temperature,
          coupled,
        });
        const { grads } = tf.variableGrads(() => {
          const one = (z: tf.Tensor) => tf.sum(tf.square(tf.sub(z, 0.3)), 1);
          return tf.sum(estimator.surrogate(new OneHotCategorical({ logits: rows }), one, createRng(18))) as tf.Scalar;
        }, estimator.trainableVariables);
        const gradient = tf.grad((x) =>
          estimator.surrogate(
            new OneHotCategorical({ logits: x }),
            (z) => tf.sum(tf.square(tf.sub(z, 0.3)), 1),
            createRng(18),
          ),
        )(rows);
        for (const each of [gradient, ...Object.values(grads)]) {
          expect(Array.from(each.dataSync()).every(Number.isFinite)).toBe(true);
        }
      }
    }
  }
});

test("refuses what it cannot estimate with", () => {
  const categorical = new OneHotCategorical({ logits: tf.tensor2d(logits) });
  expect(() => new Reinforce({ baseline: "leave-one-out", samples: 1 })).toThrow(
    "Reinforce: samples must be a whole number >= 2, got 1",
  );
  expect(() => new Reinforce({ baseline: "leave-one-out" })).toThrow("needs samples, a whole number >= 2");
  expect(() => new Reinforce({ baseline: "moving-average", decay: 1 })).toThrow(
    "Reinforce: decay must be a number in [0, 1), got 1",
  );
  expect(() => new Reinforce({ baseline: "mean" as "none" })).toThrow("Reinforce: baseline must be 'none'");
  expect(() => new Rebar({ temperature: 0 })).toThrow("Rebar: temperature must be a finite number > 0, got 0");
  expect(() => new Rebar({ temperature: 1, scale: Number.NaN })).toThrow("Rebar: scale must be a finite number");
  expect(() => new Relax({ controlVariate: unfitted(), temperature: -1 })).toThrow("Relax: temperature must be");
  expect(() => new Relax({ controlVariate: unfitted(), scale: tf.variable(tf.scalar(1)) })).toThrow(
    "Relax: scale must be a tf.Variable, beside a temperature",
  );
  expect(() => new TanhControlVariate({ inputs: 4, hidden: [], rng: createRng(1) })).toThrow(
    "TanhControlVariate: hidden must name at least one layer, got []",
  );
  expect(() =>
    new Relax({
      controlVariate: new TanhControlVariate({ inputs: 4, hidden: [2], rng: createRng(1) }),
    }).surrogate(categorical, loss, createRng(1)),
  ).toThrow("TanhControlVariate: inputs must be the 8 numbers (variables times categories) of one loss, got 4");
  expect(() => new Reinforce().surrogate(categorical, (z) => tf.sum(z, 0), createRng(1))).toThrow(
    "Reinforce.surrogate: loss must map [2,4] to one number for each draw, of the shape of its first axes, got [4]",
  );
  expect(() => new Relax({} as never)).toThrow("Relax: controlVariate must have valueAndSlope");
  expect(() => new TanhControlVariate({ inputs: 4, rng: createRng(1) } as never)).toThrow(
    "TanhControlVariate: hidden must be an array of layer sizes, got undefined",
  );
  // A Concrete has logits, probs and samples: without a check it would give numbers that estimate nothing.
  const relaxed = new Concrete({ logits: tf.tensor2d(logits), temperature: 0.5 });
  for (const estimator of [new Reinforce(), new Rebar({ temperature: 0.5 }), new StraightThrough()]) {
    const name = estimator.constructor.name;
    expect(() => estimator.surrogate(relaxed as never, loss, createRng(1)), name).toThrow(
      `${name}.surrogate: distribution must be a OneHotCategorical`,
    );
  }
  expect(() => new Pathwise().surrogate(categorical as never, loss, createRng(1))).toThrow(
    "Pathwise.surrogate: distribution must be a relaxed one, such as Concrete or IGR, got OneHotCategorical",
  );
  expect(() => new Pathwise({ samples: 0 })).toThrow("Pathwise: samples must be a whole number >= 1, got 0");
});

test("disposing an estimator frees all that it made", () => {
  const before = tf.memory().numTensors;
  new Reinforce({ baseline: "moving-average" }).dispose();
  const controlVariate = new TanhControlVariate({ inputs: 8, hidden: [5], rng: createRng(1) });
  new Relax({ controlVariate, temperature: 0.5 }).dispose();
  new Rodeo({ samples: 2, rng: createRng(1) }).dispose();
  expect(tf.memory().numTensors).toBe(before);
});
