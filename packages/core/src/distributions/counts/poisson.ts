import { finite, nonNegative, type Parameter, type ParameterValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import { registerKl } from "../../divergence/kl-registry.js";
import { stopGradient } from "../../gradients/path-gradient.js";
import { withValueSlope } from "../../gradients/value-slope.js";
import type { Rng } from "../../random/rng.js";
import { type LogTails, logIncompleteGamma } from "../../special/incomplete-gamma.js";
import { deviance, logPoissonTerm } from "../../special/saddle-point.js";
import { exactlyOne } from "../success-probability.js";
import { CountDistribution } from "./count-distribution.js";
import { drawPoisson } from "./count-samplers.js";

/** Parameters of {@link Poisson}. */
export interface PoissonOptions extends DistributionOptions {
  /** Mean count, >= 0, `[...batch]`; at 0 the count is 0 for certain. Exactly one of `rate` and `logRate` is given. */
  readonly rate?: ParameterValue;
  /** Logarithm of the mean count, finite, `[...batch]`. */
  readonly logRate?: ParameterValue;
}

/**
 * Poisson distribution: the number of events where `rate` are expected. Shapes: event `[]`, batch: the shape of the
 * parameter. The KL divergence between two of them has a closed form; the entropy has none.
 *
 * Float32: `logProb` is Loader's saddle-point form (2000), within 1e-5 relatively to -1e3 and far below; `logCdf` and
 * `logSurvival` have the same accuracy in both tails. Samples are exact: inversion below a rate of 10, else PTRS
 * (Hörmann 1993); they read the rate, so a compiler cannot trace them.
 *
 * @example
 * ```ts
 * const events = new Poisson({ rate: 50 });
 * events.logProb([50, 0]); // [-2.8766, -50]
 * events.logSurvival(200); // -131.93
 * events.quantile(0.99); // 67
 * ```
 */
export class Poisson extends CountDistribution {
  static {
    registerKl(Poisson, Poisson, (q, p) => {
      const ofRate = (rate: tf.Tensor, logRate: tf.Tensor) => deviance(q.rate, rate, logRate);
      return p.#hasLogRate
        ? ofRate(p.rate, p.logRate)
        : withValueSlope(
            p.rate,
            (rate) => ofRate(rate, tf.log(rate)),
            (rate, rateOfQ) => tf.sub(1, countOverRate(rateOfQ as tf.Tensor, rate)),
            q.rate,
          );
    });
  }

  readonly #parameter: Parameter;

  /** @throws TypeError unless exactly one of `rate` and `logRate` is given; RangeError for numbers outside their domain. */
  constructor({ rate, logRate, validate = "shapes" }: PoissonOptions) {
    const parameter = exactlyOne(
      "Poisson",
      { name: "rate", value: rate, domain: nonNegative },
      { name: "logRate", value: logRate, domain: finite },
      validate,
    );
    super("Poisson", { batchShape: parameter.shape, eventShape: [] }, { validate });
    this.#parameter = parameter;
  }

  /** The mean count: the given tensor, or a new one. */
  get rate(): tf.Tensor {
    const { tensor } = this.#parameter;
    return this.#hasLogRate ? tf.exp(tensor) : tensor;
  }

  /** Logarithm of the mean count: the given tensor, or a new one. */
  get logRate(): tf.Tensor {
    const { tensor } = this.#parameter;
    return this.#hasLogRate ? tensor : tf.log(tensor);
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.drawCounts(rng, sampleShape, () => {
      const rates = Array.from(this.#parameter.read(), (value) => (this.#hasLogRate ? Math.exp(value) : value));
      return (uniform, member) => drawPoisson(uniform, rates[member] as number);
    });
  }

  protected override _logPmf(k: tf.Tensor): tf.Tensor {
    return this.#hasLogRate
      ? logPoissonTerm(k, this.rate, this.logRate)
      : withValueSlope(
          this.rate,
          (rate) => logPoissonTerm(k, rate, tf.log(rate)),
          (rate, count) => tf.sub(countOverRate(count as tf.Tensor, rate), 1),
          k,
        );
  }

  protected override _logTails(k: tf.Tensor): LogTails {
    // X <= k if the waiting time for k + 1 events is longer than `rate`.
    if (this.#hasLogRate) {
      const { logLower, logUpper } = logIncompleteGamma(tf.add(k, 1), this.rate, this.logRate);
      return { logLower: logUpper, logUpper: logLower };
    }
    // The slopes are written out: at a rate of 0 those of the formula are 0 / 0.
    const rate = stopGradient(this.rate);
    const { logLower, logUpper } = logIncompleteGamma(tf.add(k, 1), rate, tf.log(rate));
    const tail = (log: tf.Tensor, sign: number) =>
      withValueSlope(
        this.rate,
        () => log,
        (rate, count, log) => tf.mul(sign, pmfOverTail(count as tf.Tensor, rate, log as tf.Tensor)),
        k,
        stopGradient(log),
      );
    return { logLower: tail(logUpper, -1), logUpper: tail(logLower, 1) };
  }

  protected override _mean(): tf.Tensor {
    return this.rate;
  }

  protected override _variance(): tf.Tensor {
    return this.rate;
  }

  /** The larger of two equally likely counts. */
  protected override _mode(): tf.Tensor {
    return tf.floor(this.rate);
  }

  get #hasLogRate(): boolean {
    return this.#parameter.name === "logRate";
  }
}

/** P(count) over a tail probability, Infinity where that is 0. */
function pmfOverTail(count: tf.Tensor, rate: tf.Tensor, logTail: tf.Tensor): tf.Tensor {
  const ratio = tf.exp(tf.sub(logPoissonTerm(count, rate, tf.log(rate)), logTail));
  return tf.where(tf.equal(logTail, Number.NEGATIVE_INFINITY), tf.fill(ratio.shape, Number.POSITIVE_INFINITY), ratio);
}

/** `count / rate`, 0 where the count is 0 also at a rate of 0. */
function countOverRate(count: tf.Tensor, rate: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(count, 0), tf.zerosLike(rate), tf.div(count, rate));
}
