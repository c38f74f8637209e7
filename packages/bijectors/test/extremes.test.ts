import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  Chain,
  Sigmoid,
  type SimplexBijector,
  SoftmaxPlusPlus,
  StickBreaking,
  stickBreakingSoftmax,
  VertexInterpolation,
} from "../src/index.js";
import { type Exact, interpolation64, softmaxPlusPlus64, stickBreaking64, stickBreakingSoftmax64 } from "./float64.js";
import { uniforms } from "./numbers.js";

/** Pre-images by their size in units of the temperature, up to 1e4, where float32 rounds nearly everything away. */
function hardEvents(size: number, unit: number): number[][] {
  const fill = (f: (k: number) => number) => Array.from({ length: size }, (_, k) => Math.fround(unit * f(k)));
  return [
    fill(() => 0),
    fill(() => 1e4),
    fill(() => -1e4),
    fill((k) => (k % 2 === 0 ? 1e4 : -1e4)),
    fill((k) => 2e4 * ((k + 0.5) / size) - 1e4),
    fill((k) => 1e4 - 2e4 * ((k + 0.5) / size)),
    fill((k) => (k === size >> 1 ? 30 : -80)),
    uniforms(1, size, -1e4 * unit, 1e4 * unit),
    uniforms(2, size, -100 * unit, 100 * unit),
    uniforms(3, size, -3 * unit, 3 * unit),
    uniforms(4, size, 9.9e3 * unit, 1e4 * unit),
  ];
}

interface Case {
  readonly name: string;
  readonly make: (temperature: number) => SimplexBijector;
  readonly exact: (x: readonly number[], temperature: number) => Exact;
  readonly temperatures: readonly number[];
  /** Whether x is measured in units of the temperature. */
  readonly scales: boolean;
  /** Of max(1, sum of the |terms|) of a log-determinant, and of log y relative to 1 + |log y|. */
  readonly tolerance: number;
}

const delta = Math.fround(0.1);
const cases: readonly Case[] = [
  {
    name: "softmax++",
    make: (temperature) => new SoftmaxPlusPlus({ temperature, delta }),
    exact: (x, temperature) => softmaxPlusPlus64(x, temperature, delta),
    temperatures: [0.01, 0.67, 10],
    scales: true,
    tolerance: 1e-6,
  },
  {
    name: "stick-breaking of sigmoids",
    make: () => new Chain([new StickBreaking(), new Sigmoid()]),
    exact: (x) => stickBreaking64(x),
    temperatures: [1],
    scales: false,
    tolerance: 2e-6,
  },
  {
    name: "interpolation of sticks (eq 23)",
    make: (temperature) => new Chain([new VertexInterpolation({ temperature }), new StickBreaking(), new Sigmoid()]),
    exact: interpolation64,
    temperatures: [0.01, 0.5],
    scales: false,
    tolerance: 2e-6,
  },
  {
    name: "softmax++ of sticks (eq 24)",
    make: (temperature) => stickBreakingSoftmax({ temperature, delta }),
    exact: (x, temperature) => stickBreakingSoftmax64(x, temperature, delta),
    temperatures: [0.01, 0.1, 1],
    scales: false,
    tolerance: 8e-6,
  },
];

