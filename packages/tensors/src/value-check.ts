import type * as tf from "@tensorflow/tfjs-core";

/** What an error says after "needs" if a value is not allowed: `allowed` and the first such value. Reads data. */
export function rangeError(
  tensor: tf.Tensor,
  allowed: string,
  isAllowed: (value: number) => boolean,
): string | undefined {
  const data = tensor.dataSync<"float32">();
  const index = data.findIndex((value) => !isAllowed(value));
  return index < 0 ? undefined : `${allowed}, got ${data[index]} at index ${index}`;
}

/** How far float32 rounding may move from 1 a sum of `size` numbers in [0, 1]. */
export function sumTolerance(size: number): number {
  return 4 * (size + 1) * 2 ** -24;
}

/** What an error says after "needs" if a row of the last axis does not lie on the simplex. Reads data. */
export function simplexError(tensor: tf.Tensor): string | undefined {
  const categories = tensor.shape.at(-1) as number;
  const data = tensor.dataSync<"float32">();
  for (let start = 0; start < data.length; start += categories) {
    const row = data.subarray(start, start + categories);
    const sum = row.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) <= sumTolerance(categories))) {
      return `coordinates that sum to 1 on its last axis, got a sum of ${sum} in row ${start / categories}`;
    }
  }
  return rangeError(tensor, "coordinates >= 0", (value) => value >= 0);
}
