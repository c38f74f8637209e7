import type { FlatNumbers } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import type { Rng } from "../random/rng.js";
import { ConcreteFamily, type ConcreteOptions } from "./concrete-family.js";

/**
 * Concrete (Gumbel-Softmax) distribution in log space: draws are `log z` of a {@link Concrete} draw z. Where z rounds to
 * a vertex in float32, log z stays finite, and so do densities and their gradients.
 *
 * Shapes: batch `[...]`, event `[K]`. `logProb` is with respect to the K-1 log-ratios `log z_k - log z_K`, as in
 * Maddison, Mnih and Teh (2017) and TensorFlow Probability's ExpRelaxedOneHotCategorical:
 * `Concrete.logProb(z) = ExpConcrete.logProb(log z) - sum_k log z_k`.
 * At log z = -Infinity it is -Infinity. A category of probability 0 is excluded, as in {@link Concrete}: its logarithm
 * is -Infinity in every draw, and the density is with respect to the log-ratios of the others. At its own draws the
 * log-density does not depend on the logits.
 *
 * @example
 * ```ts
 * const relaxed = new ExpConcrete({ temperature: 0.01, logits: [80, 0, -80] });
 * const { value, logProb } = relaxed.sampleAndLogProb(createRng(1)); // both finite
 * ```
 */
export class ExpConcrete extends ConcreteFamily {
  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError if there are fewer than two
   * categories, shapes do not broadcast, or numbers are outside their domain.
   */
  constructor(options: ConcreteOptions) {
    super("ExpConcrete", options);
  }

  override get isLogSpace(): boolean {
    return true;
  }

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    if (hard) {
      throw new TypeError("ExpConcrete.sample: the logarithm of a one-hot is -Infinity; use hard with Concrete");
    }
    return this._sampleLog(rng, sampleShape);
  }

  protected _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.logSample(rng.gumbel(this.sampleShapeOf(sampleShape)));
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const gumbel = rng.gumbel(this.sampleShapeOf(sampleShape));
    return { value: this.logSample(gumbel), logProb: this.logProbOfNoise(gumbel, options) };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    return this._sampleLogAndLogProb(rng, sampleShape, options);
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    return this.logDensityOfRatios(value);
  }

  protected _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    if (this.validate === "values") this.checkLogs("ExpConcrete.logProbFromLog", logValue);
    return this.logDensityOfRatios(logValue);
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, { ...numbers, data: numbers.data.map(Math.exp) });
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.checkLogs(owner, value);
  }
}