describe.each(cases)("$name in float32", ({ make, exact, temperatures, scales, tolerance }) => {
  const grid = temperatures.flatMap((temperature) =>
    [2, 3, 10, 1000].map((categories) => [temperature, categories] as const),
  );

  describe.each(grid)("at temperature %d with %d categories", (given, categories) => {
    const temperature = Math.fround(given);
    const events = hardEvents(categories - 1, scales ? temperature : 1);
    const references = events.map((x) => exact(x, temperature));
    const x = tf.tensor2d(events);
    const bijector = make(temperature);

    test("values lie on the simplex and agree with float64", () => {
      const y = bijector.forward(x);
      expect(tf.sum(y, -1)).toBeAllClose(tf.ones([events.length]), { rtol: 0, atol: categories > 10 ? 1e-5 : 1e-6 });
      expect(tf.min(y).dataSync()[0]).toBeGreaterThanOrEqual(0);
      expect(y).toBeAllClose(
        references.flatMap((each) => each.y),
        { rtol: 0, atol: 1e-5 },
      );
    });

    test("logarithms of values agree with float64 where the values themselves are 0", () => {
      const error = relativeErrors(
        bijector.forwardLog(x),
        references.flatMap((each) => each.logY),
      );
      expect(error).toBeLessThan(logTolerance(tolerance, categories));
    });

    test("log-determinants agree with float64, by every way to them", () => {
      const ways = [
        bijector.forwardLogDetJacobian(x),
        bijector.forwardAndLogDet(x).logDet,
        bijector.forwardLogAndLogDet(x).logDet,
      ];
      for (const logDets of ways) {
        for (const [index, logDet] of logDets.dataSync<"float32">().entries()) {
          const { logDet: expected, terms } = references[index] as Exact;
          const error = Math.abs(logDet - expected) / Math.max(1, terms);
          expect(error, `event ${index}: got ${logDet}, expected ${expected}`).toBeLessThan(tolerance);
        }
      }
    });

    test("gradients through values, their logarithms and log-determinants are finite", () => {
      const weights = tf.tensor2d(uniforms(5, categories, -1, 1), [1, categories]);
      const functions = [
        () => (each: tf.Tensor) => tf.sum(tf.mul(weights, bijector.forward(each))),
        () => (each: tf.Tensor) => tf.sum(tf.mul(weights, bijector.forwardLog(each))),
        () => (each: tf.Tensor) => tf.sum(bijector.forwardLogDetJacobian(each)),
      ];
      for (const f of functions) {
        const slopes = tf.grad(f())(x).dataSync();
        expect(slopes.every(Number.isFinite)).toBe(true);
      }
    });
  });
});

test("gradients of softmax++ at its extremes are those of float64, not merely finite", () => {
  // d log z_j / d x_k = (delta_jk - z_k) / temperature, summed over j with weight 1: (1 - K z_k) / temperature.
  const temperature = 0.5;
  const bijector = new SoftmaxPlusPlus({ temperature, delta });
  for (const x of hardEvents(9, temperature)) {
    const slope = tf.grad((each) => bijector.forwardLogDetJacobian(each))(tf.tensor1d(x));
    const { y } = softmaxPlusPlus64(x, temperature, delta);
    const expected = y.slice(0, -1).map((each) => (1 - 10 * each) / temperature);
    expect(slope).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
  }
});

test("gradients of fused stick-breaking at its extremes are those of float64", () => {
  // log v_j depends on x_k by 1 - u_k for j = k and by -u_k for j > k, of which there are K - k.
  const bijector = new Chain([new StickBreaking(), new Sigmoid()]);
  for (const x of hardEvents(9, 1)) {
    const slope = tf.grad((each) => bijector.forwardLogDetJacobian(each))(tf.tensor1d(x));
    const expected = x.map((each, k) => {
      const u = each >= 0 ? 1 / (1 + Math.exp(-each)) : Math.exp(each) / (1 + Math.exp(each));
      return 1 - u - (9 - k) * u;
    });
    expect(slope).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
  }
});

function relativeErrors(received: tf.Tensor, expected: readonly number[]): number {
  const errors = Array.from(received.dataSync<"float32">(), (each, index) => {
    const wanted = expected[index] as number;
    return Math.abs(each - wanted) / (1 + Math.abs(wanted));
  });
  return errors.every((each) => !Number.isNaN(each)) ? Math.max(...errors) : Number.NaN;
}

/** A cumulative sum of K numbers in float32 rounds K times. */
function logTolerance(tolerance: number, categories: number): number {
  return categories > 10 ? 10 * tolerance : tolerance;
}
