/**
 * The assignment of rows to columns with the largest total gain, with each column assigned at most once.
 * `matching[row]` is the column. Kuhn's Hungarian method in the form of shortest augmenting paths, O(rows^2 columns).
 *
 * @param gain A rectangular matrix with at least as many columns as rows.
 * @throws RangeError if `gain` is not such a matrix, or contains a number that is not finite.
 *
 * @example
 * ```ts
 * bestMatching([[1, 5], [4, 6]]); // [1, 0]
 * ```
 */
export function bestMatching(gain: readonly (readonly number[])[]): number[] {
  const rows = gain.length;
  const columns = gain[0]?.length ?? 0;
  if (rows === 0 || columns < rows || !gain.every((row) => row.length === columns && row.every(Number.isFinite))) {
    throw new RangeError(
      `bestMatching: gain must be a matrix of finite numbers with at least as many columns as rows, got ${rows} x ${columns}`,
    );
  }
  // Potentials of rows and columns, 1-based; row 0 and column 0 are the start of each search.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(columns + 1);
    const isVisited = new Uint8Array(columns + 1);
    rowOf[0] = row;
    let column = 0;
    while (rowOf[column] !== 0) {
      isVisited[column] = 1;
      const from = rowOf[column]!;
      let next = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let to = 1; to <= columns; to++) {
        if (isVisited[to]) continue;
        const reduced = -gain[from - 1]![to - 1]! - rowPotential[from]! - columnPotential[to]!;
        if (reduced < slack[to]!) {
          slack[to] = reduced;
          before[to] = column;
        }
        if (slack[to]! < least) {
          least = slack[to]!;
          next = to;
        }
      }
      for (let each = 0; each <= columns; each++) {
        if (isVisited[each]) {
          rowPotential[rowOf[each]!]! += least;
          columnPotential[each]! -= least;
        } else {
          slack[each]! -= least;
        }
      }
      column = next;
    }
    // Shift the assignments along the path: each column, from the free one at its end, takes its predecessor's row.
    while (column !== 0) {
      rowOf[column] = rowOf[before[column]!]!;
      column = before[column]!;
    }
  }
  const matching = new Array<number>(rows);
  for (let column = 1; column <= columns; column++) {
    if (rowOf[column] !== 0) matching[rowOf[column]! - 1] = column - 1;
  }
  return matching;
}
