import type * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** The numbers of a tensor, as float64. */
export function numbers(x: tf.Tensor): number[] {
  return Array.from(x.dataSync() as Float32Array);
}

/** Every entry within `atol + rtol |expected|`; NaN equals nothing. The message names the worst entry. */
export function expectClose(
  actual: tf.Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = 0 }: { rtol?: number; atol?: number } = {},
): void {
  const values = "dataSync" in actual ? numbers(actual) : Array.from(actual);
  expect(values.length).toBe(expected.length);
  let worst = { index: -1, excess: 1, actual: 0, expected: 0 };
  for (const [index, value] of values.entries()) {
    const target = expected[index]!;
    const allowed = atol + rtol * Math.abs(target);
    const excess = value === target ? 0 : Math.abs(value - target) / allowed;
    if (!(excess <= worst.excess)) worst = { index, excess, actual: value, expected: target };
  }
  if (worst.index >= 0) {
    expect.fail(`entry ${worst.index}: ${worst.actual} is not ${worst.expected} within rtol ${rtol}, atol ${atol}`);
  }
}
