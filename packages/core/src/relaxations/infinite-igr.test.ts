import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { fixedRng } from "../../test/fixed-rng.js";
import { createRng } from "../random/create-rng.js";
import { GrowingSticks } from "./growing-sticks.js";
import { InfiniteIGR } from "./infinite-igr.js";

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
