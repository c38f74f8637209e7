import { sumTolerance } from "./value-check.js";

/** Which numbers a parameter may hold. */
export interface Domain {
  /** How an error completes the sentence "... must be". */
  readonly allowed: string;
  /** Whether one number is allowed. */
  readonly contains: (value: number) => boolean;
  /**
   * Whether a row of the last axis is allowed, given its position among all rows and the parameter's shape. By default
   * rows are not checked.
   */
  readonly containsRow?: (row: Float32Array, index: number, shape: readonly number[]) => boolean;
  /**
   * How an error completes the sentence "..., got" for a row that is not allowed; by default it lists all numbers of
   * the row.
   */
  readonly describeRow?: (row: readonly number[], index: number) => string;
}

/** Finite numbers. */
export const finite: Domain = { allowed: "a finite number", contains: Number.isFinite };

/** Finite numbers > 0. */
export const positive: Domain = {
  allowed: "a finite number > 0",
  contains: (value) => Number.isFinite(value) && value > 0,
};

/** Finite numbers >= 0. */
export const nonNegative: Domain = {
  allowed: "a finite number >= 0",
  contains: (value) => Number.isFinite(value) && value >= 0,
};

/** Finite numbers other than 0. */
export const nonZero: Domain = {
  allowed: "a finite number other than 0",
  contains: (value) => Number.isFinite(value) && value !== 0,
};

/** (0, 1]. */
export const unitInterval: Domain = {
  allowed: "a number in (0, 1]",
  contains: (value) => value > 0 && value <= 1,
};

/** (0, 1). */
export const openInterval: Domain = {
  allowed: "a number in (0, 1)",
  contains: (value) => value > 0 && value < 1,
};

/** [0, 1], with room above 1 for float32 rounding. */
export const probability: Domain = {
  allowed: "a probability in [0, 1]",
  contains: (value) => value >= 0 && value <= 1 + sumTolerance(1),
};

/** Probabilities that are neither 0 nor 1. */
export const openProbability: Domain = { ...openInterval, allowed: "a probability in (0, 1)" };

/** Whole numbers from 0 to 2^24. */
export const wholeNumber: Domain = {
  allowed: "a whole number from 0 to 2^24, where float32 counts exactly",
  contains: (value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 24,
};

/** Vectors on the last axis that are not 0. */
export const nonZeroVector: Domain = {
  allowed: "a vector of finite numbers, not all 0, on its last axis",
  contains: Number.isFinite,
  containsRow: (row) => row.some((value) => value !== 0),
};

/** Points of the closed simplex on the last axis. */
export const probabilities: Domain = {
  allowed: "probabilities >= 0 that sum to 1 on the last axis",
  contains: probability.contains,
  containsRow: (row) => Math.abs(sumOf(row) - 1) <= sumTolerance(row.length),
  describeRow: (row) => `a sum of ${sumOf(row)}`,
};

/** Logarithms of weights on the last axis, each weight >= 0 and one of them > 0. */
export const logWeights: Domain = {
  allowed: "numbers below Infinity (-Infinity is probability 0), one of each event finite",
  contains: (value) => value < Number.POSITIVE_INFINITY,
  containsRow: (row) => row.some((value) => value !== Number.NEGATIVE_INFINITY),
  describeRow: () => "-Infinity alone",
};

/** Log-odds of a probability from 0, which is -Infinity, to 1, which is Infinity. */
export const logOdds: Domain = {
  allowed: "a number (-Infinity is probability 0, Infinity 1)",
  contains: (value) => !Number.isNaN(value),
};

/**
 * Lower triangular matrices on the last two axes, with a diagonal > 0. Matrices that are not square pass this check:
 * the check of shapes has the better message.
 */
export const lowerTriangular: Domain = {
  allowed: "finite lower triangular matrices with a diagonal > 0",
  contains: Number.isFinite,
  containsRow: (row, index, shape) => shape.at(-2) !== row.length || misplacedColumn(row, index) < 0,
  describeRow: (row, index) => {
    // The diagonal may have been > 0 until float32 rounded it to 0.
    const column = misplacedColumn(row, index);
    const shown = column < 0 ? index % row.length : column;
    return `${row[shown]} in row ${index % row.length}, column ${shown}`;
  },
};

function misplacedColumn(row: ArrayLike<number>, index: number): number {
  const diagonal = index % row.length;
  return Array.from(row).findIndex((value, column) =>
    column === diagonal ? !(value > 0) : column > diagonal && value !== 0,
  );
}

function sumOf(row: ArrayLike<number>): number {
  return Array.from(row).reduce((sum, value) => sum + value, 0);
}
