import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng, type Distribution } from "../src/index.js";
import { kolmogorovSmirnov, meanScore } from "./statistics.js";

const draws = 10_000;

function byCoordinate(samples: tf.Tensor): number[][] {
  return tf.tidy(() => tf.transpose(tf.reshape(samples, [draws, -1])).arraySync() as number[][]);
}

/** What holds for every distribution. `build` makes a fresh one; its parameters may be tensors. */
export function distributionLaws(build: () => Distribution): void {
  const distribution = build();
  const { batchShape, eventShape } = distribution;
  let rows: number[][] | undefined;
  /** Draws of each coordinate, made once. */
  const drawsByCoordinate = () => {
    rows ??= byCoordinate(distribution.sample(createRng("moments"), [draws]));
    return rows;
  };

  test("shapes of samples and log-densities", () => {
    const rng = createRng("shapes");
    for (const sampleShape of [[], [3], [2, 0], [2, 3]]) {
      const draw = distribution.sample(rng, sampleShape);
      expect(draw.shape).toEqual([...sampleShape, ...batchShape, ...eventShape]);
      expect(draw.dtype).toBe("float32");
      expect(distribution.logProb(draw).shape).toEqual([...sampleShape, ...batchShape]);
    }
  });

  test("sampleAndLogProb is sample and its logProb, with and without stickTheLanding", () => {
    const sample = distribution.sample(createRng("joint"), [50]);
    const expected = distribution.logProb(sample);
    for (const stickTheLanding of distribution.isReparameterized ? [false, true] : [false]) {
      const joint = distribution.sampleAndLogProb(createRng("joint"), [50], { stickTheLanding });
      // TensorFlow computes whole vectors by another formula than what is left at the end, and splits by thread: two ulps.
      expect(joint.value).toBeAllClose(sample, { rtol: tf.getBackend() === "tensorflow" ? 2.4e-7 : 0, atol: 0 });
      expect(joint.logProb).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
    }
  });

  test.each(["mean", "variance"] as const)("samples have the %s within 4 standard errors", (statistic) => {
    let exact: tf.Tensor;
    try {
      exact = distribution[statistic]();
    } catch (error) {
      expect((error as Error).message).toContain("has no closed form; estimate it by");
      return;
    }
    const center = distribution.mean().dataSync();
    const rows = drawsByCoordinate();
    expect(exact.size).toBe(rows.length);
    for (const [index, value] of exact.dataSync().entries()) {
      const row = rows[index] as number[];
      if (!Number.isFinite(value)) {
        continue; // It doesn't exist, or is infinite: no average of draws approaches it.
      }
      const terms = statistic === "mean" ? row : row.map((x) => (x - (center[index] as number)) ** 2);
      if (new Set(terms).size > 1) {
        expect(Math.abs(meanScore(terms, value))).toBeLessThan(4);
      } else {
        expect(terms[0]).toBeCloseTo(value, 6);
      }
    }
  });

  test("the mean of -logProb is the entropy within 4 standard errors", () => {
    let exact: tf.Tensor;
    try {
      exact = distribution.entropy();
    } catch (error) {
      expect((error as Error).message).toContain("has no closed form; estimate it by");
      return;
    }
    expect(exact.shape).toEqual(batchShape);
    const { logProb } = distribution.sampleAndLogProb(createRng("entropy"), [draws]);
    const rows = byCoordinate(tf.neg(logProb));
    for (const [index, value] of exact.dataSync().entries()) {
      const terms = rows[index] as number[];
      const isConstant = Math.max(...terms.slice(0, 1000)) - Math.min(...terms.slice(0, 1000)) < 1e-5;
      expect(isConstant ? Math.abs(terms[0]! - value) / 1e-5 : Math.abs(meanScore(terms, value))).toBeLessThan(4);
    }
  });

  test("says what it is, and prob is exp of logProb", () => {
    expect(distribution.support.kind).not.toBe("unstated");
    expect(`${distribution}`).toBe(`${distribution.name}(batch [${batchShape}], event [${eventShape}])`);
    const draw = distribution.sample(createRng("prob"), [3]);
    expect(distribution.prob(draw)).toBeAllClose(tf.exp(distribution.logProb(draw)), { rtol: 1e-6 });
  });

  test("survivalFunction is 1 - cdf", () => {
    const draw = distribution.sample(createRng("survival"), [20]);
    let survival: tf.Tensor;
    try {
      survival = distribution.survivalFunction(draw);
    } catch (error) {
      expect((error as Error).message).toContain("has no closed form");
      return;
    }
    expect(survival).toBeAllClose(tf.sub(1, distribution.cdf(draw)), { rtol: 1e-5, atol: 1e-6 });
  });

  test("the cross-entropy of itself is its entropy", () => {
    let entropy: tf.Tensor;
    try {
      entropy = distribution.crossEntropy(distribution);
    } catch (error) {
      expect((error as Error).message).toContain("has no closed form");
      return;
    }
    expect(entropy).toBeAllClose(distribution.entropy(), { rtol: 1e-5, atol: 1e-5 });
  });

  test("only results stay in memory", () => {
    const kept = build();
    const rng = createRng("memory");
    const draw = kept.sample(rng, [2]);
    const half = tf.fill(eventShape.slice(), 0.5);
    const calls: (() => tf.Tensor | { value: tf.Tensor; logProb: tf.Tensor })[] = [
      () => kept.sample(rng, [3]),
      () => kept.logProb(draw),
      () => kept.prob(draw),
      () => kept.survivalFunction(draw),
      () => kept.crossEntropy(kept),
      () => kept.sampleAndLogProb(rng, [3]),
      () => kept.mean(),
      () => kept.mode(),
      () => kept.variance(),
      () => kept.stddev(),
      () => kept.entropy(),
      () => kept.cdf(draw),
      () => kept.logCdf(draw),
      () => kept.quantile(half),
    ];
    for (const call of calls) {
      const before = tf.memory().numTensors;
      let results: tf.Tensor[] = [];
      try {
        const result = call();
        results = result instanceof tf.Tensor ? [result] : [result.value, result.logProb];
      } catch (error) {
        expect((error as Error).message).toContain("has no closed form");
      }
      expect(tf.memory().numTensors).toBe(before + results.length);
      tf.dispose(results);
      expect(tf.memory().numTensors).toBe(before);
    }
    // Disposing of results left the parameters alone.
    expect(kept.sample(rng, [2]).shape).toEqual(draw.shape);
  });
}

