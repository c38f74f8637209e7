import type { Bijector } from "@igr/bijectors";
import type * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import type { IGRTransformName } from "../relaxations/igr-transform.js";
import type { PriorObjective } from "./prior-objective.js";

/** Options of `fitPrior`. */
export interface FitPriorOptions {
  /**
   * Probabilities to match, `[..., K]`, which are >= 0 and sum to 1 on the last axis. Each row of a batch is fitted
   * separately.
   */
  readonly target: tf.Tensor | tf.TensorLike;
  /** As in `IGR`; `'softmax++'` by default. */
  readonly transform?: IGRTransformName | Bijector;
  /** As in `IGR`, one number. */
  readonly temperature?: number;
  /** As in `IGR`, one number; 0.1 by default. */
  readonly delta?: number;
  /**
   * The objective; expectations are over the samples of a step:
   * - `'mean'` (default): `|E z - target|^2`, mean matching. It does not determine the scale, which stays near its
   * start.
   * - `'kl'`: `KL(E z || target)`, the objective of the authors' code. It does not determine the scale either.
   * - `'literal'`: `E |z - target|^2`, eq 20 as printed. Its minimum over the scale is a point mass at the target, so
   * that with a free scale the relaxation collapses.
   * - `'energy'`: the energy distance of z to the one-hot variable with the target's probabilities (Székely and Rizzo
   * 2013), which is 0 only for that variable itself: it moves the samples to the vertices, in the target's
   * proportions. As the scale grows, a gradient along the path no longer sees the last category, which wins only if
   * all coordinates are low: among ten equal categories it vanishes. `discreteProbs` shows this; `'probs'` keeps the
   * category.
   * - `'probs'`: P(argmax z = k) equal to the target, all > 0, by Newton's method and without samples. It needs a
   * fixed `scale`, since no probability changes when loc - temperature log(delta) and the scale are stretched
   * together; with one, loc is unique (but for the last stick of `'stick-breaking'`, which stays at the start). Not
   * available for custom bijectors.
   */
  readonly objective?: PriorObjective;
  /**
   * For `'stick-breaking'`: fits the relaxation that `InfiniteIGR` cuts at this stick mass, in (0, 1), with as
   * many sticks as the target has categories as its cap. Set it to the model's value if the model cuts: in eq 24
   * without a cut most of 50 sticks are nearly empty but still have a weight, so loc and scale fitted without a cut
   * describe another distribution once they are cut. By default eq 24 is not cut.
   */
  readonly rho?: number;
  /** Steps of Adam; 1,500 by default. */
  readonly steps?: number;
  /** Samples per step; 1,000 by default. */
  readonly samples?: number;
  /** Adam's learning rate, for the means and the logarithms of the scales; 0.01 by default, 0.03 with `rho`. */
  readonly learningRate?: number;
  /** Initial values, one number for all coordinates; `{ loc: 0, scale: 1 }` by default. */
  readonly start?: { readonly loc?: number; readonly scale?: number };
  /** `'free'` (default), or a number that fixes every scale, so that only the means are fitted. */
  readonly scale?: "free" | number;
  /** Generator of the noise. */
  readonly rng: Rng;
}

/** Result of `fitPrior`. The tensors belong to the caller; `dispose` frees them. */
export interface FittedPrior {
  /** Means, `[..., K-1]` (`[..., K]` for `'stick-breaking'`). */
  readonly loc: tf.Tensor;
  /** Standard deviations, of the shape of `loc`. */
  readonly scale: tf.Tensor;
  /**
   * The objective at each step, over that step's samples, summed over targets; for `'probs'` at each step of Newton's
   * method.
   */
  readonly losses: readonly number[];
  /** Mean of 10,000 fresh samples, `[..., categories of the relaxation]`. */
  readonly mean: tf.Tensor;
  /** Share of those samples in which each category is the largest: an estimate of P(argmax z = k), +-0.005 at 1/2. */
  readonly argmaxProbs: tf.Tensor;
  /** P(argmax z = k), `[..., K]`, as `IGR.discreteProbs` computes it: exact for softmax++. */
  readonly discreteProbs: tf.Tensor;
  /**
   * Share of those samples within 0.2 of a vertex, `[...]`. A value near 0 shows a collapse: the samples are far from
   * discrete.
   */
  readonly vertexProximity: tf.Tensor;
  /** With `rho`, the average number of categories that those samples keep, `[...]`; otherwise undefined. */
  readonly keptCategories?: tf.Tensor;
  /** The stick mass of the cut in the fit; undefined without a cut. */
  readonly rho?: number;
  /** Frees the tensors above. */
  dispose(): void;
}
