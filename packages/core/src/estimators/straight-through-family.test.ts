import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  enumeratedMoments,
  exactGradient,
  forcedRng,
  outcomes,
  relativeDistance,
  someLogits,
  someLosses,
} from "../../test/enumeration.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { GappedStraightThrough } from "./gapped-straight-through.js";
import type { Loss } from "./gradient-estimator.js";
import { GumbelRao } from "./gumbel-rao.js";
import { ReinMax } from "./reinmax.js";
import { StraightThrough } from "./straight-through-estimator.js";

const sizes = [
  [1, 2],
  [1, 10],
  [2, 2],
  [2, 10],
  [3, 4],
] as const;

describe.each(sizes)("%d variables of %d categories, by enumeration", (variables, categories) => {
  const logits = someLogits(variables, categories);
  const losses = someLosses(variables, categories);
  const distance = (estimator: StraightThrough | ReinMax, loss: Loss) =>
    relativeDistance(enumeratedMoments(estimator, logits, loss).mean, exactGradient(logits, loss));

  test("straight-through is exact for linear losses, and for none else", () => {
    expect(distance(new StraightThrough(), losses.linear)).toBeLessThan(2e-6);
    expect(distance(new StraightThrough(), losses.quadratic)).toBeGreaterThan(5e-4);
    expect(distance(new StraightThrough(), losses.network)).toBeGreaterThan(5e-4);
  });

  test("ReinMax is exact for linear and quadratic losses at temperature 1 alone", () => {
    expect(distance(new ReinMax(), losses.linear)).toBeLessThan(2e-6);
    expect(distance(new ReinMax(), losses.quadratic)).toBeLessThan(2e-6);
    expect(distance(new ReinMax({ temperature: 1.3 }), losses.quadratic)).toBeGreaterThan(0.01);
    expect(distance(new ReinMax(), losses.network)).toBeGreaterThan(1e-4);
  });
});

test.each([
  [() => new StraightThrough(), 2],
  [() => new ReinMax(), 3],
])("as the loss flattens, the bias of %o falls by its order", (make, order) => {
  const logits = someLogits(2, 4, 2);
  const { network } = someLosses(2, 4);
  const bias = (step: number) => {
    const loss: Loss = (z) => network(tf.mul(step, z));
    const exact = exactGradient(logits, loss);
    return Math.hypot(...enumeratedMoments(make(), logits, loss).mean.map((each, k) => each - exact[k]!));
  };
  const measured = Math.log2(bias(0.25) / bias(0.125));
  expect(measured).toBeGreaterThan(order - 0.3);
  expect(measured).toBeLessThan(order + 0.6);
});

test("leave-one-out leaves the mean of ReinMax, and lowers its variance where the slope differs little between draws", () => {
  const logits = someLogits(2, 3);
  const { linear, quadratic, network } = someLosses(2, 3);
  const [flat, steep]: Loss[][] = [
    [(z) => tf.add(linear(z), network(tf.mul(0.1, z))), linear],
    [quadratic, network],
  ];
  for (const loss of [...flat!, ...steep!]) {
    const plain = enumeratedMoments(new ReinMax({ samples: 2 }), logits, loss);
    const centred = enumeratedMoments(new ReinMax({ samples: 2, variant: "leave-one-out" }), logits, loss);
    expect(relativeDistance(centred.mean, plain.mean)).toBeLessThan(1e-5);
    if (flat!.includes(loss)) expect(centred.variance).toBeLessThan(0.6 * plain.variance);
  }
});

test("ReinMax on the probabilities of an IGR's categories is exact for quadratic losses, into loc and scale", () => {
  const [loc, scale] = [tf.tensor2d([[0.3, -0.4, 0.1]]), tf.tensor2d([[0.5, 1, 0.7]])];
  const { quadratic } = someLosses(1, 4);
  const discrete = (loc: tf.Tensor, scale: tf.Tensor) => new IGR({ loc, scale, temperature: 0.5 }).discrete();
  const values = quadratic(tf.reshape(tf.eye(4), [4, 1, 4]));
  const exact = tf.grads((loc, scale) => tf.sum(tf.mul(discrete(loc, scale).probs, values)))([loc, scale]);
  const probs = discrete(loc, scale).probs.dataSync();
  const estimates = Array.from(probs, (_, k) =>
    tf.grads((loc, scale) => {
      const noise = tf.mul(1e4, tf.reshape(tf.oneHot(tf.tensor1d([k], "int32"), 4), [1, 4]));
      return new ReinMax().surrogate(discrete(loc, scale), quadratic, forcedRng(noise));
    })([loc, scale]),
  );
  for (const parameter of [0, 1]) {
    const mean = estimates.reduce((sum, each, k) => tf.add(sum, tf.mul(probs[k]!, each[parameter]!)), tf.zeros([1, 3]));
    expect(mean).toBeAllClose(exact[parameter]!, { rtol: 1e-3, atol: 1e-5 });
  }
});

