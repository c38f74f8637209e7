import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { meanScore, normalCdf } from "../../test/statistics.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { InfiniteIGR } from "./infinite-igr.js";
import type { InfiniteIGROptions } from "./infinite-igr-options.js";

const numbers = (x: tf.Tensor) => Array.from(x.dataSync());

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
