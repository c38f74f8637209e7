import type { Bijector } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { argmaxLogProbsAndSlopes } from "../argmax/argmax-slopes.js";
import { solveLinear } from "../linear-algebra/solve-linear.js";

/** Means with the wanted probabilities, and the distance of each iterate. */
export interface ProbsFit {
  readonly loc: Float64Array;
  /** Squared distance of the probabilities to the target at each iterate. */
  readonly losses: number[];
}

/** Options of {@link fitProbs}. */
export interface ProbsSettings {
  readonly steps: number;
  readonly startLoc: number;
  readonly scale: number;
}

// The largest difference between equal probabilities in float32.
const resolved = 1e-6;

/**
 * The means with which argmax z has the target's K probabilities, all > 0, at a fixed scale: Newton's method on the
 * logarithms of the ratios to the last, by the first K-1 means. An additional mean (of the last stick of
 * 'stick-breaking', which has no probability of its own) stays at the start.
 */
export function fitProbs(
  bijector: Bijector,
  dimension: number,
  target: readonly number[],
  { steps, startLoc, scale }: ProbsSettings,
): ProbsFit {
  const free = target.length - 1;
  const probeAt = (loc: Float64Array) => probe(bijector, loc, scale, target);
  let loc = new Float64Array(dimension).fill(startLoc);
  let at = probeAt(loc);
  const losses = [at.loss];
  for (let step = 0; step < steps && at.worst > resolved; step++) {
    const direction = solveLinear(at.slopes, at.residual);
    // Far from the solution a full step overshoots, so it is limited to three standard deviations and halved until it
    // improves the residual.
    const largest = Math.max(...direction.map(Math.abs));
    let length = Math.min(1, (3 * scale) / largest);
    let [next, candidate] = [at, loc];
    for (let halving = 0; halving < 12; halving++, length /= 2) {
      candidate = loc.map((mean, k) => (k < free ? mean - length * (direction[k] as number) : mean));
      next = probeAt(candidate);
      if (next.size < at.size) break;
    }
    if (!(next.size < at.size)) break;
    [loc, at] = [candidate, next];
    losses.push(at.loss);
  }
  return { loc, losses };
}

interface Probe {
  /** log(P_k / P_K) - log(target_k / target_K) of the first K-1 categories. */
  readonly residual: Float64Array;
  /** Its derivatives by the first K-1 means, row by row. */
  readonly slopes: Float64Array;
  /** Length of the residual. */
  readonly size: number;
  /** Largest difference of the probabilities. */
  readonly worst: number;
  readonly loss: number;
}

function probe(bijector: Bijector, loc: Float64Array, scale: number, target: readonly number[]): Probe {
  let found: Probe | undefined;
  tf.tidy(() => {
    found = compare(bijector, loc, scale, target);
  });
  return found as unknown as Probe;
}

function compare(bijector: Bijector, loc: Float64Array, scale: number, target: readonly number[]): Probe {
  const free = target.length - 1;
  const { logProbs, slopes } = argmaxLogProbsAndSlopes({
    bijector,
    loc: tf.tensor1d(Float32Array.from(loc)),
    scale: tf.fill([loc.length], scale),
  });
  // Ratios to the last category keep the equations independent if its probability is far below the others. They also
  // ignore a common factor, the lattice's error in the sum.
  const ratio = (k: number) => Math.log(target[k] as number) - Math.log(target[free] as number);
  const residual = Float64Array.from(
    { length: free },
    (_, k) => (logProbs[k] as number) - (logProbs[free] as number) - ratio(k),
  );
  const slope = (k: number, j: number) => slopes[k * loc.length + j] as number;
  const largest = Math.max(...logProbs.subarray(0, free + 1));
  const weights = Array.from(logProbs.subarray(0, free + 1), (logProb) => Math.exp(logProb - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const differences = target.map((probability, k) => (weights[k] as number) / total - probability);
  return {
    residual,
    slopes: Float64Array.from({ length: free * free }, (_, index) => {
      const [k, j] = [Math.floor(index / free), index % free];
      return slope(k, j) - slope(free, j);
    }),
    size: Math.hypot(...residual),
    worst: Math.max(...differences.map(Math.abs)),
    loss: differences.reduce((sum, difference) => sum + difference ** 2, 0),
  };
}
