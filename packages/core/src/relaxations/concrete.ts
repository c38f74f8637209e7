import type { FlatNumbers } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import { logOfProbability } from "../distributions/zero-probability.js";
import { straightThrough } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";
import { ConcreteFamily, type ConcreteOptions } from "./concrete-family.js";
import { ExpConcrete } from "./exp-concrete.js";

/**
 * Concrete distribution, also called Gumbel-Softmax: `z = softmax((logits + Gumbel noise) / temperature)` on the
 * simplex, a relaxation of the categorical distribution with these logits (Maddison, Mnih and Teh 2017; Jang, Gu and
 * Poole 2017; eq 6 and 7 in Potapczynski, Loaiza-Ganem and Cunningham 2020; the noise of eq 6 is real-valued, not
 * positive).
 *
 * Shapes: batch `[...]`, event `[K]`; densities are with respect to the first K-1 coordinates of z.
 *
 * Float32: at low temperatures z rounds to a vertex, where the density is 0 or infinite. `sampleAndLogProb` computes
 * the density from the noise, and `logProbFromLog` computes it from log z: both are exact there. `logProb(z)` of a
 * point with m zeros is the limit of the density with all of them equally small: +Infinity for
 * `m > (K - m) temperature`, else -Infinity, and finite if both sides are equal; `validate: 'values'` rejects such
 * points. At its own draws the log-density depends on the logits only through z.
 *
 * A category of probability 0 (`logits` -Infinity) is excluded: its coordinate is 0 in every draw, and the density is that of
 * a Concrete over the others, on the face where it is 0; a point off that face has log-density -Infinity.
 *
 * @example
 * ```ts
 * const relaxed = new Concrete({ temperature: 0.67, logits: [1, 0, -1] });
 * const rng = createRng(1);
 * const z = relaxed.sample(rng, [1000]); // [1000, 3]
 * const oneHot = relaxed.sample(rng, [1000], { hard: true }); // with the gradient of the relaxed sample
 * ```
 */
export class Concrete extends ConcreteFamily {
  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError if there are fewer than two
   * categories, shapes do not broadcast, or numbers are outside their domain.
   */
  constructor(options: ConcreteOptions) {
    super("Concrete", options);
  }

  override get logForm(): ExpConcrete {
    const { temperature, logits, validate } = this;
    return new ExpConcrete({ temperature, logits, validate });
  }

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = tf.exp(this._sampleLog(rng, sampleShape));
    return hard ? straightThrough(z) : z;
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
    const value = this.logSample(gumbel);
    return { value, logProb: tf.sub(this.logProbOfNoise(gumbel, options), this.sumOfLogs(value)) };
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    // A coordinate of 0 may be an excluded category, so its slope must be 0 rather than 0 / 0.
    return this.logDensityOfSimplex(logOfProbability(value));
  }

  protected _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    if (this.validate === "values") this.checkLogs("Concrete.logProbFromLog", logValue);
    return this.logDensityOfSimplex(logValue);
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.checkLogs(owner, tf.log(value));
  }
}
