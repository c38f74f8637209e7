import { type FlatNumbers, flattenNumbers } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import {
  Distribution,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "./distribution.js";

/**
 * A relaxation of a discrete variable: continuous draws near the vertices of the simplex. Draws and densities have a
 * second form in log space, which is exact where the sample itself rounds to 0 or 1: Monte Carlo estimators use it.
 *
 * `logProbFromLog(logZ)` is the same density as `logProb(exp(logZ))`, with respect to the same measure (the first K-1
 * coordinates of the simplex), computed from `logZ`. A distribution whose draws are logarithms ({@link isLogSpace}, as
 * ExpConcrete) has the same draws and densities in both forms.
 *
 * To write one: implement `_sampleLog`, `_logProbFromLog`, `discrete` and the hooks of {@link Distribution}; override
 * `_sampleLogAndLogProb` where the density is exact in terms of the noise or the pre-image.
 */
export abstract class RelaxedDistribution extends Distribution {
  override get isRelaxed(): boolean {
    return true;
  }

  /** Whether draws are the logarithms of points of the simplex, as those of ExpConcrete are. */
  get isLogSpace(): boolean {
    return false;
  }

  /**
   * The distribution of the same draws in logs or log-ratios, if it has a density without a Jacobian of the simplex
   * (ExpConcrete for Concrete); otherwise undefined. Divergences do not change under the map, while a Jacobian in both
   * densities would cancel, with a rounding error of its own size. Its parameters may be new tensors.
   */
  get logForm(): Distribution | undefined {
    return undefined;
  }

  /** The discrete distribution that this one relaxes. */
  abstract discrete(): Distribution;

  /** The logarithms of draws; consumes the same random numbers as `sample`, and `exp` of them is that sample. */
  sampleLog(rng: Rng, sampleShape: readonly number[] = []): tf.Tensor {
    this.checkDraw("sampleLog", rng, sampleShape);
    return tf.tidy(() => this._sampleLog(rng, sampleShape));
  }

  /** `logProb(exp(logValue))`, exact where `exp(logValue)` would round to 0 or 1. */
  logProbFromLog(logValue: tf.Tensor | tf.TensorLike): tf.Tensor {
    const owner = `${this.name}.logProbFromLog`;
    const logProb = (x: tf.Tensor) => {
      if (this.validate !== false && !(logValue instanceof tf.Tensor)) {
        this.checkLogNumbers(owner, flattenNumbers(`${owner}: a value`, logValue));
      }
      return this._logProbFromLog(x);
    };
    return this.evaluate("logProbFromLog", logValue, logProb, false);
  }

  /** {@link Distribution.checkNumbers} for a value of `logProbFromLog`. */
  checkLogNumbers(owner: string, numbers: FlatNumbers): void {
    this.checkNumbers(owner, this.isLogSpace ? numbers : { ...numbers, data: numbers.data.map(Math.exp) });
  }

  /** The logarithms of draws and their log-densities in one pass; `value` is the logarithm. */
  sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[] = [],
    options: SampleAndLogProbOptions = {},
  ): SampleAndLogProb {
    this.checkDraw("sampleLogAndLogProb", rng, sampleShape);
    return tf.tidy(() => ({ ...this._sampleLogAndLogProb(rng, sampleShape, options) }));
  }

  protected abstract _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor;

  protected abstract _logProbFromLog(logValue: tf.Tensor): tf.Tensor;

  protected _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const value = this._sampleLog(rng, sampleShape);
    const logProb = stickTheLanding ? alongPath(value, (x) => this._logProbFromLog(x)) : this._logProbFromLog(value);
    return { value, logProb };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { value, logProb } = this._sampleLogAndLogProb(rng, sampleShape, options);
    return { value: tf.exp(value), logProb };
  }

  protected abstract override _sample(rng: Rng, sampleShape: readonly number[], options: SampleOptions): tf.Tensor;
}
