import { broadcastTensor } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { SampleAndLogProb, SampleAndLogProbOptions } from "../base/distribution.js";
import { registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import { withValueSlope } from "../gradients/value-slope.js";
import type { Rng } from "../random/rng.js";
import { digamma } from "../special/digamma.js";
import { gammaDivergence, gammaEntropy } from "../special/gamma-divergence.js";
import { drawLogGamma } from "../special/gamma-draw.js";
import { logIncompleteBeta } from "../special/incomplete-beta.js";
import type { LogTails } from "../special/incomplete-gamma.js";
import { atEnds, betaLogitQuantile } from "../special/inverse-tails.js";
import { logBinomialTerm, type Odds } from "../special/saddle-point.js";
import { ConcentrationPair, type ConcentrationPairOptions } from "./concentration-pair.js";
import { aboveZero, limitAtZero, limitTails } from "./edge-of-support.js";

/** Parameters of {@link Beta}. */
export interface BetaOptions extends ConcentrationPairOptions {}

/**
 * Beta distribution on (0, 1), density proportional to `x^(concentration1 - 1) (1 - x)^(concentration0 - 1)`; the names
 * are those of torch and TensorFlow Probability. Shapes: event `[]`; batch: the parameters' broadcast shape. The KL
 * divergence between two of them has a closed form.
 *
 * Samples carry gradients by implicit reparameterization (Figurnov, Mohamed and Mnih 2018), and can be traced by a
 * compiler. `sampleAndLogProb` computes the density from the logit of the draw: it is finite where the draw rounds to 0
 * or 1, while `logProb` is infinite there. Float32: log-densities and both tails keep 1e-5 for concentrations to 10^6.
 *
 * @example
 * ```ts
 * const share = new Beta({ concentration1: 2, concentration0: 5 });
 * share.mean(); // 0.2857
 * share.logProb(0.3); // 0.7705
 * share.logCdf(1e-6); // -24.923
 * ```
 */
export class Beta extends ConcentrationPair {
  /** @throws RangeError if a number is not > 0, or the shapes do not broadcast. */
  constructor(options: BetaOptions) {
    super("Beta", options);
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.sigmoid(this.#drawLogit(rng, sampleShape));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const logit = this.#drawLogit(rng, sampleShape);
    const ofLogit = (y: tf.Tensor) => this.#logDensity(oddsOf(y));
    return {
      value: tf.sigmoid(logit),
      logProb: stickTheLanding ? alongPath(logit, ofLogit) : ofLogit(logit),
    };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const [power1, power0] = [tf.sub(this.concentration1, 1), tf.sub(this.concentration0, 1)];
    // Clipped, as the logarithms are: outside the gradient is 0.
    const density = withValueSlope(
      tf.clipByValue(x, 1e-30, 1),
      (value) => this.#logDensity(oddsAt(value)),
      (value, ofZero, ofOne) =>
        tf.sub(tf.div(ofZero as tf.Tensor, value), tf.div(ofOne as tf.Tensor, aboveZero(tf.sub(1, value)))),
      power1,
      power0,
    );
    return tf.add(density, tf.add(limitAtZero(x, power1), limitAtZero(tf.sub(1, x), power0)));
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    const tails = { lower: probability, upper: tf.sub(1, probability) };
    const { start, step } = betaLogitQuantile(this.concentration1, this.concentration0, tails);
    return atEnds(probability, tf.sigmoid(tf.add(start, step)), 0, 1);
  }

  protected override _mean(): tf.Tensor {
    return tf.div(this.concentration1, this.#total);
  }

  /**
   * NaN if neither concentration is above 1: the density is then constant, or largest at an end, where it may be
   * infinite.
   */
  protected override _mode(): tf.Tensor {
    const [above1, above0] = [this.concentration1, this.concentration0].map((c) => tf.relu(tf.sub(c, 1))) as [
      tf.Tensor,
      tf.Tensor,
    ];
    return tf.div(above1, tf.add(above1, above0));
  }

  protected override _variance(): tf.Tensor {
    const mean = this._mean();
    const complement = tf.div(this.concentration0, this.#total);
    return tf.div(tf.mul(mean, complement), tf.add(this.#total, 1));
  }

  protected override _entropy(): tf.Tensor {
    const total = this.#total;
    const { concentration1, concentration0 } = this;
    const parts = tf.add(gammaEntropy(concentration1), gammaEntropy(concentration0));
    return tf.sub(tf.sub(parts, gammaEntropy(total)), digamma(total));
  }

  get #total(): tf.Tensor {
    return tf.add(this.concentration1, this.concentration0);
  }

  #drawLogit(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const shape = this.sampleShapeOf(sampleShape);
    const draw = (concentration: tf.Tensor) => drawLogGamma(rng, broadcastTensor(concentration, shape));
    return tf.sub(draw(this.concentration1), draw(this.concentration0));
  }

  #logDensity(odds: Odds): tf.Tensor {
    const { concentration1: a, concentration0: b } = this;
    const normalizer = tf.sub(tf.add(tf.log(a), tf.log(b)), tf.log(tf.add(a, b)));
    const ofOdds = tf.add(odds.logProbs, odds.logComplement);
    return tf.sub(tf.add(normalizer, logBinomialTerm(a, b, odds)), ofOdds);
  }

  protected override _logTails(x: tf.Tensor): LogTails {
    const { logLower, logUpper } = logIncompleteBeta(this.concentration1, this.concentration0, oddsAt(x));
    return limitTails(x, logLower, logUpper, 1);
  }
}

function oddsAt(x: tf.Tensor): Odds {
  const [probs, complement] = [aboveZero(x), aboveZero(tf.sub(1, x))];
  return { probs, complement, logProbs: tf.log(probs), logComplement: tf.log(complement) };
}

function oddsOf(logit: tf.Tensor): Odds {
  return {
    probs: tf.sigmoid(logit),
    complement: tf.sigmoid(tf.neg(logit)),
    logProbs: tf.neg(tf.softplus(tf.neg(logit))),
    logComplement: tf.neg(tf.softplus(logit)),
  };
}

// Two gamma variables of one rate correspond to their sum and an independent share of it, so the divergences add up.
registerKl(Beta, Beta, (q, p) => {
  const [q1, q0, p1, p0] = [q.concentration1, q.concentration0, p.concentration1, p.concentration0];
  const parts = tf.add(gammaDivergence(q1, p1), gammaDivergence(q0, p0));
  return tf.sub(parts, gammaDivergence(tf.add(q1, q0), tf.add(p1, p0)));
});