describe("a second derivation, in float64", () => {
  const logits = [0.3, -0.8, 0.5, 1.1];
  const slope = [0.7, -0.2, 1.5, -1];
  const softmax = (row: number[]) => {
    const weights = row.map((each) => Math.exp(each - Math.max(...row)));
    return weights.map((each) => each / weights.reduce((sum, one) => sum + one, 0));
  };
  /** sum_j d softmax_j / d x_k slope_j, entry by entry. */
  const jacobian = (p: number[]) =>
    p.map((pk, k) => p.reduce((sum, pj, j) => sum + slope[j]! * pj * ((j === k ? 1 : 0) - pk), 0));
  const p = softmax(logits);
  const estimate = (estimator: GappedStraightThrough | ReinMax | StraightThrough, k: number) =>
    tf.grad((x) => {
      const noise = tf.mul(1e4, tf.oneHot(k, 4));
      return estimator.surrogate(
        new OneHotCategorical({ logits: x }),
        (z) => tf.sum(tf.mul(z, slope)),
        forcedRng(tf.reshape(noise, [4])),
      );
    })(tf.tensor1d(logits));

  test.each([0, 1, 2, 3])("the estimates given the draw %d", (k) => {
    const tempered = softmax(logits.map((each) => each / 1.3));
    const averaged = jacobian(tempered.map((each, j) => (each + (j === k ? 1 : 0)) / 2));
    const expected = averaged.map((each, j) => 2 * each - jacobian(p)[j]! / 2);
    expect(estimate(new ReinMax({ temperature: 1.3 }), k)).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-6 });
    // sum_j p_j (D - e_j) (D - e_j) . slope / 2
    const pairs = p.map((pj, j) => (pj * (slope[k]! - slope[j]!)) / 2);
    const trapezoid = p.map((_, j) => (j === k ? pairs.reduce((sum, each) => sum + each, 0) : 0) - pairs[j]!);
    expect(estimate(new ReinMax(), k)).toBeAllClose(trapezoid, { rtol: 1e-5, atol: 1e-6 });
    for (const gap of [1, "probability"] as const) {
      const [largest, distance] = [1.1, gap === 1 ? 1 : -Math.log1p(-p[k]!) / p[k]!];
      const moved = logits.map((each, j) => (j === k ? largest : Math.min(each, largest - distance)));
      const soft = jacobian(softmax(moved.map((each) => each / 0.5))).map((each) => each / 0.5);
      expect(estimate(new GappedStraightThrough({ temperature: 0.5, gap }), k)).toBeAllClose(soft, {
        rtol: 1e-4,
        atol: 1e-5,
      });
    }
    const decoupled = jacobian(softmax(logits.map((each) => each / 2))).map((each) => each / 2);
    expect(estimate(new StraightThrough({ backwardTemperature: 2 }), k)).toBeAllClose(decoupled, {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });
});

test("a forward temperature is that of the draws", () => {
  const logits = tf.tensor1d([0, 1, 2]);
  const seen: tf.Tensor[] = [];
  new StraightThrough({ forwardTemperature: 0.5, samples: 20_000 }).surrogate(
    new OneHotCategorical({ logits }),
    (z) => {
      seen.push(tf.keep(tf.mean(z, 0)));
      return tf.sum(z, -1);
    },
    createRng(1),
  );
  expect(seen[0]!).toBeAllClose(tf.softmax(tf.mul(2, logits)), { atol: 0.015 });
});

