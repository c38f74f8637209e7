import type { Bijector } from "@igr/bijectors";
import type { ParameterValue } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../base/distribution-options.js";
import type { IGRTransformName } from "./igr-transform.js";

/** Parameters of IGR. */
export interface IGROptions extends DistributionOptions {
  /** Means of the Gaussian coordinates, `[..., K-1]`. */
  readonly loc: ParameterValue;
  /** Standard deviations, > 0; broadcasts against `loc`. Exactly one of `scale` and `scaleTril` is given. */
  readonly scale?: ParameterValue;
  /**
   * Lower triangular factor of the coordinates' covariance, `[..., K-1, K-1]`, with a diagonal > 0, for coordinates
   * that are not independent. Elements of a tensor above the diagonal count as 0.
   */
  readonly scaleTril?: ParameterValue;
  /**
   * Temperature, > 0 (in (0, 1] for `'interpolation'`), of shape `[...batch]`: it broadcasts against the batch shape
   * only. Omit it if and only if `transform` is a bijector onto the simplex.
   */
  readonly temperature?: ParameterValue;
  /**
   * `'softmax++'` (eq 21; the default), `'stick-breaking'` (eq 24: stick-breaking, then softmax++), `'interpolation'`
   * (eq 23: stick-breaking, then towards the nearest vertex), or a bijector: a flow of K-1 coordinates, which softmax++
   * follows, or a map from K-1 coordinates onto the simplex.
   */
  readonly transform?: IGRTransformName | Bijector;
  /** Weight of the last category in softmax++, > 0; 0.1 by default. It has no effect on `'interpolation'`. */
  readonly delta?: ParameterValue;
}

/** A draw and its pre-image. */
export interface SampleWithPreImage {
  /** A point of the simplex, `[...sampleShape, ...batchShape, K]`. */
  readonly value: tf.Tensor;
  /** The Gaussian y that was mapped to it, `[...sampleShape, ...batchShape, K-1]`. */
  readonly preImage: tf.Tensor;
}
