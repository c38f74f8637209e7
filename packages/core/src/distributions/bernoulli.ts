import * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { Parameter, type ParameterValue } from "../base/parameter.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logOfComplement, logOfProbability, timesLog } from "./zero-probability.js";

/** Parameters of {@link Bernoulli}. */
export interface BernoulliOptions extends DistributionOptions {
  /** Log-odds of 1, finite, `[...batch]`. Exactly one of `logits` and `probs` is given. */
  readonly logits?: ParameterValue;
  /** Probability of 1, in [0, 1], `[...batch]`. */
  readonly probs?: ParameterValue;
}

/**
 * Bernoulli distribution: 1 with probability `probs = sigmoid(logits)`, else 0; float32.
 * Shapes: event `[]`, batch that of the parameter. Samples carry no gradient; see RelaxedBernoulli for one that does.
 *
 * `logProb(x)` is linear in x: between 0 and 1 it is the negative cross-entropy, as likelihoods of grey images use it.
 * Float32: with `logits` log-probabilities are exact in both tails.
 *
 * @example
 * ```ts
 * const pixel = new Bernoulli({ logits: [0, 2] });
 * pixel.logProb([1, 1]); // [-0.6931, -0.1269]
 * pixel.mean(); // [0.5, 0.8808]
 * ```
 */
export class Bernoulli extends Distribution {
  readonly isReparameterized = false;
  private readonly parameter: Parameter;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain.
   */
  constructor({ logits, probs, validate = "shapes" }: BernoulliOptions) {
    if ((logits === undefined) === (probs === undefined)) {
      throw new TypeError(
        `Bernoulli: exactly one of logits and probs must be given, got ${logits === undefined ? "neither" : "both"}`,
      );
    }
    const parameter =
      logits === undefined
        ? new Parameter("Bernoulli", "probs", probs as ParameterValue, "probability", validate)
        : new Parameter("Bernoulli", "logits", logits, "real", validate);
    super("Bernoulli", { batchShape: parameter.shape, eventShape: [] }, { validate });
    this.parameter = parameter;
  }

  /** Log-odds of 1: the tensor that was given, or a new one. Infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tensor : tf.sub(tf.log(tensor), tf.log1p(tf.neg(tensor)));
  }

  /** Probability of 1: the tensor that was given, or a new one. */
  get probs(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tf.sigmoid(tensor) : tensor;
  }

  /** log P(1) and log P(0); -Infinity where impossible. */
  logProbsOfOneAndZero(): [tf.Tensor, tf.Tensor] {
    const { tensor } = this.parameter;
    return this.hasLogits
      ? [tf.neg(tf.softplus(tf.neg(tensor))), tf.neg(tf.softplus(tensor))]
      : [logOfProbability(tensor), logOfComplement(tensor)];
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // 1 if an exponential draw is below -log P(0), in Gumbel form: probabilities far below a uniform's steps keep their
    // share.
    const { tensor } = this.parameter;
    const threshold = this.hasLogits ? tf.softplus(tensor) : tf.neg(tf.log1p(tf.neg(tensor)));
    return tf.step(tf.add(rng.gumbel(this.sampleShapeOf(sampleShape)), tf.log(threshold)));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const { tensor } = this.parameter;
    if (this.hasLogits) {
      // x logits - softplus(logits), with the part that would cancel in it left out.
      const certain = tf.sub(tf.mul(x, tensor), tf.relu(tensor));
      return tf.sub(certain, tf.log1p(tf.exp(tf.neg(tf.abs(tensor)))));
    }
    const [logOne, logZero] = this.logProbsOfOneAndZero();
    return tf.add(timesLog(x, logOne), timesLog(tf.sub(1, x), logZero));
  }

  protected override _mean(): tf.Tensor {
    return this.probs;
  }

  /** 0 where both are equally likely. */
  protected override _mode(): tf.Tensor {
    return tf.step(tf.sub(this.probs, 0.5));
  }

  protected override _variance(): tf.Tensor {
    const { probs } = this;
    const complement = this.hasLogits ? tf.sigmoid(tf.neg(this.parameter.tensor)) : tf.sub(1, probs);
    return tf.mul(probs, complement);
  }

  protected override _entropy(): tf.Tensor {
    return tf.neg(this.expectedLog(this.logProbsOfOneAndZero()));
  }

  protected override _cdf(x: tf.Tensor): tf.Tensor {
    const isAtLeastZero = tf.sub(1, tf.step(tf.neg(x)));
    const isAtLeastOne = tf.sub(1, tf.step(tf.sub(1, x)));
    return tf.add(tf.mul(isAtLeastZero, tf.sub(1, this.probs)), tf.mul(isAtLeastOne, this.probs));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    const isAtLeastZero = tf.sub(1, tf.step(tf.neg(x)));
    const isBelowOne = tf.step(tf.sub(1, x));
    const [, logZero] = this.logProbsOfOneAndZero();
    return tf.add(timesLog(tf.mul(isAtLeastZero, isBelowOne), logZero), logOfProbability(isAtLeastZero));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    for (const value of x.dataSync()) {
      if (!(value >= 0 && value <= 1)) {
        throw new RangeError(`${owner}: a value must lie in [0, 1], got ${value}`);
      }
    }
  }

  /** The mean of a value that is `one` at 1 and `zero` at 0. */
  expectedLog([one, zero]: readonly [tf.Tensor, tf.Tensor]): tf.Tensor {
    const { probs } = this;
    const complement = this.hasLogits ? tf.sigmoid(tf.neg(this.parameter.tensor)) : tf.sub(1, probs);
    return tf.add(timesLog(probs, one), timesLog(complement, zero));
  }

  private get hasLogits(): boolean {
    return this.parameter.name === "logits";
  }
}

registerKl(Bernoulli, Bernoulli, (q, p) =>
  tf.sub(q.expectedLog(q.logProbsOfOneAndZero()), q.expectedLog(p.logProbsOfOneAndZero())),
);
