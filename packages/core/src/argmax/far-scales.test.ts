import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onForeignBackend } from "../../../tensors/test/foreign-backend.js";
import { IGR } from "../relaxations/igr.js";

/** In a loop, and in kernels, as where gradients are taken. */
const ways = [
  ["loop", <T>(f: () => T) => f()],
  ["kernels", onForeignBackend],
] as const;

/** The remainder of softmax++ wins below -35 only. */
const logProbs = (loc: number[], scale: number[]) =>
  new IGR({ loc, scale, temperature: 0.5, delta: 1e-30 }).discreteLogProbs();

describe.each(ways)("by %s: scales of one variable that differ by orders of magnitude", (_, run) => {
  // Three normals of equal means: P(k is the largest) is the probability of an orthant of two correlated normals.
  test.each([
    [0, [1, 1, 1]],
    [164.52, [1e-6, 1e-6, 1e-6]],
    [164.52, [4e-7, 1e-3, 50]],
    [1e4, [1e-9, 1e-9, 1e-9]],
    [-30, [1e-12, 1, 1e6]],
    [20, [1e-10, 3e-10, 1e8]],
  ])("equal means of %d, scales %j", (mean, scale) => {
    const probs = run(() => [...tf.exp(logProbs([mean, mean, mean], scale)).dataSync()]);
    for (const k of [0, 1, 2]) {
      const [own = 0, a = 0, b = 0] = [k, (k + 1) % 3, (k + 2) % 3].map((j) => (scale[j] as number) ** 2);
      const correlation = own / Math.sqrt((own + a) * (own + b));
      expect(Math.abs((probs[k] as number) - (0.25 + Math.asin(correlation) / (2 * Math.PI)))).toBeLessThan(5e-3);
    }
  });

  test("a normal wins whose interval has no two float32 numbers", () => {
    const loc = [148.92, -16.51, -144.47, -23.94, 53.49, 164.52, 159.73, -190.51, -51.72];
    const scale = [-12.89, -3.76, -5.66, 0.87, -10.67, -14.68, -4.77, -4.92, 1.85].map(Math.exp);
    const found = run(() => [...logProbs(loc, scale).dataSync()]);
    expect(found[5]).toBeCloseTo(0, 5);
    for (const [k, value] of found.entries()) if (k !== 5) expect(value).toBeLessThan(-500);
  });
});

test("logarithms and gradients stay finite for scales from 1e-10 to 20 and means up to 1e4", () => {
  // fc.double takes most numbers near 0.
  const numbers = (size: number, min: number, max: number) =>
    fc.array(
      fc.integer({ min: 0, max: 10_000 }).map((share) => min + ((max - min) * share) / 10_000),
      { minLength: size, maxLength: size },
    );
  // A narrow normal with a large mean often wins.
  const rows = fc
    .tuple(fc.integer({ min: 2, max: 6 }), fc.constantFrom(1, 100, 1e4))
    .chain(([size, largest]) => fc.tuple(numbers(size, -largest, largest), numbers(size, -23, 3)));
  fc.assert(
    fc.property(rows, ([loc, logScale]) => {
      const found = tf.tidy(() => {
        const f = (loc: tf.Tensor, logScale: tf.Tensor) =>
          tf.sum(tf.maximum(new IGR({ loc, scale: tf.exp(logScale), temperature: 0.5 }).discreteLogProbs(), -100));
        const { value, grads } = tf.valueAndGrads(f as never)([tf.tensor1d(loc), tf.tensor1d(logScale)]);
        return [value, ...grads].flatMap((each) => [...each.dataSync()]);
      });
      expect(found.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 150 },
  );
});
