import type * as tf from "@tensorflow/tfjs-core";

/** What a tensor lacks to lie on the simplex of its last axis, within what float32 rounding may do; undefined if nothing. */
export function simplexError(y: tf.Tensor): string | undefined {
  const categories = y.shape.at(-1) as number;
  const tolerance = 4 * (categories + 1) * 2 ** -24;
  const data = y.dataSync<"float32">();
  for (let start = 0; start < data.length; start += categories) {
    const row = data.subarray(start, start + categories);
    const sum = row.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) <= tolerance)) {
      return `coordinates that sum to 1 on its last axis, got a sum of ${sum} in row ${start / categories}`;
    }
    const negative = row.findIndex((value) => !(value >= 0));
    if (negative >= 0) {
      return `coordinates >= 0, got ${row[negative]} in row ${start / categories}`;
    }
  }
  return undefined;
}
