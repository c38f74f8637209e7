import { Affine, Planar, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadReference } from "../../test/reference-values.js";
import { createRng } from "../random/create-rng.js";
import { IGR } from "../relaxations/igr.js";

interface Example {
  readonly kind: string;
  readonly temperature: number;
  readonly delta: number;
  readonly loc: number[];
  readonly scale: number[];
  readonly logProbs: number[];
}

const { examples, gradients } = loadReference<{
  readonly examples: readonly Example[];
  readonly gradients: readonly (Omit<Example, "kind" | "logProbs"> & { readonly gradient: number[] })[];
}>("discrete-probs");

describe("softmax++, against scipy", () => {
  // Scales from 0.01 to 100 within one variable, locs near together, near their scales, and far in their tails.
  describe.each([2, 3, 4, 10, 31, 100])("K = %d", (categories) => {
    const given = examples.filter(({ loc }) => loc.length === categories - 1);
    const batch = new IGR({
      loc: given.map(({ loc }) => loc),
      scale: given.map(({ scale }) => scale),
      temperature: given.map(({ temperature }) => temperature),
      delta: given.map(({ delta }) => delta),
    });
    const expected = given.flatMap(({ logProbs }) => logProbs);

    test("probabilities are right to 2e-6", () => {
      expect(batch.discreteProbs()).toBeAllClose(expected.map(Math.exp), { rtol: 0, atol: 2e-6 });
    });

    test("logarithms are right to 5e-5 down to -50, and stay numbers below", () => {
      const logs = batch.discreteLogProbs().dataSync();
      const [kept, values] = [
        [...logs].filter((_, index) => (expected[index] as number) > -50),
        expected.filter((value) => value > -50),
      ];
      expect(kept).toBeAllClose(values, { rtol: 0, atol: 5e-5 });
      const rare = [...logs].filter((_, index) => (expected[index] as number) <= -50);
      expect(rare.every((value) => value < -49.9)).toBe(true);
    });
  });

  test.each(gradients)(
    "gradients at scale $scale are the differences",
    ({ loc, scale, temperature, delta, gradient }) => {
      const weights = tf.cos(tf.range(0, loc.length + 1));
      const parts = [tf.tensor1d(loc), tf.tensor1d(scale), tf.scalar(temperature), tf.scalar(delta)] as const;
      const slopes = tf.grads((loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor, delta: tf.Tensor) =>
        tf.sum(tf.mul(weights, new IGR({ loc, scale, temperature, delta }).discreteLogProbs())),
      )([...parts]);
      expect(tf.concat(slopes.map((slope) => tf.reshape(slope, [-1])))).toBeAllClose(gradient, {
        rtol: 5e-4,
        atol: 1e-3,
      });
    },
  );

  test("gradients of the probabilities are those of the exponentials of the logarithms", () => {
    for (const { loc, scale, temperature, delta } of gradients.slice(0, 1)) {
      const slopesOf = (probs: (igr: IGR) => tf.Tensor) =>
        tf.grads((loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor) =>
          tf.sum(tf.mul(tf.range(0, 4), probs(new IGR({ loc, scale, temperature, delta })))),
        )([tf.tensor1d(loc), tf.tensor1d(scale), tf.scalar(temperature)]);
      const [direct, throughLogs] = [
        slopesOf((igr) => igr.discreteProbs()),
        slopesOf((igr) => tf.exp(igr.discreteLogProbs())),
      ];
      for (const [index, slope] of direct.entries()) {
        expect(slope).toBeAllClose(throughLogs[index] as tf.Tensor, { rtol: 1e-4, atol: 1e-5 });
      }
    }
  });
});