test("the estimate is summed over draws, scaled by what arrives, and reaches what the loss captures", () => {
  const logits = tf.tensor2d(someLogits(2, 3));
  const { quadratic } = someLosses(2, 3);
  for (const estimator of [
    new ReinMax({ samples: 3 }),
    new ReinMax({ samples: 3, variant: "rao" }),
    new ReinMax({ samples: 3, variant: "leave-one-out" }),
    new GumbelRao({ temperature: 0.5, samples: 3 }),
    new GappedStraightThrough({ temperature: 1, samples: 3 }),
    new StraightThrough({ samples: 3 }),
  ]) {
    const surrogate = (x: tf.Tensor, w: tf.Tensor) =>
      estimator.surrogate(new OneHotCategorical({ logits: x }), (z) => tf.mul(w, quadratic(z)), createRng(3));
    const [one, ofWeight] = tf.grads(surrogate)([logits, tf.scalar(1)]);
    const [three] = tf.grads((x, w) => tf.mul(3, surrogate(x, w)))([logits, tf.scalar(1)]);
    expect(three!).toBeAllClose(tf.mul(3, one!), { rtol: 1e-5, atol: 1e-6 });
    expect(ofWeight!).toBeAllClose(surrogate(logits, tf.scalar(1)), { rtol: 1e-5 });
    const before = tf.memory().numTensors;
    tf.dispose(surrogate(logits, tf.scalar(1)));
    // The scalar of this very call.
    expect(tf.memory().numTensors).toBe(before + 1);
  }
});

test("all stay finite where a category has probability 0, and at logits of hundreds", () => {
  for (const values of [
    [0, Number.NEGATIVE_INFINITY, 1, 0],
    [800, -800, 0, 790],
  ]) {
    const rows = tf.tile(tf.tensor2d([values]), [50, 1]);
    for (const temperature of [1e-3, 1, 100]) {
      for (const estimator of [
        new ReinMax({ temperature }),
        new ReinMax({ temperature, variant: "rao" }),
        new GumbelRao({ temperature }),
        new GappedStraightThrough({ temperature, gap: "probability" }),
        new StraightThrough({ forwardTemperature: temperature, backwardTemperature: temperature }),
      ]) {
        const gradient = tf.grad((x) =>
          estimator.surrogate(
            new OneHotCategorical({ logits: x }),
            (z) => tf.sum(tf.square(tf.sub(z, 0.3)), 1),
            createRng(4),
          ),
        )(rows);
        expect(gradient.dataSync().every(Number.isFinite), estimator.constructor.name).toBe(true);
      }
    }
  }
});

test("refuses what it cannot estimate with", () => {
  const logits = tf.tensor2d(someLogits(2, 3));
  const categorical = new OneHotCategorical({ logits });
  const tables: Loss[] = [(z) => tf.sum(tf.cast(tf.greater(z, 0.5), "float32")), () => tf.scalar(3)];
  for (const estimator of [
    new StraightThrough(),
    new ReinMax(),
    new GumbelRao({ temperature: 1 }),
    new GappedStraightThrough({ temperature: 1 }),
  ]) {
    const name = estimator.constructor.name;
    for (const table of tables) {
      expect(() => estimator.surrogate(categorical, table, createRng(1)), name).toThrow(
        `${name}.surrogate: loss must have a gradient with respect to z`,
      );
    }
    expect(() =>
      estimator.surrogate(new Concrete({ logits, temperature: 1 }) as never, tables[0]!, createRng(1)),
    ).toThrow(`${name}.surrogate: distribution must be a OneHotCategorical`);
  }
  const broken = new Error("the loss's own");
  expect(() =>
    new ReinMax().surrogate(
      categorical,
      () => {
        throw broken;
      },
      createRng(1),
    ),
  ).toThrow(broken);
  expect(() => new ReinMax({ temperature: 0 })).toThrow("ReinMax: temperature must be a finite number > 0, got 0");
  expect(() => new ReinMax({ temperature: tf.tensor1d([1]) as never })).toThrow("a scalar tensor, got shape [1]");
  expect(() => new ReinMax({ variant: "cv" as never })).toThrow("ReinMax: variant must be 'plain', 'rao' or");
  expect(() => new ReinMax({ variant: "leave-one-out" })).toThrow("needs samples, a whole number >= 2");
  expect(() => new ReinMax({ variant: "leave-one-out", samples: 1 })).toThrow("samples must be a whole number >= 2");
  expect(() => new GumbelRao({ temperature: 1, conditionalDraws: 0 })).toThrow(
    "GumbelRao: conditionalDraws must be a whole number >= 1, got 0",
  );
  expect(() => new GappedStraightThrough({ temperature: 1, gap: -1 })).toThrow(
    "GappedStraightThrough: gap must be a finite number > 0, got -1",
  );
  expect(() => new StraightThrough({ backwardTemperature: Number.NaN })).toThrow(
    "StraightThrough: backwardTemperature must be a finite number > 0, got NaN",
  );
});

test("outcomes are all of them", () => {
  const { draws, probs } = outcomes(someLogits(2, 3));
  expect(draws.shape).toEqual([9, 2, 3]);
  expect(probs.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
});
