import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { fixedRng } from "../../test/fixed-rng.js";
import { meanScore, normalCdf } from "../../test/statistics.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { GrowingSticks } from "./growing-sticks.js";
import { InfiniteIGR } from "./infinite-igr.js";
import type { InfiniteIGROptions } from "./infinite-igr-options.js";

/** One cut sample in float64, from the pre-image, by eq 22 and 25 as they stand: no logarithms, no masks. */
function reference(
  y: readonly number[],
  { rho, temperature, delta }: { rho: number; temperature: number; delta: number },
) {
  const sticks: number[] = [];
  let [left, mass] = [1, 0];
  for (const each of y) {
    const share = 1 / (1 + Math.exp(-each));
    sticks.push(share * left);
    mass += share * left;
    left *= 1 - share;
    if (mass > rho) break;
  }
  const weights = [...sticks.map((w) => Math.exp(w / temperature)), delta];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const z = new Array<number>(y.length + 1).fill(0);
  for (const [k, weight] of weights.slice(0, -1).entries()) z[k] = weight / total;
  z[y.length] = delta / total;
  return { z, effectiveK: sticks.length, passesCap: mass <= rho ? 1 : 0 };
}

const numbers = (x: tf.Tensor) => Array.from(x.dataSync());
const row = fc.array(fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround), { minLength: 1, maxLength: 12 });

describe("InfiniteIGR", () => {
  describe("laws", () => {
    distributionLaws(
      () =>
        new InfiniteIGR({
          loc: [
            [-0.5, 0.2, 0.1, 1.5],
            [0, 0, 0, 0],
          ],
          scale: 0.7,
          temperature: 0.4,
          rho: 0.7,
          onCap: "ignore",
        }),
    );
  });

  test("is softmax++ of the sticks up to the first K that hold more than rho, sample by sample", () => {
    fc.assert(
      fc.property(row, fc.constantFrom(0.3, 0.7, 0.95), fc.constantFrom(0.05, 0.5), (y, rho, temperature) => {
        const options = { rho, temperature, delta: 0.2 };
        const expected = reference(y, options);
        const relaxed = new InfiniteIGR({ loc: tf.zeros([y.length]), scale: 1, ...options, onCap: "ignore" });
        const actual = relaxed.sampleWithPreImage(fixedRng(y));
        expect(numbers(actual.effectiveK)).toEqual([expected.effectiveK]);
        expect(numbers(actual.passesCap)).toEqual([expected.passesCap]);
        expect(actual.value).toBeAllClose(expected.z, { rtol: 1e-4, atol: 1e-6 });
        // What was cut off is 0, and -Infinity in logs; the remainder stands last whatever K.
        const logZ = numbers(relaxed.sampleLog(fixedRng(y)));
        expect(logZ).toBeAllClose(expected.z.map(Math.log), { rtol: 1e-4, atol: 1e-4 });
      }),
    );
  });

  test("K differs within a batch, and its average is reported", () => {
    const relaxed = new InfiniteIGR({
      loc: [[-3], [0], [3]].map((loc) => new Array<number>(60).fill(loc[0]!)),
      scale: 0.5,
      temperature: 0.1,
      rho: 0.9,
    });
    const { effectiveK, averageK, value } = relaxed.sampleWithPreImage(createRng(1), [500]);
    expect(effectiveK.shape).toEqual([500, 3]);
    const means = numbers(tf.mean(effectiveK, 0));
    expect(means[0]).toBeGreaterThan(means[1]! + 5);
    expect(means[1]).toBeGreaterThan(means[2]! + 1);
    expect(averageK).toBeAllClose([means.reduce((sum, each) => sum + each, 0) / 3], { rtol: 1e-5 });
    const nonZero = tf.sum(tf.cast(tf.greater(tf.slice(value, [0, 0, 0], [500, 3, 60]), 0), "float32"), -1);
    expect(nonZero).toBeAllClose(effectiveK, { atol: 0 });
  });

  test("gradients flow through the kept coordinates alone, and are those of a model of K coordinates", () => {
    const y = [-1, -0.5, 0.3, 2, 0.1, -0.4];
    const options = { rho: 0.8, temperature: 0.3, delta: 0.2 };
    const { effectiveK } = reference(y, options);
    expect(effectiveK).toBeLessThan(y.length);
    const weights = [0.3, -1, 2, 0.5, 4, -3];
    const slope = (size: number) =>
      numbers(
        tf.grad((loc) => {
          const z = new InfiniteIGR({ loc, scale: 1, ...options, onCap: "ignore" }).sample(
            fixedRng(new Array<number>(size).fill(0)),
          );
          return tf.sum(tf.mul(tf.slice(z, [0], [size]), weights.slice(0, size)));
        })(tf.tensor1d(y.slice(0, size))),
      );
    const all = slope(y.length);
    expect(all.slice(effectiveK)).toEqual(new Array<number>(y.length - effectiveK).fill(0));
    expect(all.slice(0, effectiveK)).toBeAllClose(slope(effectiveK), { rtol: 1e-5 });
    const moved = (k: number, step: number) => {
      const { z } = reference(
        y.map((value, j) => (j === k ? value + step : value)),
        options,
      );
      return weights.reduce((sum, weight, j) => sum + weight * z[j]!, 0);
    };
    const differences = y.map((_, k) => (moved(k, 1e-5) - moved(k, -1e-5)) / 2e-5);
    expect(all).toBeAllClose(differences, { rtol: 1e-3, atol: 1e-5 });
  });

  test("hard samples are one-hot with the gradient of the relaxed ones; the remainder never wins", () => {
    const loc = tf.tensor1d(new Array<number>(40).fill(-1.5));
    const draw = (hard: boolean, at: tf.Tensor) =>
      new InfiniteIGR({ loc: at, scale: 1, temperature: 0.2, delta: 1, onCap: "ignore" }).sample(createRng(1), [200], {
        hard,
      });
    const hard = draw(true, loc);
    expect(tf.sum(hard, -1)).toBeAllClose(tf.ones([200]), { atol: 0 });
    expect(numbers(tf.sum(tf.slice(hard, [0, 40], [200, 1])))).toEqual([0]);
    const slope = (isHard: boolean) => tf.grad((at) => tf.sum(tf.mul(draw(isHard, at), tf.range(0, 41))))(loc);
    expect(slope(true)).toBeAllClose(slope(false), { rtol: 0, atol: 0 });
  });

  test("at temperature 0.001 and logits of hundreds nothing overflows, and gradients are finite", () => {
    const y = [-300, -20, 200, -100, 500];
    const gradients = tf.grads((loc: tf.Tensor, scale: tf.Tensor) => {
      const relaxed = new InfiniteIGR({ loc, scale, temperature: 1e-3, rho: 0.999 });
      const { value, logProb } = relaxed.sampleLogAndLogProb(fixedRng([0, 0.5, -0.5, 1, 2]));
      expect(numbers(value).slice(3, 5)).toEqual([-Infinity, -Infinity]);
      return tf.add(tf.sum(logProb), tf.sum(tf.exp(value)));
    })([tf.tensor1d(y), tf.ones([5])]);
    for (const gradient of gradients) expect(numbers(gradient).every(Number.isFinite)).toBe(true);
  });
});

