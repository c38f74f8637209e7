import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { fixedRng } from "../../test/fixed-rng.js";
import { reference, worstError } from "../../test/relaxed-reference.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "./concrete.js";
import { ExpConcrete } from "./exp-concrete.js";

// Float32 keeps 6e-8 of each term; the tolerance leaves room for a few roundings of each.
const tolerance = 5e-7;

describe.each(reference.concreteLogProbs)("densities at temperature $temperature, logits $logits.0", (given) => {
  const { temperature, logits, logZ } = given;

  test("ExpConcrete.logProb is that of TensorFlow Probability and PyTorch in float64", () => {
    const actual = new ExpConcrete({ temperature, logits }).logProb(logZ).dataSync();
    expect(worstError(actual, given.logProb, given.terms)).toBeLessThan(tolerance);
  });

  test("Concrete.logProbFromLog differs by the sum of log z", () => {
    const sums = logZ.map((row) => row.reduce((sum, value) => sum + value, 0));
    const expected = given.logProb.map((value, row) => value - (sums[row] as number));
    const terms = given.terms.map((value, row) => value + Math.abs(sums[row] as number));
    const actual = new Concrete({ temperature, logits }).logProbFromLog(logZ).dataSync();
    expect(worstError(actual, expected, terms)).toBeLessThan(tolerance);
  });

  test("gradients of ExpConcrete.logProb are finite", () => {
    const gradients = tf.grads((l: tf.Tensor, x: tf.Tensor) =>
      tf.sum(new ExpConcrete({ temperature, logits: l }).logProb(x)),
    )([tf.tensor(logits), tf.tensor(logZ)]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe.each(reference.concreteLogProbs.filter(({ z }) => z))(
  "at temperature $temperature, logits $logits.0, where z does not round to 0",
  (given) => {
    test("Concrete.logProb is that of both libraries in float64", () => {
      const { temperature, logits, logZ, z, simplexLogProb } = given as Required<typeof given>;
      const terms = given.terms.map((value, row) => value + logZ[row]!.reduce((sum, each) => sum + Math.abs(each), 0));
      const actual = new Concrete({ temperature, logits }).logProb(z).dataSync();
      expect(worstError(actual, simplexLogProb, terms)).toBeLessThan(tolerance);
    });
  },
);

describe.each(reference.concreteSamples)("samples at temperature $temperature, logits up to $logits.0.0", (given) => {
  const { temperature, logits, noise, logZ } = given;
  const concrete = new Concrete({ temperature, logits });
  const expConcrete = new ExpConcrete({ temperature, logits });

  test("log z is that of float64", () => {
    const actual = expConcrete.sample(fixedRng(noise));
    if (logZ) {
      // Logits and noise are added in float32 before the division by the temperature.
      const atol = (200 * 2 ** -23) / temperature;
      expect(actual).toBeAllClose(logZ.flat(), { rtol: 3e-7, atol });
    }
    expect(concrete.sampleLog(fixedRng(noise))).toBeAllClose(actual, { rtol: 0, atol: 0 });
    expect(concrete.sample(fixedRng(noise))).toBeAllClose(tf.exp(actual), { rtol: 0, atol: 0 });
  });

  test("sampleAndLogProb of ExpConcrete is exact", () => {
    const { value, logProb } = expConcrete.sampleAndLogProb(fixedRng(noise));
    expect(value).toBeAllClose(expConcrete.sample(fixedRng(noise)), { rtol: 0, atol: 0 });
    expect(worstError(logProb.dataSync(), given.expLogProb, given.expTerms)).toBeLessThan(tolerance);
  });

  test("sampleAndLogProb of Concrete is exact", () => {
    const { value, logProb } = concrete.sampleAndLogProb(fixedRng(noise));
    expect(value).toBeAllClose(concrete.sample(fixedRng(noise)), { rtol: 0, atol: 0 });
    expect(worstError(logProb.dataSync(), given.logProb, given.terms)).toBeLessThan(tolerance);
  });

  test.each([false, true])("gradients of samples and their log-densities are finite, stickTheLanding %s", (stick) => {
    const gradients = tf.grads((l: tf.Tensor, t: tf.Tensor) => {
      const relaxed = new Concrete({ temperature: t, logits: l });
      const inLogs = relaxed.sampleLogAndLogProb(fixedRng(noise), [], { stickTheLanding: stick });
      const { value } = relaxed.sampleAndLogProb(fixedRng(noise), [], { stickTheLanding: stick });
      return tf.addN([tf.sum(inLogs.logProb), tf.sum(inLogs.value), tf.sum(tf.square(value))]);
    })([tf.tensor(logits), tf.scalar(temperature)]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

test("digits of close scores survive a low temperature, and noise a common shift of the logits", () => {
  const noise = [5.3, 5.2998, 0];
  const [a, b] = noise.map(Math.fround) as [number, number];
  const temperature = Math.fround(1e-3);
  const gap = (a - b) / temperature;
  const relaxed = new ExpConcrete({ temperature, logits: [0, 0, -1] });
  const expected = [-Math.log1p(Math.exp(-gap)), -gap - Math.log1p(Math.exp(-gap))];
  expect(tf.slice(relaxed.sample(fixedRng(noise)), 0, 2)).toBeAllClose(expected, { rtol: 1e-6 });
  const shifted = new ExpConcrete({ temperature, logits: [1e6, 1e6, 1e6 - 1] });
  expect(shifted.sample(fixedRng(noise))).toBeAllClose(relaxed.sample(fixedRng(noise)), { rtol: 0, atol: 0 });
});

test("the log-density of its own sample does not depend on the logits in log space", () => {
  const noise = [0.3, -1.2, 2];
  const slope = tf.grad(
    (logits) => new ExpConcrete({ temperature: 0.5, logits }).sampleAndLogProb(fixedRng(noise)).logProb,
  );
  expect(slope(tf.tensor1d([1, 0, -1]))).toBeAllClose([0, 0, 0], { atol: 0 });
});

test.each(["logits", "temperature"] as const)("stickTheLanding keeps the path through z alone: %s", (parameter) => {
  // By finite differences of log q(z(phi); phi0) in float64.
  const [logits, temperature, noise] = [[1, 0, -1], 0.5, [0.3, -1.2, 2]];
  const logZ = (l: number[], t: number) => {
    const scores = l.map((value, k) => (value + noise[k]!) / t);
    const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    return scores.map((score) => score - total);
  };
  const logQ = (x: number[]) => {
    const scores = x.map((value, k) => logits[k]! - temperature * value);
    const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    return Math.log(2) + 2 * Math.log(temperature) + scores.reduce((sum, score) => sum + score - total, 0);
  };
  const along = (shift: number, k: number) =>
    parameter === "logits"
      ? logQ(
          logZ(
            logits.map((value, j) => value + (j === k ? shift : 0)),
            temperature,
          ),
        )
      : logQ(logZ(logits, temperature + shift));
  const count = parameter === "logits" ? 3 : 1;
  const expected = Array.from({ length: count }, (_, k) => (along(1e-5, k) - along(-1e-5, k)) / 2e-5);

  const [ofLogits, ofTemperature] = tf.grads(
    (l: tf.Tensor, t: tf.Tensor) =>
      new ExpConcrete({ temperature: t, logits: l }).sampleAndLogProb(fixedRng(noise), [], { stickTheLanding: true })
        .logProb,
  )([tf.tensor1d(logits), tf.scalar(temperature)]) as [tf.Tensor, tf.Tensor];
  expect(parameter === "logits" ? ofLogits : ofTemperature).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
});

describe("on the boundary of the simplex", () => {
  const infinity = Number.POSITIVE_INFINITY;

  test.each([
    { temperature: 0.5, z: [1, 0], expected: infinity, why: "1 > 1 x 0.5" },
    { temperature: 2, z: [1, 0], expected: -infinity, why: "1 < 1 x 2" },
    { temperature: 0.5, z: [0, 0, 1], expected: infinity, why: "2 > 1 x 0.5" },
    { temperature: 0.5, z: [0, 0.4, 0.6], expected: -0, why: "1 = 2 x 0.5" },
    { temperature: 0.6, z: [0, 0.4, 0.6], expected: -infinity, why: "1 < 2 x 0.6" },
    { temperature: 3, z: [0, 0, 1], expected: -infinity, why: "2 < 1 x 3" },
  ])("Concrete.logProb of $z at temperature $temperature is a limit: $why", ({ temperature, z, expected }) => {
    const logits = z.map((_, k) => k - 0.5);
    const relaxed = new Concrete({ temperature, logits });
    const actual = relaxed.logProb(z).dataSync()[0] as number;
    if (Number.isFinite(expected)) {
      // The density just inside, which is within sqrt(1e-20) of the limit.
      const inside = z.map((value) => Math.log(value === 0 ? 1e-20 : value));
      const near = relaxed.logProbFromLog(inside).dataSync()[0] as number;
      expect(actual).toBeCloseTo(near, 3);
    } else {
      expect(actual).toBe(expected);
    }
  });

  test("ExpConcrete.logProb of the logarithm of a one-hot is -Infinity", () => {
    expect(new ExpConcrete({ temperature: 0.5, logits: [0, 1, 2] }).logProb([-infinity, 0, -infinity])).toBeAllClose([
      -infinity,
    ]);
  });

  test("other rows keep value and gradient", () => {
    const relaxed = new Concrete({ temperature: 0.5, logits: [0, 1, 2] });
    const rows = [
      [0, 1, 0],
      [0.2, 0.3, 0.5],
    ];
    const both = relaxed.logProb(rows).dataSync();
    expect(both[1]).toBe(relaxed.logProb(rows[1]!).dataSync()[0]);
    const gradient = tf.grad((z) => tf.slice(relaxed.logProbFromLog(tf.log(z)), 1, 1))(tf.tensor(rows));
    expect([...gradient.dataSync()].slice(3)).toBeAllClose(tf.grad((z) => relaxed.logProb(z))(tf.tensor(rows[1]!)), {
      rtol: 1e-6,
    });
  });

  test("validate: 'values' refuses it, and what is not on the simplex", () => {
    const relaxed = new Concrete({ temperature: 0.5, logits: [0, 1, 2], validate: "values" });
    expect(() => relaxed.logProb([0, 1, 0])).toThrow(
      "Concrete.logProb: every coordinate must be > 0 (a one-hot has no density; see discrete()), got 0 at index 0",
    );
    expect(() => relaxed.logProb([0.5, 0.3, 0.3])).toThrow("must sum to 1 on the last axis, got 1.1");
    expect(() => relaxed.logProbFromLog([-Math.LN2, -Math.LN2, -infinity])).toThrow("every coordinate must be > 0");
    expect(relaxed.logProb([0.5, 0.3, 0.2]).size).toBe(1);
    const samples = new Concrete({ temperature: 0.7, logits: tf.zeros([1000]), validate: "values" });
    expect(samples.logProb(samples.sample(createRng(5), [20])).shape).toEqual([20]);
  });
});

test("the density integrates to 1 over the simplex of three categories", () => {
  const relaxed = new Concrete({ temperature: 0.8, logits: [0.5, 0, -1] });
  // The trapezoidal rule in u = log z_k - log z_3 converges geometrically; dz = z_1 z_2 z_3 du.
  const axis = Array.from({ length: 101 }, (_, index) => (index - 50) / 2);
  const logs = axis.flatMap((a) => axis.map((b) => [a, b, 0]));
  const logZ = tf.logSoftmax(tf.tensor2d(logs));
  const mass = tf.sum(tf.exp(tf.add(relaxed.logProbFromLog(logZ), tf.sum(logZ, -1))));
  expect((mass.dataSync()[0] as number) / 4).toBeCloseTo(1, 5);
});

test("samples agree with the density within four standard errors", () => {
  // K = 2: z_1 <= c has the probability sigmoid(temperature * logit(c) - (logit_1 - logit_2)).
  const [temperature, difference, draws] = [0.7, 0.8, 40_000];
  const relaxed = new Concrete({ temperature, logits: [difference, 0] });
  const first = tf.unstack(relaxed.sample(createRng(7), [draws]), 1)[0]!.dataSync();
  for (const c of [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
    const expected = 1 / (1 + Math.exp(difference - temperature * Math.log(c / (1 - c))));
    const share = first.filter((value) => value <= c).length / draws;
    const error = Math.sqrt((expected * (1 - expected)) / draws);
    expect(Math.abs(share - expected), `at ${c}`).toBeLessThan(4 * error);
  }
});

test("the largest coordinate is distributed as discrete()", () => {
  const [probs, draws] = [[0.1, 0.6, 0.3], 20_000];
  const relaxed = new Concrete({ temperature: 0.1, probs });
  expect(relaxed.discrete().mean()).toBeAllClose(probs, { rtol: 1e-5 });
  const hard = relaxed.sample(createRng(3), [draws], { hard: true });
  const shares = tf.mean(hard, 0).dataSync();
  for (const [k, p] of probs.entries()) {
    expect(Math.abs(shares[k]! - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws));
  }
});

test("hard samples are one-hot with the gradient of the relaxed ones", () => {
  const noise = [0.3, -1.2, 2];
  const weights = tf.tensor1d([1, 2, 3]);
  const slope = (hard: boolean) =>
    tf.grad((logits) =>
      tf.sum(tf.mul(weights, new Concrete({ temperature: 0.5, logits }).sample(fixedRng(noise), [], { hard }))),
    )(tf.tensor1d([1, 0, -1]));
  expect(
    new Concrete({ temperature: 0.5, logits: [1, 0, -1] }).sample(fixedRng(noise), [], { hard: true }),
  ).toBeAllClose([1, 0, 0]);
  expect(slope(true)).toBeAllClose(slope(false), { rtol: 0, atol: 0 });
  expect(() => new ExpConcrete({ temperature: 0.5, logits: [0, 0] }).sample(createRng(1), [], { hard: true })).toThrow(
    "use hard with Concrete",
  );
});

test("a temperature broadcasts against the batch alone", () => {
  const logits = tf.zeros([4, 3]);
  expect(new Concrete({ temperature: tf.ones([4]), logits }).batchShape).toEqual([4]);
  expect(new Concrete({ temperature: tf.ones([4, 1]), logits }).batchShape).toEqual([4, 4]);
  expect(() => new Concrete({ temperature: tf.ones([3]), logits })).toThrow("shapes must broadcast");
});

test("constructors reject invalid parameters", () => {
  expect(() => new Concrete({ temperature: 0.5 })).toThrow(
    "exactly one of logits and probs must be given, got neither",
  );
  expect(() => new ExpConcrete({ temperature: 0.5, logits: [0, 0], probs: [0.5, 0.5] })).toThrow("got both");
  expect(() => new Concrete({ temperature: 0.5, logits: 0, probs: [0.5, 0.5] })).toThrow("got both");
  expect(() => new Concrete({ temperature: 0, logits: [0, 0] })).toThrow(
    "temperature must be a finite number > 0, got 0",
  );
  expect(() => new Concrete({ temperature: 1, logits: [0] })).toThrow("logits must have at least 2 categories");
  expect(() => new Concrete({ temperature: 1, probs: [0.5, 0.6] })).toThrow("sum to 1");
});
