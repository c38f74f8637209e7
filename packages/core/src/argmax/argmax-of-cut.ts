import type { SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { type LatticeOptions, thresholdOf } from "./argmax-probs.js";
import { frequenciesOfLargest } from "./largest-by-frequency.js";
import { logOrMinusInfinity, logProbsOfLongestStickAbove } from "./largest-stick.js";
import { checkLatticeSize, normalLattice } from "./lattice.js";

/** Logits of stick-breaking shares. Each sample is cut once its sticks hold more than rho. */
export interface CutNormals {
  /** Means, `[..., cap]`. */
  readonly loc: tf.Tensor;
  /** Standard deviations, > 0, `[..., cap]`. */
  readonly scale: tf.Tensor;
  readonly softmax: SoftmaxPlusPlus;
  readonly rho: number;
  /** log z of the cut logits y: `[..., cap] -> [..., cap + 1]`. */
  readonly relaxLog: (y: tf.Tensor) => tf.Tensor;
}

/**
 * Whether the longest stick is always kept. The dropped sticks together hold less than 1 - rho, and the longest of at
 * most `cap` kept sticks holds at least rho / cap.
 */
export function cutKeepsLongest(rho: number, cap: number): boolean {
  return rho / cap >= 1 - rho;
}

/**
 * log P(argmax z = k), `[..., cap + 1]`, over a lattice. Where the cut never drops the longest stick, the argmax is that of
 * eq 24 without a cut, one coordinate of which is integrated exactly; else it is a frequency.
 */
export function cutArgmaxLogProbs(owner: string, cut: CutNormals, { samples, rng }: LatticeOptions): tf.Tensor {
  if (samples !== undefined) checkLatticeSize(owner, samples);
  const { softmax, rho, relaxLog } = cut;
  const batch = cut.loc.shape.slice(0, -1);
  const cap = cut.loc.shape.at(-1) as number;
  if (batch.includes(0)) return tf.zeros([...batch, cap + 1]);
  const isUncut = cutKeepsLongest(rho, cap);
  const points = normalLattice(samples ?? (isUncut ? 1024 : 8192), cap, rng);
  const normals = { loc: cut.loc, scale: cut.scale, points };
  return isUncut
    ? logProbsOfLongestStickAbove(normals, thresholdOf(softmax, batch))
    : logOrMinusInfinity(frequenciesOfLargest({ ...normals, map: relaxLog }));
}