describe("softmax++", () => {
  test("probabilities sum to 1 and do not depend on what all coordinates are moved and stretched by", () => {
    const finite = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, finite), { minLength: 2, maxLength: 6 }), finite, (pairs, log) => {
        const loc = pairs.map(([mean]) => mean);
        const scale = pairs.map(([, spread]) => Math.exp(spread));
        const probs = new IGR({ loc, scale, temperature: 0.5 }).discreteProbs();
        expect(tf.sum(probs)).toBeAllClose(1, { atol: 5e-6 });
        // The argmax knows y and the threshold c = temperature log delta alone: y -> c + s (y - c) leaves it as it is.
        const [c, s] = [0.5 * Math.log(0.1), Math.exp(log / 3)];
        const moved = { loc: loc.map((mean) => c + s * (mean - c)), scale: scale.map((spread) => s * spread) };
        expect(new IGR({ ...moved, temperature: 0.5 }).discreteProbs()).toBeAllClose(probs, { rtol: 0, atol: 1e-5 });
      }),
      { numRuns: 15 },
    );
  });

  test("they are the frequencies of samples", () => {
    const igr = new IGR({ loc: [0.3, -0.5, 0.1], scale: [1, 0.02, 2], temperature: 0.5 });
    const frequencies = tf.mean(igr.sample(createRng(1), [40_000], { hard: true }), 0);
    expect(frequencies).toBeAllClose(igr.discreteProbs(), { rtol: 0, atol: 4 * Math.sqrt(0.25 / 40_000) });
  });

  test("equal coordinates share what the remainder leaves, at any scale", () => {
    for (const scale of [1e-6, 1e-2, 1, 1e2, 1e6]) {
      const probs = new IGR({ loc: tf.zeros([4]), scale, temperature: 1, delta: 1 }).discreteProbs();
      expect(probs).toBeAllClose([...new Array<number>(4).fill((1 - 0.5 ** 4) / 4), 0.5 ** 4], { atol: 1e-6 });
    }
  });

  test("a coordinate that always wins, and a threshold that always does", () => {
    expect(new IGR({ loc: [1e4, 0, 0], scale: 1, temperature: 1 }).discreteProbs()).toBeAllClose([1, 0, 0, 0], {
      atol: 1e-6,
    });
    const below = new IGR({ loc: [-1e4, -1e3], scale: 1, temperature: 1 });
    expect(below.discreteProbs()).toBeAllClose([0, 0, 1], { atol: 1e-6 });
    expect([...below.discreteLogProbs().dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("loc, scale and temperature broadcast, and only results stay in memory", () => {
    const [loc, temperature] = [tf.zeros([2, 1, 3]), tf.tensor1d([0.1, 0.5, 1, 2])];
    const before = tf.memory().numTensors;
    const igr = new IGR({ loc, scale: 1, temperature });
    const [probs, logs] = [igr.discreteProbs(), igr.discreteLogProbs()];
    expect([probs.shape, logs.shape]).toEqual([
      [2, 4, 4],
      [2, 4, 4],
    ]);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(tf.exp(logs)).toBeAllClose(probs, { rtol: 0, atol: 1e-6 });
  });

  test.each(["softmax++", "stick-breaking"] as const)("an empty batch has no probabilities: %s", (transform) => {
    const igr = new IGR({ loc: tf.zeros([0, 3]), scale: 1, temperature: 0.5, transform });
    expect(igr.discreteProbs().shape).toEqual([0, 4]);
    expect(igr.discreteLogProbs().shape).toEqual([0, 4]);
  });

  test("given as a bijector it is the same", () => {
    const transform = new SoftmaxPlusPlus({ temperature: 0.5, delta: 0.2 });
    const probs = new IGR({ loc: [0, 1], scale: 1, transform }).discreteProbs();
    expect(probs).toBeAllClose(new IGR({ loc: [0, 1], scale: 1, temperature: 0.5, delta: 0.2 }).discreteProbs(), {
      atol: 0,
    });
  });
});

describe("stick-breaking and interpolation, against Sobol frequencies of scipy", () => {
  const sticks =
    loadReference<
      readonly {
        readonly transform: "interpolation" | "stick-breaking";
        readonly temperature: number;
        readonly delta: number;
        readonly loc: number[];
        readonly scale: number[];
        readonly probs: number[];
      }[]
    >("stick-probs");

  test.each(sticks)("$transform, delta $delta, scale $scale", ({ probs, ...options }) => {
    const igr = new IGR(options);
    expect(igr.discreteProbs()).toBeAllClose(probs, { rtol: 0, atol: 3e-3 });
  });

  test("more points come nearer, and a shift by rng changes the last digits", () => {
    const { probs, ...options } = sticks.find(({ loc }) => loc.length === 9) as (typeof sticks)[number];
    const igr = new IGR(options);
    const fine = igr.discreteProbs({ samples: 8192 });
    expect(fine).toBeAllClose(probs, { rtol: 0, atol: 1e-3 });
    const shifted = (seed: number) => igr.discreteProbs({ rng: createRng(seed) });
    expect(shifted(1)).toBeAllClose(probs, { rtol: 0, atol: 3e-3 });
    expect(tf.max(tf.abs(tf.sub(shifted(1), shifted(2)))).dataSync()[0]).toBeGreaterThan(0);
    expect(shifted(1)).toBeAllClose(shifted(1), { atol: 0 });
  });

  test.each(["interpolation", "stick-breaking"] as const)("gradients of '%s' are differences", (transform) => {
    const [loc, scale, temperature] = [tf.tensor1d([-0.8, 0.3, 0.1]), tf.tensor1d([0.6, 1, 0.8]), tf.scalar(0.2)];
    const total = (loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor) => {
      // With delta 4 the remainder of eq 24 may win.
      const igr = new IGR({ loc, scale, temperature, transform, delta: 4 });
      return tf.sum(tf.mul([0, 1, 2, 5], igr.discreteProbs()));
    };
    const inputs = transform === "interpolation" ? [loc, scale] : [loc, scale, temperature];
    const slopes = tf.grads((loc: tf.Tensor, scale: tf.Tensor, heat: tf.Tensor) =>
      total(loc, scale, heat ?? temperature),
    )(inputs);
    for (const [index, input] of inputs.entries()) {
      const at = (entry: number, step: number) => {
        const moved = tf.add(input, tf.mul(step, tf.slice(tf.oneHot(entry, Math.max(2, input.size)), 0, input.size)));
        const all = inputs.map((other, each) => (each === index ? tf.reshape(moved, other.shape) : other));
        return total(all[0] as tf.Tensor, all[1] as tf.Tensor, all[2] ?? temperature).dataSync()[0] as number;
      };
      const differences = Array.from(
        { length: input.size },
        (_, entry) => (at(entry, 0.003) - at(entry, -0.003)) / 0.006,
      );
      expect(slopes[index]).toBeAllClose(differences, { rtol: 0.05, atol: 0.02 });
    }
  });

  test("the remainder of 'stick-breaking' cannot win with delta <= 1", () => {
    const igr = new IGR({ loc: [0, 1], scale: 1, temperature: 0.5, transform: "stick-breaking" });
    expect(igr.discreteProbs().dataSync()[2]).toBe(0);
    expect(igr.discreteLogProbs().dataSync()[2]).toBe(Number.NEGATIVE_INFINITY);
    const slope = tf.grad((loc) => {
      const igr = new IGR({ loc, scale: 1, temperature: 0.5, transform: "stick-breaking" });
      return tf.sum(tf.slice(igr.discreteLogProbs(), 0, 2));
    })(tf.tensor1d([0, 1]));
    expect(slope.dataSync().every(Number.isFinite)).toBe(true);
  });

  test("shares that round to 1 and sticks that round to 0 are not in the way", () => {
    for (const transform of ["interpolation", "stick-breaking"] as const) {
      const igr = new IGR({ loc: [-200, 90, 300], scale: [1, 0.01, 100], temperature: 0.01, transform });
      expect(igr.discreteProbs()).toBeAllClose([0, 1, 0, 0], { atol: 1e-6 });
      expect([...igr.discreteLogProbs().dataSync()].some(Number.isNaN)).toBe(false);
    }
  });

  test("130 sticks have more coordinates than the lattice's vector", () => {
    const loc = Array.from({ length: 130 }, (_, k) => -Math.log(130 - k));
    const igr = new IGR({ loc, scale: 0.5, temperature: 0.5, transform: "interpolation" });
    expect(tf.sum(igr.discreteProbs({ samples: 256 }))).toBeAllClose(1, { atol: 0.05 });
  });
});

describe("a custom bijector", () => {
  const flow = new Planar({ u: [0.5, -0.2], w: [1, 0.3], b: 0.1 });

  test("has the frequencies of samples", () => {
    const igr = new IGR({ loc: [-0.8, -0.6], scale: [1, 0.5], temperature: 0.5, transform: flow });
    const frequencies = tf.mean(igr.sample(createRng(1), [40_000], { hard: true }), 0);
    expect(igr.discreteProbs()).toBeAllClose(frequencies, { rtol: 0, atol: 3e-3 + 4 * Math.sqrt(0.25 / 40_000) });
    expect(tf.exp(igr.discreteLogProbs())).toBeAllClose(igr.discreteProbs(), { atol: 1e-6 });
  });

  test("has gradients by the likelihood ratio, right up to noise", () => {
    const [loc, scale] = [tf.tensor1d([0.3, -0.5]), tf.tensor1d([1, 0.6])];
    const weights = [0, 1, 3];
    const slopes = tf.grads((loc: tf.Tensor, scale: tf.Tensor) =>
      // The identity, so that the exact gradient is that of softmax++.
      tf.sum(
        tf.mul(
          weights,
          new IGR({ loc, scale, temperature: 0.5, transform: new Affine({ shift: 0, scale: 1 }) }).discreteProbs(),
        ),
      ),
    )([loc, scale]);
    const exact = tf.grads((loc: tf.Tensor, scale: tf.Tensor) =>
      tf.sum(tf.mul(weights, new IGR({ loc, scale, temperature: 0.5 }).discreteProbs())),
    )([loc, scale]);
    for (const [index, slope] of slopes.entries()) {
      expect(slope).toBeAllClose(exact[index] as tf.Tensor, { rtol: 0, atol: 0.02 });
    }
  });

  test("a category that never wins has the logarithm -Infinity", () => {
    const igr = new IGR({ loc: [50, 0], scale: 1, temperature: 0.5, transform: flow });
    expect(igr.discreteLogProbs().dataSync()[2]).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("discrete()", () => {
  test("is the categorical distribution of the largest coordinate", () => {
    const igr = new IGR({ loc: [0.3, -0.5], scale: [1, 0.6], temperature: 0.5 });
    const probs = [...igr.discreteProbs().dataSync()];
    expect(igr.discrete().mean()).toBeAllClose(probs, { rtol: 1e-5 });
    expect(igr.discrete().entropy()).toBeAllClose(-probs.reduce((sum, p) => sum + p * Math.log(p), 0), { rtol: 1e-5 });
  });
});

test.each([0, 63, 100, 16_384, Number.NaN])("refuses %d samples", (samples) => {
  const igr = new IGR({ loc: [0], scale: 1, temperature: 1 });
  expect(() => igr.discreteProbs({ samples })).toThrow(
    `IGR.discreteProbs: samples must be a power of 2 from 64 to 8192, got ${samples}`,
  );
  expect(() => igr.discreteLogProbs({ samples })).toThrow("IGR.discreteLogProbs: samples");
});
