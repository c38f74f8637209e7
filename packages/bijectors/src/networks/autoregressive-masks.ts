/** Sizes of a network for {@link autoregressiveMasks}. */
export interface AutoregressiveSizes {
  /** Number of coordinates D. */
  readonly size: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Outputs for each coordinate; output k, j is number `k * outputs + j`. */
  readonly outputs: number;
  /** Inputs after x that every output may depend on; 0 by default. */
  readonly contextSize?: number;
}

/**
 * The masks of a network whose outputs for coordinate k depend only on x_i with i < k: one matrix `[inputs, outputs]`
 * of 0 and 1 for each layer of a {@link DenseNetwork}. Hidden units have cyclic degrees: a unit depends on the first
 * `degree` coordinates. Germain, Gregor, Murray and Larochelle 2015, eq 13 and 14 (MADE), with cyclic instead of random
 * degrees.
 *
 * @example
 * ```ts
 * autoregressiveMasks({ size: 2, hidden: [2], outputs: 1 }); // [[[1,1],[0,0]], [[0,1],[0,1]]]
 * ```
 */
export function autoregressiveMasks({ size, hidden, outputs, contextSize = 0 }: AutoregressiveSizes): number[][][] {
  // Units of degree 0 depend only on the context; without them the first coordinate would not depend on it.
  const least = contextSize > 0 || size === 1 ? 0 : 1;
  const turns = size - least;
  const ofInputs = [...Array.from({ length: size }, (_, k) => k + 1), ...new Array<number>(contextSize).fill(0)];
  const ofHidden = hidden.map((width) => Array.from({ length: width }, (_, unit) => least + (unit % turns)));
  // An output for coordinate k, whose degree is k + 1, depends on units of lower degree.
  const ofOutputs = Array.from({ length: size * outputs }, (_, index) => Math.floor(index / outputs));
  const degrees = [ofInputs, ...ofHidden, ofOutputs];
  return degrees
    .slice(1)
    .map((above, layer) => (degrees[layer] as number[]).map((below) => above.map((degree) => Number(degree >= below))));
}
