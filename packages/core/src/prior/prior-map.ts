import type { Bijector } from "@igr/bijectors";
import { requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "./prior-objective.js";

/**
 * A map onto the simplex and the gradient of an objective through it, on float64 arrays: fitting a prior takes
 * thousands of passes over small vectors, for which tensor kernels would be mostly overhead.
 */
export interface PriorMap {
  /** Number of categories K. */
  readonly categories: number;
  /**
   * The objective of the images of `samples` points in `y` (K-1 numbers each). Its derivative with respect to `y` goes to
   * `slopes`. A map that jumps needs `scores`, the derivative of each number's log-density with respect to its mean.
   */
  lossAndSlopes(
    y: Float64Array,
    samples: number,
    objective: Objective,
    slopes: Float64Array,
    scores?: Float64Array,
  ): number;
}

/** A map of K-1 coordinates by its formulas for one sample; the numbers of each sample begin at the given offsets. */
interface Formulas {
  /** Size per sample of the workspace that `forward` writes for `pullBack`. */
  readonly workspace: number;
  /** Writes z of `y`, and the workspace. */
  forward(y: Float64Array, yAt: number, z: Float64Array, zAt: number, work: Float64Array, workAt: number): void;
  /** Writes J^T `slope` to `result`; `slope` is laid out as z, `result` as y. */
  pullBack(
    z: Float64Array,
    zAt: number,
    work: Float64Array,
    workAt: number,
    slope: Float64Array,
    result: Float64Array,
    resultAt: number,
  ): void;
}

function mapOf(dimension: number, { workspace, forward, pullBack }: Formulas): PriorMap {
  const categories = dimension + 1;
  let z = new Float64Array(0);
  let slope = new Float64Array(0);
  let work = new Float64Array(0);
  return {
    categories,
    lossAndSlopes(y, samples, objective, slopes) {
      if (z.length !== samples * categories) {
        z = new Float64Array(samples * categories);
        slope = new Float64Array(samples * categories);
        work = new Float64Array(samples * workspace);
      }
      for (let sample = 0; sample < samples; sample++) {
        forward(y, sample * dimension, z, sample * categories, work, sample * workspace);
      }
      const loss = objective(z, samples, categories, slope);
      for (let sample = 0; sample < samples; sample++) {
        pullBack(z, sample * categories, work, sample * workspace, slope, slopes, sample * dimension);
      }
      return loss;
    },
  };
}

/** Any bijector onto the simplex, by tfjs and its gradients: slower, and in float32. */
export function bijectorMap(bijector: Bijector, dimension: number): PriorMap {
  requireGradients("fitPrior");
  const categories = dimension + 1;
  return {
    categories,
    lossAndSlopes(y, samples, objective, slopes) {
      return tf.tidy(() => {
        const input = tf.tensor2d(Float32Array.from(y), [samples, dimension]);
        const z = Float64Array.from(bijector.forward(input).dataSync());
        const slope = new Float64Array(samples * categories);
        const loss = objective(z, samples, categories, slope);
        const pullBack = tf.grad((x) => bijector.forward(x));
        slopes.set(pullBack(input, tf.tensor2d(Float32Array.from(slope), [samples, categories])).dataSync());
        return loss;
      });
    },
  };
}

/** Eq 21. */
export function softmaxPlusPlusMap(dimension: number, temperature: number, delta: number): PriorMap {
  return mapOf(dimension, {
    workspace: 0,
    forward(y, yAt, z, zAt) {
      writeSoftmax(y, yAt, dimension, temperature, delta, z, zAt);
    },
    pullBack(z, zAt, _work, _workAt, slope, result, resultAt) {
      pullBackSoftmax(z, zAt, dimension, temperature, slope, result, resultAt);
    },
  });
}

/** Eq 24; the workspace holds K-1 shares u and K sticks w. */
export function stickBreakingMap(dimension: number, temperature: number, delta: number): PriorMap {
  return mapOf(dimension, {
    workspace: 2 * dimension + 1,
    forward(y, yAt, z, zAt, work, workAt) {
      breakStick(y, yAt, dimension, work, workAt);
      writeSoftmax(work, workAt + dimension, dimension, temperature, delta, z, zAt);
    },
    pullBack(z, zAt, work, workAt, slope, result, resultAt) {
      pullBackSoftmax(z, zAt, dimension, temperature, slope, result, resultAt);
      pullBackSticks(work, workAt, dimension, 0, result, resultAt);
    },
  });
}

/** Eq 23; the vertex is that of the largest of all K sticks. */
export function interpolationMap(dimension: number, temperature: number): PriorMap {
  return mapOf(dimension, {
    workspace: 2 * dimension + 1,
    forward(y, yAt, z, zAt, work, workAt) {
      breakStick(y, yAt, dimension, work, workAt);
      const sticksAt = workAt + dimension;
      let largest = 0;
      for (let k = 0; k <= dimension; k++) {
        const stick = work[sticksAt + k] as number;
        z[zAt + k] = temperature * stick;
        if (stick > (work[sticksAt + largest] as number)) largest = k;
      }
      z[zAt + largest] = (z[zAt + largest] as number) + 1 - temperature;
    },
    pullBack(_z, zAt, work, workAt, slope, result, resultAt) {
      for (let k = 0; k < dimension; k++) result[resultAt + k] = temperature * (slope[zAt + k] as number);
      pullBackSticks(work, workAt, dimension, temperature * (slope[zAt + dimension] as number), result, resultAt);
    },
  });
}

function writeSoftmax(
  y: Float64Array,
  yAt: number,
  dimension: number,
  temperature: number,
  delta: number,
  z: Float64Array,
  zAt: number,
): void {
  let largest = temperature * Math.log(delta);
  for (let k = 0; k < dimension; k++) largest = Math.max(largest, y[yAt + k] as number);
  const sharpness = 1 / temperature;
  let total = delta * Math.exp(-largest * sharpness);
  z[zAt + dimension] = total;
  for (let k = 0; k < dimension; k++) {
    const weight = Math.exp(((y[yAt + k] as number) - largest) * sharpness);
    z[zAt + k] = weight;
    total += weight;
  }
  const share = 1 / total;
  for (let k = 0; k <= dimension; k++) z[zAt + k] = (z[zAt + k] as number) * share;
}

function pullBackSoftmax(
  z: Float64Array,
  zAt: number,
  dimension: number,
  temperature: number,
  slope: Float64Array,
  result: Float64Array,
  resultAt: number,
): void {
  let average = 0;
  for (let k = 0; k <= dimension; k++) average += (z[zAt + k] as number) * (slope[zAt + k] as number);
  const sharpness = 1 / temperature;
  for (let k = 0; k < dimension; k++) {
    result[resultAt + k] = (z[zAt + k] as number) * ((slope[zAt + k] as number) - average) * sharpness;
  }
}

/** Eq 22 after a sigmoid: K-1 shares u, then K sticks w. */
function breakStick(y: Float64Array, yAt: number, dimension: number, work: Float64Array, workAt: number): void {
  let rest = 1;
  for (let k = 0; k < dimension; k++) {
    const share = 1 / (1 + Math.exp(-(y[yAt + k] as number)));
    work[workAt + k] = share;
    work[workAt + dimension + k] = share * rest;
    rest *= 1 - share;
  }
  work[workAt + 2 * dimension] = rest;
}

/** Replaces the derivatives with respect to the sticks by those with respect to y: d log w_k / d y_j = [j = k] - u_j, j <= k. */
function pullBackSticks(
  work: Float64Array,
  workAt: number,
  dimension: number,
  slopeOfLast: number,
  result: Float64Array,
  resultAt: number,
): void {
  let beyond = slopeOfLast * (work[workAt + 2 * dimension] as number);
  for (let k = dimension - 1; k >= 0; k--) {
    const share = work[workAt + k] as number;
    const weighted = (result[resultAt + k] as number) * (work[workAt + dimension + k] as number);
    result[resultAt + k] = (1 - share) * weighted - share * beyond;
    beyond += weighted;
  }
}
