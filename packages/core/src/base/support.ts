/** The support of a distribution. */
export interface Support {
  /** Its kind, for branching. */
  readonly kind:
    | "real"
    | "non-negative"
    | "interval"
    | "bits"
    | "counts"
    | "point"
    | "one-hot"
    | "simplex"
    | "log-simplex"
    | "image"
    | "unstated";
  /** Its description, such as `[0, 1]`. */
  readonly description: string;
  /** Whether it is a discrete set, on which `logProb` is the logarithm of a probability. */
  readonly isDiscrete: boolean;
}

const continuous = { isDiscrete: false } as const;
const discrete = { isDiscrete: true } as const;

/** The supports that depend only on the class. Intervals include their ends. */
export const supports = {
  real: { kind: "real", description: "the real numbers", ...continuous },
  realVectors: { kind: "real", description: "vectors of real numbers", ...continuous },
  nonNegative: { kind: "non-negative", description: "[0, Infinity)", ...continuous },
  unitInterval: { kind: "interval", description: "[0, 1]", ...continuous },
  interval: { kind: "interval", description: "[low, high]", ...continuous },
  bits: { kind: "bits", description: "0 and 1", ...discrete },
  counts: { kind: "counts", description: "whole numbers from 0", ...discrete },
  countsToTotal: { kind: "counts", description: "whole numbers from 0 to totalCount", ...discrete },
  categories: { kind: "counts", description: "whole numbers from 0 to categories - 1", ...discrete },
  countVectors: { kind: "counts", description: "vectors of whole numbers from 0 that sum to totalCount", ...discrete },
  point: { kind: "point", description: "loc alone", ...discrete },
  oneHot: { kind: "one-hot", description: "one-hot vectors", ...discrete },
  simplex: { kind: "simplex", description: "vectors of numbers >= 0 that sum to 1", ...continuous },
  logSimplex: { kind: "log-simplex", description: "logarithms of numbers >= 0 that sum to 1", ...continuous },
  unstated: { kind: "unstated", description: "not stated by the class", ...continuous },
} as const satisfies Readonly<Record<string, Support>>;
