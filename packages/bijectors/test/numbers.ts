import * as tf from "@tensorflow/tfjs-core";

/** Seeded uniform numbers in [low, high): mulberry32, rounded to float32. */
export function uniforms(seed: number, count: number, low = 0, high = 1): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.fround(low + ((high - low) * ((word ^ (word >>> 14)) >>> 0)) / 2 ** 32);
  });
}

export function uniformTensor(seed: number, shape: number[], low: number, high: number): tf.Tensor {
  return tf.tensor(uniforms(seed, tf.util.sizeFromShape(shape), low, high), shape, "float32");
}

/** log |det| of a square matrix by Gaussian elimination with partial pivoting, in float64. */
export function logAbsDeterminant(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let result = 0;
  for (let column = 0; column < rows.length; column++) {
    const below = rows.slice(column).map((row) => Math.abs(row[column] as number));
    const pivot = column + below.indexOf(Math.max(...below));
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    result += Math.log(Math.abs(top[column] as number));
    for (const row of rows.slice(column + 1)) {
      const factor = (row[column] as number) / (top[column] as number);
      for (let k = column; k < row.length; k++) row[k] = (row[k] as number) - factor * (top[k] as number);
    }
  }
  return result;
}

/** The four-point difference quotient of a scalar function along each of `x`'s entries: error O(h^4) and rounding / h. */
export function finiteDifferences(f: (x: tf.Tensor) => number, x: tf.Tensor, h = 2 ** -4): number[] {
  const data = x.dataSync<"float32">();
  return Array.from(data, (_, index) => {
    const at = (step: number) => {
      const moved = Float32Array.from(data);
      moved[index] = (moved[index] as number) + step;
      return f(tf.tensor(moved, x.shape, "float32"));
    };
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  });
}
