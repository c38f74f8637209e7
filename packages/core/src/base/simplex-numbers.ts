import type { FlatNumbers } from "@igr/tensors";

/**
 * Rejects plain numbers that are not points of the closed simplex, where a density has neither a value nor a limit.
 * Plain numbers are checked like parameters, without a tensor.
 *
 * @throws RangeError for a coordinate below 0, or a row of the last axis that does not sum to 1.
 */
export function checkSimplexNumbers(owner: string, { data, shape }: FlatNumbers): void {
  const categories = shape.at(-1) as number;
  for (let start = 0; start < data.length; start += categories) {
    const row = data.slice(start, start + categories);
    const index = row.findIndex((value) => value < 0);
    if (index >= 0) {
      throw new RangeError(`${owner}: every coordinate must be >= 0, got ${row[index]} at index ${start + index}`);
    }
    const total = row.reduce((sum, value) => sum + value, 0);
    // Each coordinate carries a few roundings of float32.
    if (!(Math.abs(total - 1) <= 4 * (categories + 1) * 2 ** -22)) {
      throw new RangeError(`${owner}: the coordinates must sum to 1 on the last axis, got ${total}`);
    }
  }
}
