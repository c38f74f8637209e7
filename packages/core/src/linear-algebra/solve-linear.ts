/** Solves `matrix x = right` by elimination with pivots; `matrix` is square, stored by rows. */
export function solveLinear(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const rows = Array.from({ length: size }, (_, row) => [
    ...matrix.subarray(row * size, (row + 1) * size),
    right[row] as number,
  ]);
  for (let column = 0; column < size; column++) {
    const rest = rows.slice(column).map((row) => Math.abs(row[column] as number));
    const pivot = column + rest.indexOf(Math.max(...rest));
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    for (const row of rows.slice(column + 1)) {
      const factor = (row[column] as number) / (top[column] as number);
      for (let index = column; index <= size; index++) {
        row[index] = (row[index] as number) - factor * (top[index] as number);
      }
    }
  }
  const x = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    const values = rows[row] as number[];
    let sum = values[size] as number;
    for (let column = row + 1; column < size; column++) sum -= (values[column] as number) * (x[column] as number);
    x[row] = sum / (values[row] as number);
  }
  return x;
}