/** What holds for a univariate continuous distribution, of batch shape [] and almost all its mass in [low, high]. */
export function continuousLaws(build: () => Distribution, { low, high }: { low: number; high: number }): void {
  describe("density", () => {
    const steps = 5000;
    const grid = Float32Array.from({ length: steps + 1 }, (_, index) => low + ((high - low) * index) / steps);

    test("integrates to 1 and to the cdf", () => {
      const density = tf.exp(build().logProb(grid)).dataSync();
      let integral = 0;
      let worst = 0;
      const cdf = cdfOf(build(), grid);
      for (let i = 1; i <= steps; i++) {
        // The grid as float32 has it, so that rounding of x is no error of the rule.
        integral += ((density[i]! + density[i - 1]!) / 2) * (grid[i]! - grid[i - 1]!);
        worst = Math.max(worst, cdf ? Math.abs(integral + cdf[0]! - cdf[i]!) : 0);
      }
      expect(integral).toBeCloseTo(1, 3);
      expect(worst).toBeLessThan(2e-4);
    });

    test("samples have the cdf (Kolmogorov-Smirnov, p > 0.001)", () => {
      const sample = build().sample(createRng("cdf"), [draws]).dataSync<"float32">();
      const sorted = Float32Array.from(sample).sort();
      const cdf = cdfOf(build(), sorted);
      if (cdf) {
        const at = new Map(Array.from(sorted, (x, index) => [x, cdf[index]!]));
        expect(kolmogorovSmirnov(sorted, (x) => at.get(x)!)).toBeLessThan(1.95);
      }
    });

    test("quantile undoes cdf", () => {
      const probabilities = [0.001, 0.01, 0.2, 0.5, 0.7, 0.97];
      let quantiles: tf.Tensor;
      try {
        quantiles = build().quantile(probabilities);
      } catch (error) {
        expect((error as Error).message).toContain("has no closed form");
        return;
      }
      expect(build().cdf(quantiles)).toBeAllClose(probabilities, { rtol: 2e-5 });
    });

    test("the slope of the cdf is the density", () => {
      const x = tf.tensor1d([0.1, 0.35, 0.5, 0.62, 0.9].map((share) => low + (high - low) * share));
      if (cdfOf(build(), x.dataSync<"float32">())) {
        const slope = tf.grad((x: tf.Tensor) => build().cdf(x))(x);
        expect(slope).toBeAllClose(tf.exp(build().logProb(x)), { rtol: 1e-4, atol: 1e-7 });
      }
    });
  });
}

function cdfOf(distribution: Distribution, x: Float32Array): Float32Array | undefined {
  try {
    return distribution.cdf(x).dataSync<"float32">();
  } catch (error) {
    expect((error as Error).message).toContain("has no closed form");
    return undefined;
  }
}