describe("densities of InfiniteIGR", () => {
  const options: InfiniteIGROptions = {
    loc: [0.3, -0.5],
    scale: [0.8, 1.2],
    temperature: 0.6,
    rho: 0.6,
    onCap: "ignore",
  };
  const relaxed = new InfiniteIGR(options);

  test("the density integrates to 1 over all numbers of kept coordinates", () => {
    // Over the sticks, whose domains have straight edges: dz/dw of softmax++ is z_1 ... z_K z_rest / temperature^K.
    const [rho, temperature, side] = [0.6, 0.6, 120];
    const at = (k: number) => (k + 0.5) / side;
    const image = (w: readonly number[]) => {
      const weights = [...w.map((each) => Math.exp(each / temperature)), 0.1];
      const total = weights.reduce((sum, each) => sum + each, 0);
      return weights.map((weight) => weight / total);
    };
    const slope = (z: readonly number[]) =>
      z.reduce((product, each) => product * each, 1 / temperature ** (z.length - 1));
    const mass = (points: { z: number[]; weight: number }[]) => {
      const density = tf.exp(relaxed.logProb(points.map(({ z }) => (z.length === 3 ? z : [z[0]!, 0, z[1]!]))));
      return numbers(density).reduce((sum, each, index) => sum + each * points[index]!.weight, 0);
    };
    const range = Array.from({ length: side }, (_, k) => k);
    const one = range.map((k) => {
      const z = image([rho + (1 - rho) * at(k)]);
      return { z, weight: (slope(z) * (1 - rho)) / side };
    });
    const two = range.flatMap((k) =>
      range.map((j) => {
        const first = rho * at(k);
        const z = image([first, (1 - first) * at(j)]);
        return { z, weight: (slope(z) * rho * (1 - first)) / side ** 2 };
      }),
    );
    const masses = [mass(one), mass(two)];
    // P(K = 1) = P(u_1 > rho), a Gaussian tail.
    const logit = Math.log(rho / (1 - rho));
    expect(masses[0]).toBeCloseTo(1 - normalCdf((logit - 0.3) / 0.8), 3);
    expect(masses[0]! + masses[1]!).toBeCloseTo(1, 3);
  });

  test("logProb and logProbFromLog invert what sampleAndLogProb knows", () => {
    const many = new InfiniteIGR({ loc: tf.fill([12], -1), scale: 0.8, temperature: 0.4, rho: 0.9, onCap: "ignore" });
    const { value, logProb } = many.sampleAndLogProb(createRng(2), [300]);
    expect(many.logProb(value)).toBeAllClose(logProb, { rtol: 2e-3, atol: 5e-3 });
    const inLogs = many.sampleLogAndLogProb(createRng(2), [300]);
    expect(inLogs.logProb).toBeAllClose(logProb, { rtol: 0, atol: 0 });
    expect(many.logProbFromLog(inLogs.value)).toBeAllClose(logProb, { rtol: 2e-3, atol: 5e-3 });
  });

  test("stickTheLanding keeps the value and drops the parameters' own gradient", () => {
    const slopes = (stickTheLanding: boolean) =>
      tf.grad((loc) => {
        const own = new InfiniteIGR({ ...options, loc });
        return tf.sum(own.sampleLogAndLogProb(createRng(3), [4000], { stickTheLanding }).logProb);
      })(tf.tensor1d([0.3, -0.5]));
    expect(numbers(slopes(true))).not.toEqual(numbers(slopes(false)));
    // Where q equals p the path gradient of log q - log p has no noise.
    const gradient = tf.grad((loc) => {
      const q = new InfiniteIGR({ ...options, loc });
      return klDivergence(q, relaxed, { method: "monte-carlo", rng: createRng(3), samples: 50, stickTheLanding: true });
    })(tf.tensor1d([0.3, -0.5]));
    expect(gradient).toBeAllClose([0, 0], { atol: 2e-3 });
  });

  test("points that cannot be samples have density 0, and 'values' rejects them", () => {
    const points = [
      [0, 0.5, 0.5], // coordinates after a gap
      [0.5, 0.5, 0], // no remainder
      [0.3, 0, 0.7], // cut before rho
      [0.9, 0.09, 0.01], // not cut at rho
      [0, 0, 1],
    ];
    const { NEGATIVE_INFINITY } = Number;
    expect(relaxed.logProb(points)).toBeAllClose(new Array<number>(5).fill(NEGATIVE_INFINITY));
    const strict = new InfiniteIGR({ ...options, validate: "values" });
    for (const point of points) {
      expect(() => strict.logProb(point)).toThrow("InfiniteIGR.logProb: every point must have");
      expect(() => strict.logProbFromLog(point.map(Math.log))).toThrow("InfiniteIGR.logProbFromLog: every point must");
    }
    const own = strict.sampleAndLogProb(createRng(1), [50]);
    expect(strict.logProb(own.value)).toBeAllClose(own.logProb, { rtol: 1e-2, atol: 1e-2 });
  });
});

