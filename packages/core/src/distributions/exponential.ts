import { Parameter, type ParameterValue, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { gammaDivergence } from "../special/gamma-divergence.js";
import { logOneMinusExp } from "../special/log-one-minus-exp.js";
import { checkRange, limitAtZero } from "./edge-of-support.js";
import { Gamma } from "./gamma.js";

/** Parameters of {@link Exponential}. */
export interface ExponentialOptions extends DistributionOptions {
  /** Inverse of the mean, > 0, `[...batch]`. */
  readonly rate: ParameterValue;
}

/**
 * Exponential distribution on x >= 0, density `rate exp(-rate x)`. Shapes: event `[]`; batch: the shape of the rate.
 * Samples are reparameterized. KL in closed form with its own kind and with {@link Gamma}, of which it is the case of
 * concentration 1. Float32: `logCdf` is exact near 0 and `logSurvival` in the upper tail; below 0 the log-density is
 * -Infinity.
 *
 * @example
 * ```ts
 * const waiting = new Exponential({ rate: [1, 2] });
 * waiting.logProb(3); // [-3, -5.3069]
 * waiting.mean(); // [1, 0.5]
 * ```
 */
export class Exponential extends Distribution {
  readonly isReparameterized = true;
  readonly #parameter: Parameter;

  /** @throws RangeError if a rate given as a number is not > 0. */
  constructor({ rate, validate = "shapes" }: ExponentialOptions) {
    const parameter = new Parameter("Exponential", "rate", rate, positive, validate);
    super("Exponential", { batchShape: parameter.shape, eventShape: [] }, { validate });
    this.#parameter = parameter;
  }

  /** Inverse of the mean: the given tensor, or a new one. */
  get rate(): tf.Tensor {
    return this.#parameter.tensor;
  }

  override get support(): Support {
    return supports.nonNegative;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.div(tf.exp(tf.neg(rng.gumbel(this.sampleShapeOf(sampleShape)))), this.rate);
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const density = tf.add(tf.log(this.rate), this._logSurvival(x));
    return tf.add(density, limitAtZero(x, tf.scalar(0)));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return logOneMinusExp(this._logSurvival(x));
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return tf.neg(tf.mul(this.rate, tf.maximum(x, 0)));
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.div(tf.neg(tf.log1p(tf.neg(probability))), this.rate);
  }

  protected override _mean(): tf.Tensor {
    return tf.reciprocal(this.rate);
  }

  protected override _mode(): tf.Tensor {
    return tf.zerosLike(this.rate);
  }

  protected override _variance(): tf.Tensor {
    return tf.square(tf.reciprocal(this.rate));
  }

  protected override _stddev(): tf.Tensor {
    return tf.reciprocal(this.rate);
  }

  protected override _entropy(): tf.Tensor {
    return tf.sub(1, tf.log(this.rate));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, Number.POSITIVE_INFINITY);
  }
}

// Gamma distributions of concentration 1.
registerKl(Exponential, Exponential, (q, p) =>
  gammaDivergence(tf.onesLike(q.rate), tf.onesLike(p.rate), { q: q.rate, p: p.rate }),
);
registerKl(Exponential, Gamma, (q, p) =>
  gammaDivergence(tf.onesLike(q.rate), p.concentration, { q: q.rate, p: p.rate }),
);
registerKl(Gamma, Exponential, (q, p) =>
  gammaDivergence(q.concentration, tf.onesLike(p.rate), { q: q.rate, p: p.rate }),
);
