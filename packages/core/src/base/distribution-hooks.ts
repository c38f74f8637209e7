import type { FlatNumbers } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import type { SampleOptions } from "./distribution-options.js";

/** What a subclass of `Distribution` implements. Hooks run inside `tf.tidy`, on checked arguments. */
export abstract class DistributionHooks {
  /** Draws of shape `[...sampleShape, ...batchShape, ...eventShape]`. */
  protected abstract _sample(rng: Rng, sampleShape: readonly number[], options: SampleOptions): tf.Tensor;

  /** Log-density of a float32 tensor whose shape was checked. */
  protected abstract _logProb(value: tf.Tensor): tf.Tensor;

  protected _mean?(): tf.Tensor;
  protected _mode?(): tf.Tensor;
  protected _variance?(): tf.Tensor;
  /**
   * Implement it if the standard deviation is known without the variance, which overflows from 2e19 on and underflows
   * below 1e-23.
   */
  protected _stddev?(): tf.Tensor;
  protected _entropy?(): tf.Tensor;
  protected _cdf?(x: tf.Tensor): tf.Tensor;
  protected _logCdf?(x: tf.Tensor): tf.Tensor;
  protected _logSurvival?(x: tf.Tensor): tf.Tensor;
  protected _quantile?(probability: tf.Tensor): tf.Tensor;

  /** Called under `validate: 'values'` with the data of a value given to `logProb`; throws RangeError outside the support. */
  protected _checkSupport?(owner: string, value: tf.Tensor): void;

  /**
   * Called with a value of checked shape that `logProb` received as plain numbers, unless `validate` is false; throws
   * RangeError for a value at which the log-density is not defined. Outside the support it is defined, by its limit.
   */
  protected _checkNumbers?(owner: string, numbers: FlatNumbers): void;

  /**
   * Rejects a value outside the support, as `logProb` does with `validate: 'values'`. For distributions that wrap this
   * one; `owner` is their name. Reads the value.
   *
   * @throws RangeError if a part of it lies outside of the support.
   */
  checkSupport(owner: string, value: tf.Tensor): void {
    this._checkSupport?.(owner, value);
  }

  /** Rejects plain numbers at which the log-density is not defined; for distributions that wrap this one. */
  checkNumbers(owner: string, numbers: FlatNumbers): void {
    this._checkNumbers?.(owner, numbers);
  }
}
