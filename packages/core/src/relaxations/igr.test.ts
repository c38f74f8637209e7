import { Bijector, Chain, Planar, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { fixedRng } from "../../test/fixed-rng.js";
import { reference, worstError } from "../../test/relaxed-reference.js";
import { createRng } from "../random/create-rng.js";
import { IGR, type IGROptions } from "./igr.js";

const transforms = ["softmax++", "stick-breaking", "interpolation"] as const;

describe.each(reference.igrSamples)("$transform at temperature $temperature, loc $loc.0", (given) => {
  const { loc, scale, transform, temperature, delta, noise } = given;
  const igr = new IGR({ loc, scale, transform, temperature, delta });
  // A relative rounding of y costs y / temperature of it in log z; eq 24 also rounds sticks, which then count 1 / temperature.
  const spread = Math.max(1, ...loc.flat().map(Math.abs)) / temperature;

  test("log z is that of float64", () => {
    if (given.logZ) {
      expect(igr.sampleLog(fixedRng(noise))).toBeAllClose(given.logZ.flat(), { rtol: 1e-6, atol: 2 ** -22 * spread });
    }
  });

  test("the log-density of a sample is that of float64", () => {
    const tolerance = transform === "stick-breaking" ? 8e-6 : 5e-7;
    const { value, logProb } = igr.sampleAndLogProb(fixedRng(noise));
    expect(worstError(logProb.dataSync(), given.logProb, given.terms)).toBeLessThan(tolerance);
    expect(value).toBeAllClose(igr.sample(fixedRng(noise)), { rtol: 1e-6, atol: 1e-12 });
    const inLogs = igr.sampleLogAndLogProb(fixedRng(noise));
    expect(worstError(inLogs.logProb.dataSync(), given.logProb, given.terms)).toBeLessThan(tolerance);
  });

  test("the log-density from log z agrees", () => {
    if (transform === "softmax++") {
      // log z of size L is rounded to 6e-8 L; by the slope (y - loc) / scale^2 that moves the density.
      const logZ = igr.sampleLog(fixedRng(noise));
      const slack = Math.max(
        ...scale.flat().map((s, index) => (80 * 2 ** -22 * (Math.abs(noise.flat()[index]!) + 1)) / s),
      );
      const actual = igr.logProbFromLog(logZ).dataSync();
      for (const [row, expected] of given.logProb.entries()) {
        expect(Math.abs(actual[row]! - expected)).toBeLessThan(1e-6 * given.terms[row]! + slack * loc[0]!.length);
      }
    }
  });

  test("gradients are finite", () => {
    const gradients = tf.grads((l: tf.Tensor, s: tf.Tensor) => {
      const relaxed = new IGR({ loc: l, scale: s, transform, temperature, delta });
      const inLogs = relaxed.sampleLogAndLogProb(fixedRng(noise));
      const { value } = relaxed.sampleAndLogProb(fixedRng(noise), [], { stickTheLanding: true });
      return tf.addN([tf.sum(inLogs.logProb), tf.sum(inLogs.value), tf.sum(tf.square(value))]);
    })([tf.tensor(loc), tf.tensor(scale)]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe.each(transforms)("%s", (transform) => {
  const options: IGROptions = { loc: [0.3, -0.5], scale: [0.8, 1.2], temperature: 0.6, transform };
  const igr = new IGR(options);

  test("logProb inverts what sampleAndLogProb knows", () => {
    const { value, logProb } = igr.sampleAndLogProb(createRng(2), [200]);
    expect(igr.logProb(value)).toBeAllClose(logProb, { rtol: 1e-3, atol: 2e-3 });
    const inLogs = igr.sampleLogAndLogProb(createRng(2), [200]);
    expect(inLogs.value).toBeAllClose(tf.log(value), { rtol: 1e-4, atol: 1e-5 });
    expect(igr.logProbFromLog(inLogs.value)).toBeAllClose(logProb, { rtol: 1e-3, atol: 2e-3 });
  });

  test("the density of two categories integrates to 1", () => {
    const binary = new IGR({ loc: [0.3], scale: [0.8], temperature: 0.6, transform });
    const { at, weight } = quadrature(2000);
    const mass = tf.sum(tf.mul(weight, tf.exp(binary.logProb(tf.stack([at, tf.sub(1, at)], 1))))).dataSync()[0];
    expect(mass).toBeCloseTo(1, 3);
  });

  test("the density of three categories integrates to 1", () => {
    const { at, weight } = quadrature(transform === "softmax++" ? 100 : 180);
    const [a, b] = tf.meshgrid(at, at) as [tf.Tensor, tf.Tensor];
    const [z1, share] = [tf.reshape(a, [-1]), tf.reshape(b, [-1])];
    const rest = tf.sub(1, z1);
    // z_2 = share (1 - z_1) covers the triangle with the weight 1 - z_1.
    const z = tf.stack([z1, tf.mul(share, rest), tf.mul(tf.sub(1, share), rest)], 1);
    const weights = tf.mul(tf.reshape(tf.outerProduct(weight, weight), [-1]), rest);
    const mass = tf.sum(tf.mul(weights, tf.exp(igr.logProb(z)))).dataSync()[0] as number;
    // The others end at an edge within the simplex, which the grid does not follow.
    expect(Math.abs(mass - 1)).toBeLessThan(transform === "softmax++" ? 1e-4 : 2e-2);
  });

  test("samples fall where the density says, within four standard errors", () => {
    const [draws, cells] = [20_000, 10];
    const binary = new IGR({ loc: [0.3], scale: [0.8], temperature: 0.6, transform });
    const first = tf.slice(binary.sample(createRng(8), [draws]), [0, 0], [draws, 1]).dataSync();
    const fine = 200;
    const counts = new Array<number>(cells).fill(0);
    for (const value of first) counts[Math.min(cells - 1, Math.floor(value * cells))]! += 1;
    for (let cell = 0; cell < cells; cell++) {
      const z1 = tf.div(tf.add(cell, tf.div(tf.add(tf.range(0, fine), 0.5), fine)), cells);
      const p = (tf.mean(tf.exp(binary.logProb(tf.stack([z1, tf.sub(1, z1)], 1)))).dataSync()[0] as number) / cells;
      const share = counts[cell]! / draws;
      const allowed = 4 * Math.sqrt((Math.max(p, 1 / draws) * Math.max(0, 1 - p)) / draws) + 1e-3 * p;
      expect(Math.abs(share - p), `cell ${cell}`).toBeLessThan(allowed);
    }
  });

  test("on the boundary the density is 0, never NaN", () => {
    const points = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0.5, 0.5, 0],
      [0, 0.4, 0.6],
    ];
    const none = new Array<number>(points.length).fill(Number.NEGATIVE_INFINITY);
    expect(igr.logProb(points)).toBeAllClose(none);
    expect(igr.logProbFromLog(tf.log(tf.tensor(points)))).toBeAllClose(none);
    const checked = new IGR({ ...options, validate: "values" });
    expect(() => checked.logProb([0, 1, 0])).toThrow("IGR.logProb: every coordinate must be > 0");
    expect(() => checked.logProbFromLog([0, -1, -2])).toThrow("must sum to 1");
  });

  test("the pre-image belongs to the sample, and base is its distribution", () => {
    const { value, preImage } = igr.sampleWithPreImage(createRng(4), [5]);
    expect(value).toBeAllClose(igr.sample(createRng(4), [5]), { rtol: 0, atol: 0 });
    expect(igr.bijector.forward(preImage)).toBeAllClose(value, { rtol: 0, atol: 0 });
    const logDet = igr.bijector.forwardLogDetJacobian(preImage);
    const { logProb } = igr.sampleAndLogProb(createRng(4), [5]);
    expect(tf.sub(igr.base.logProb(preImage), logDet)).toBeAllClose(logProb, { rtol: 1e-5, atol: 1e-5 });
  });

  test("hard samples are one-hot with the gradient of the relaxed ones", () => {
    const slope = (hard: boolean) =>
      tf.grad((loc) => tf.sum(tf.mul([1, 2, 3], new IGR({ ...options, loc }).sample(createRng(1), [], { hard }))))(
        tf.tensor1d([0.3, -0.5]),
      );
    expect(slope(true)).toBeAllClose(slope(false), { rtol: 0, atol: 0 });
    const hard = igr.sample(createRng(1), [50], { hard: true });
    expect(tf.max(hard, -1)).toBeAllClose(tf.ones([50]), { atol: 0 });
    expect(tf.sum(hard, -1)).toBeAllClose(tf.ones([50]), { atol: 0 });
    expect(tf.argMax(hard, -1).dataSync()).toEqual(tf.argMax(igr.sample(createRng(1), [50]), -1).dataSync());
  });
});

test.each([
  { transform: "interpolation" as const, outside: [0.4, 0.35, 0.25] },
  { transform: "stick-breaking" as const, outside: [0.05, 0.05, 0.9] },
])("outside the image of $transform the log-density is -Infinity", ({ transform, outside }) => {
  const options: IGROptions = { loc: [0, 0], scale: [1, 1], temperature: 0.3, transform };
  expect(new IGR(options).logProb(outside)).toBeAllClose([Number.NEGATIVE_INFINITY]);
  expect(() => new IGR({ ...options, validate: "values" }).logProb(outside)).toThrow(
    `must lie in the image of the transform '${transform}'`,
  );
});

describe("stickTheLanding", () => {
  test.each(transforms)("keeps the gradient through z alone: %s", (transform) => {
    // By finite differences of log q(y(phi); phi0) - log|det J|(y(phi)), in float32 with a wide step.
    const [loc, scale, noise] = [
      [0.3, -0.5],
      [0.8, 1.2],
      [0.4, -0.9],
    ];
    const at = new IGR({ loc, scale, temperature: 0.6, transform });
    const along = (l: readonly number[], s: readonly number[]) => {
      const y = tf.tensor1d(l.map((value, k) => value + s[k]! * noise[k]!));
      const logQ = tf.sub(at.base.logProb(y), at.bijector.forwardLogDetJacobian(y));
      return logQ.dataSync()[0] as number;
    };
    const moved = (values: readonly number[], k: number, step: number) =>
      values.map((v, j) => (j === k ? v + step : v));
    const expected = [
      ...[0, 1].map((k) => (along(moved(loc, k, 0.01), scale) - along(moved(loc, k, -0.01), scale)) / 0.02),
      ...[0, 1].map((k) => (along(loc, moved(scale, k, 0.01)) - along(loc, moved(scale, k, -0.01))) / 0.02),
    ];
    const slopes = tf.grads((l: tf.Tensor, s: tf.Tensor) => {
      const relaxed = new IGR({ loc: l, scale: s, temperature: 0.6, transform });
      return relaxed.sampleAndLogProb(fixedRng(noise), [], { stickTheLanding: true }).logProb;
    })([tf.tensor1d(loc), tf.tensor1d(scale)]);
    expect(tf.concat(slopes)).toBeAllClose(expected, { rtol: 2e-3, atol: 2e-3 });
  });
});

describe("transforms given as bijectors", () => {
  const flow = new Planar({ u: [0.5, -0.2], w: [1, 0.3], b: 0.1 });

  test("a flow is followed by softmax++", () => {
    const igr = new IGR({ loc: [0, 0], scale: [1, 1], temperature: 0.5, transform: flow });
    expect(igr.eventShape).toEqual([3]);
    const { value, logProb } = igr.sampleAndLogProb(createRng(1), [100]);
    const onto = new Chain([new SoftmaxPlusPlus({ temperature: 0.5, delta: 0.1 }), flow]);
    const same = new IGR({ loc: [0, 0], scale: [1, 1], transform: onto }).sampleAndLogProb(createRng(1), [100]);
    expect(value).toBeAllClose(same.value, { rtol: 0, atol: 0 });
    expect(logProb).toBeAllClose(same.logProb, { rtol: 0, atol: 0 });
    expect(igr.logProb(value)).toBeAllClose(logProb, { rtol: 1e-3, atol: 1e-3 });
  });

  test("a map onto the simplex without a form in logs works too", () => {
    const igr = new IGR({ loc: [0, 0], scale: [1, 1], transform: new NormalizedExp() });
    const same = new IGR({ loc: [0, 0], scale: [1, 1], temperature: 1, delta: 1 });
    const [a, b] = [igr.sampleLogAndLogProb(createRng(1), [9]), same.sampleLogAndLogProb(createRng(1), [9])];
    expect(a.value).toBeAllClose(b.value, { rtol: 1e-5, atol: 1e-6 });
    expect(a.logProb).toBeAllClose(b.logProb, { rtol: 1e-5, atol: 1e-5 });
    expect(igr.logProbFromLog(a.value)).toBeAllClose(a.logProb, { rtol: 1e-4, atol: 1e-4 });
  });

  test("what is neither is refused", () => {
    const loc = [0, 0];
    const onto = new SoftmaxPlusPlus({ temperature: 1 });
    expect(() => new IGR({ loc, scale: 1, temperature: 0.5, transform: onto })).toThrow(
      "leave out temperature and delta",
    );
    expect(() => new IGR({ loc, scale: 1, transform: flow })).toThrow("IGR: temperature is missing");
    expect(() => new IGR({ loc, scale: 1, temperature: 0.5, transform: "softmax" as "softmax++" })).toThrow(
      "transform must be 'softmax++', 'stick-breaking', 'interpolation' or a Bijector, got 'softmax'",
    );
    expect(() => new IGR({ loc, scale: 1, temperature: 2, transform: "interpolation" })).toThrow("(0, 1]");
  });
});

test("mean, mode and entropy say what to do instead", () => {
  const igr = new IGR({ loc: [0, 0], scale: [1, 1], temperature: 0.5 });
  expect(() => igr.mean()).toThrow("estimate it by tf.mean(distribution.sample(rng, [1000]), 0). It is not g(loc)");
  expect(() => igr.mode()).toThrow("The most probable category is discrete().mode()");
  expect(() => igr.entropy()).toThrow("IGR.entropy");
});

test("a temperature broadcasts against the batch alone, with noise of its own for each member", () => {
  const igr = new IGR({ loc: [0, 0, 0], scale: 1, temperature: tf.tensor1d([0.5, 0.5]) });
  expect([igr.batchShape, igr.eventShape]).toEqual([[2], [4]]);
  const { value, logProb } = igr.sampleAndLogProb(createRng(1), [3]);
  expect([value.shape, logProb.shape]).toEqual([
    [3, 2, 4],
    [3, 2],
  ]);
  const [first, second] = tf.unstack(value, 1) as [tf.Tensor, tf.Tensor];
  expect(tf.max(tf.abs(tf.sub(first, second))).dataSync()[0]).toBeGreaterThan(0.01);
  expect(() => new IGR({ loc: tf.zeros([3, 4]), scale: 1, temperature: tf.ones([2]) })).toThrow(
    "shapes must broadcast",
  );
});

test("constructors reject invalid parameters", () => {
  expect(() => new IGR({ loc: 0, scale: 1, temperature: 1 })).toThrow(
    "must have K-1 >= 1 coordinates on their last axis",
  );
  expect(() => new IGR({ loc: [0], scale: [0], temperature: 1 })).toThrow("scale must be a finite number > 0, got 0");
  expect(() => new IGR({ loc: [0, 1], scale: [1, 1, 1], temperature: 1 })).toThrow("shapes must broadcast");
  const options = { loc: [0], scale: [1], temperature: 1 };
  expect(() => new IGR({ ...options, temperature: -1 })).toThrow(
    "IGR: temperature must be a finite number > 0, got -1",
  );
  expect(() => new IGR({ ...options, delta: 0 })).toThrow("IGR: delta must be a finite number > 0, got 0");
  expect(() => new IGR({ ...options, temperature: tf.scalar(-1), validate: "values" })).toThrow(
    "IGR: temperature must",
  );
  expect(() => new IGR({ ...options, delta: tf.scalar(0), validate: "values" })).toThrow("IGR: delta must");
});

/** Midpoints of a grid on (0, 1) that is dense at both ends, and their weights. */
function quadrature(points: number): { at: tf.Tensor1D; weight: tf.Tensor1D } {
  const angle = tf.mul(Math.PI / points, tf.add(tf.range(0, points), 0.5));
  return {
    at: tf.square(tf.sin(tf.div(angle, 2))) as tf.Tensor1D,
    weight: tf.mul(Math.PI / points / 2, tf.sin(angle)) as tf.Tensor1D,
  };
}

/** exp(x_k) / (1 + sum_j exp(x_j)), written by a user, without log-space methods. */
class NormalizedExp extends Bijector {
  readonly eventRank = 1;
  readonly #softmax = new SoftmaxPlusPlus({ temperature: 1, delta: 1 });

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this.#softmax.forward(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return this.#softmax.inverse(y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.#softmax.forwardLogDetJacobian(x);
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return [event[0]! + 1];
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return [event[0]! - 1];
  }
}
