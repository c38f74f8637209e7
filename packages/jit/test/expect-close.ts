import type * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** Fails unless the shapes are equal and each |actual - expected| <= atol + rtol |expected|; NaN equals nothing. */
export function expectClose(
  actual: tf.Tensor,
  expected: tf.Tensor,
  { rtol, atol }: { rtol: number; atol: number },
  what: string,
): void {
  expect(actual.shape, what).toEqual(expected.shape);
  expect(actual.dtype, what).toEqual(expected.dtype);
  const x = actual.dataSync();
  const y = expected.dataSync();
  const worst = { index: -1, excess: 0 };
  for (let i = 0; i < y.length; i++) {
    const excess = Math.abs(x[i]! - y[i]!) - (atol + rtol * Math.abs(y[i]!));
    if (!(excess <= worst.excess)) Object.assign(worst, { index: i, excess });
    if (Number.isNaN(excess)) break;
  }
  const { index } = worst;
  if (index >= 0) {
    expect.fail(`${what}: element ${index} is ${x[index]}, expected ${y[index]} (rtol ${rtol}, atol ${atol})`);
  }
}