describe("the divergence of two InfiniteIGR", () => {
  const make = (shift: number, extra: Partial<InfiniteIGROptions> = {}) =>
    new InfiniteIGR({
      loc: tf.fill([30], -1 + shift),
      scale: 1 - shift,
      temperature: 0.3,
      rho: 0.8,
      onCap: "ignore",
      ...extra,
    });
  const perCoordinate = (shift: number) => -Math.log(1 - shift) + ((1 - shift) ** 2 + shift ** 2 - 1) / 2;

  test("is that of all coordinates up to the cap, kept or not", () => {
    expect(klDivergence(make(0.2), make(0))).toBeAllClose([30 * perCoordinate(0.2)], { rtol: 1e-5 });
    expect(() => klDivergence(make(0.2), make(0, { temperature: 0.4 }))).toThrow("no closed form");
  });

  test("by Monte Carlo it is that of the cut samples: sum_k P(K >= k) KL_k", () => {
    const { effectiveK } = make(0.2).sampleWithPreImage(createRng(7), [20_000]);
    const expected = (tf.mean(effectiveK).dataSync()[0] as number) * perCoordinate(0.2);
    const q = make(0.2);
    const { value, logProb } = q.sampleLogAndLogProb(createRng(8), [4000]);
    const terms = numbers(tf.sub(logProb, make(0).logProbFromLog(value)));
    expect(Math.abs(meanScore(terms, expected))).toBeLessThan(4);
    const estimate = klDivergence(q, make(0), { method: "monte-carlo", rng: createRng(8), samples: 4000 });
    expect(estimate).toBeAllClose([terms.reduce((sum, each) => sum + each, 0) / 4000], { rtol: 1e-3 });
  });
});

