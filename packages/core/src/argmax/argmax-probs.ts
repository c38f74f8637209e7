import {
  type Bijector,
  Chain,
  OpenSimplex,
  Sigmoid,
  SoftmaxPlusPlus,
  StickBreaking,
  VertexInterpolation,
} from "@igr/bijectors";
import { broadcastTensor, checkNumber, type Domain } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import { logForward } from "../relaxations/map-in-logs.js";
import { frequenciesOfLargest } from "./largest-by-frequency.js";
import { logProbsOfLargest, type NormalsAndThreshold, probsOfLargest } from "./largest-of-normals.js";
import {
  logOrMinusInfinity,
  logProbsOfLongestStick,
  logProbsOfLongestStickAbove,
  type NormalSticks,
} from "./largest-stick.js";
import { checkLatticeSize, normalLattice } from "./lattice.js";

/** Options of the lattice over which P(argmax z = k) is computed for every transform except softmax++. */
export interface LatticeOptions {
  /** Points of the lattice, a power of 2 from 64 to 8,192; 1,024 by default, and 8,192 for custom bijectors. */
  readonly samples?: number;
  /** Generator of the lattice's random shift. By default the shift is constant, so that the result is deterministic. */
  readonly rng?: Rng;
}

/** Options for P(argmax z = k): of the quadrature for softmax++, of the lattice for every other transform. */
export interface ArgmaxProbsOptions extends LatticeOptions {
  /**
   * Points of the quadrature for softmax++, an integer from 16 to 1,024; by default 96 for probabilities and 192 for
   * their logarithms. 64 points take a third of the time of 192: logarithms above -15 are then right to about 1e-3 where
   * the scales of a variable differ by a factor of up to 50, and to 2e-2 up to a factor of 1,000.
   */
  readonly points?: number;
}

/** y of an IGR: independent normals, `[..., K-1]`, that `bijector` maps onto the simplex. */
export interface Relaxed {
  readonly bijector: Bijector;
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
}

/** P(argmax z = k), `[..., K]`. */
export function argmaxProbs(owner: string, relaxed: Relaxed, options: ArgmaxProbsOptions): tf.Tensor {
  const form = argmaxForm(owner, relaxed, options);
  switch (form.kind) {
    case "normals":
      return probsOfLargest(form.normals, form.points);
    case "logs":
      return tf.exp(form.logProbs());
    case "frequencies":
      return form.probs();
  }
}

/** log P(argmax z = k), `[..., K]`. */
export function argmaxLogProbs(owner: string, relaxed: Relaxed, options: ArgmaxProbsOptions): tf.Tensor {
  const form = argmaxForm(owner, relaxed, options);
  switch (form.kind) {
    case "normals":
      return logProbsOfLargest(form.normals, form.points);
    case "logs":
      return form.logProbs();
    case "frequencies":
      return logOrMinusInfinity(form.probs());
  }
}

const [fewest, most] = [16, 1024];
const quadratureSize: Domain = {
  allowed: `an integer from ${fewest} to ${most}`,
  contains: (value) => Number.isInteger(value) && value >= fewest && value <= most,
};

type Form =
  | { readonly kind: "normals"; readonly normals: NormalsAndThreshold; readonly points?: number }
  | { readonly kind: "logs"; readonly logProbs: () => tf.Tensor }
  | { readonly kind: "frequencies"; readonly probs: () => tf.Tensor };

/** Chooses the method for a transform. softmax++ has the simplest one, since it keeps the order of its coordinates. */
function argmaxForm(
  owner: string,
  { bijector, loc, scale }: Relaxed,
  { points, samples, rng }: ArgmaxProbsOptions,
): Form {
  if (samples !== undefined) checkLatticeSize(owner, samples);
  if (points !== undefined) checkNumber(owner, "points", points, quadratureSize);
  const batch = loc.shape.slice(0, -1);
  if (batch.includes(0)) {
    // Some kernels fail on tensors without elements (tfjs 4.22).
    const shape = bijector.forwardEventShape(loc.shape.slice());
    return { kind: "logs", logProbs: () => tf.zeros(shape as number[]) };
  }
  if (bijector instanceof SoftmaxPlusPlus) {
    const normals = { loc, scale, threshold: thresholdOf(bijector, batch) };
    return { kind: "normals", normals, ...(points === undefined ? {} : { points }) };
  }
  const sticks = (usual = 1024): NormalSticks => ({
    loc,
    scale,
    points: normalLattice(samples ?? usual, loc.shape.at(-1) as number, rng),
  });
  const parts = bijector instanceof Chain ? bijector.bijectors : [bijector];
  const [first] = parts;
  if (isChainOf(parts, [VertexInterpolation, StickBreaking, Sigmoid]) || isChainOf(parts, [StickBreaking, Sigmoid])) {
    return { kind: "logs", logProbs: () => logProbsOfLongestStick(sticks()) };
  }
  if (first instanceof SoftmaxPlusPlus && isChainOf(parts, [SoftmaxPlusPlus, OpenSimplex, StickBreaking, Sigmoid])) {
    return { kind: "logs", logProbs: () => logProbsOfLongestStickAbove(sticks(), thresholdOf(first, batch)) };
  }
  return {
    kind: "frequencies",
    probs: () => frequenciesOfLargest({ ...sticks(8192), map: (y) => logForward(bijector, y) }),
  };
}

/**
 * The threshold that a coordinate of softmax++ must exceed to be larger than the remainder: temperature log delta,
 * `[...batch, 1]`.
 */
export function thresholdOf({ temperature, delta }: SoftmaxPlusPlus, batch: readonly number[]): tf.Tensor {
  return broadcastTensor(tf.mul(temperature.column, tf.log(delta.column)), [...batch, 1]);
}

function isChainOf(
  parts: readonly Bijector[],
  classes: readonly (abstract new (...args: never[]) => Bijector)[],
): boolean {
  return parts.length === classes.length && classes.every((each, index) => parts[index] instanceof each);
}