describe("InfiniteIGR refuses", () => {
  const good = { loc: [0, 0], scale: [1, 1], temperature: 0.5 };
  test.each([
    [{ rho: 0 }, "InfiniteIGR: rho must be a number in (0, 1), got 0"],
    [{ rho: 1 }, "InfiniteIGR: rho must be a number in (0, 1), got 1"],
    [{ rho: Number.NaN }, "InfiniteIGR: rho must be a number in (0, 1), got NaN"],
    [{ temperature: 0 }, "InfiniteIGR: temperature must be a finite number > 0, got 0"],
    [{ delta: -1 }, "InfiniteIGR: delta must be a finite number > 0, got -1"],
    [{ scale: [1, 0] }, "InfiniteIGR: scale must be a finite number > 0, got 0 at index 1"],
    [{ scale: [1, 1, 1] }, "InfiniteIGR: shapes must broadcast against each other, got loc [2], scale [3]"],
    [{ temperature: [1, 1], loc: tf.zeros([3, 2]) }, "InfiniteIGR: shapes must broadcast against each other"],
    [
      { loc: [] as number[], scale: 1 },
      "InfiniteIGR: loc and scale must have at least 1 coordinate on their last axis, got shape [0]",
    ],
    [{ loc: undefined }, "InfiniteIGR: either loc and scale or sticks must be given, got scale"],
    [
      { loc: undefined, scale: undefined },
      "InfiniteIGR: either loc and scale or sticks must be given, got none of them",
    ],
    [{ loc: undefined, scale: undefined, sticks: {} as never }, "InfiniteIGR: sticks must be a GrowingSticks, got"],
    [{ onCap: "throw" as "error" }, "InfiniteIGR: onCap must be 'error', 'warn' or 'ignore', got 'throw'"],
    [{ temperature: tf.scalar(-1), validate: "values" as const }, "InfiniteIGR: temperature must be"],
  ])("%o", (wrong, message) => {
    expect(() => new InfiniteIGR({ ...good, ...wrong })).toThrow(message);
  });

  test.each([
    [{ block: 0 }, "GrowingSticks: block must be a whole number >= 1, got 0"],
    [{ cap: 1.5 }, "GrowingSticks: cap must be a whole number >= 1, got 1.5"],
    [{ start: { loc: Number.POSITIVE_INFINITY } }, "GrowingSticks: start.loc must be a finite number, got Infinity"],
    [{ start: { scale: 0 } }, "GrowingSticks: start.scale must be a finite number > 0, got 0"],
    [{ batchShape: [-1] }, "GrowingSticks: batchShape must hold whole numbers >= 0, got [-1]"],
  ])("growing parameters %o", (wrong, message) => {
    expect(() => new GrowingSticks(wrong)).toThrow(message);
  });

  test("more coordinates than the cap, odd lattices, mean() and mode()", () => {
    const sticks = new GrowingSticks({ cap: 8 });
    expect(() => sticks.growTo(9)).toThrow("GrowingSticks.growTo: count must be a whole number from 0 to 8, got 9");
    sticks.dispose();
    const relaxed = new InfiniteIGR(good);
    expect(() => relaxed.discrete({ samples: 100 })).toThrow(
      "InfiniteIGR.discrete: samples must be a power of 2 from 64 to 8192, got 100",
    );
    expect(() => relaxed.mean()).toThrow("InfiniteIGR.mean: has no closed form");
    expect(() => relaxed.mode()).toThrow("InfiniteIGR.mode: has no closed form");
  });
});
