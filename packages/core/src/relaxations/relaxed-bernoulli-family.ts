import {
  broadcastShapes,
  logOdds,
  Parameter,
  type ParameterValue,
  positive,
  probability,
  toOneShape,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions, SampleAndLogProbOptions } from "../base/distribution.js";
import { Bernoulli } from "../distributions/bernoulli.js";
import {
  certainLogOdds,
  type LogOddsSplit,
  logOddsOf,
  logOfTruth,
  splitLogOdds,
  whereCertain,
} from "../distributions/certain-bits.js";
import { Logistic } from "../distributions/logistic.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import { stopGradient } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { logisticLogProb } from "./binary-density.js";
import { type LogitDraw, RelaxedBinary } from "./relaxed-binary.js";

/** Parameters of RelaxedBernoulli and LogitRelaxedBernoulli. */
export interface RelaxedBernoulliOptions extends DistributionOptions {
  /** Temperature, > 0; broadcasts against the logits. */
  readonly temperature: ParameterValue;
  /** Log-odds of 1, `[...batch]`; infinite for a certain bit. Exactly one of `logits` and `probs` is given. */
  readonly logits?: ParameterValue;
  /** Probability of 1, in [0, 1], `[...batch]`. */
  readonly probs?: ParameterValue;
}

/** The common part of RelaxedBernoulli and LogitRelaxedBernoulli: parameters, draws and densities of the log-odds. */
export abstract class RelaxedBernoulliFamily extends RelaxedBinary {
  readonly #temperatureParameter: Parameter;
  readonly #weight: Parameter;
  readonly #given: { readonly logits?: ParameterValue; readonly probs?: ParameterValue };

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain.
   */
  constructor(name: string, options: RelaxedBernoulliOptions) {
    const { temperature, logits, probs, validate = "shapes" } = options;
    if ((logits === undefined) === (probs === undefined)) {
      throw new TypeError(
        `${name}: exactly one of logits and probs must be given, got ${logits === undefined ? "neither" : "both"}`,
      );
    }
    const temperatureParameter = new Parameter(name, "temperature", temperature, positive, validate);
    const weight =
      logits === undefined
        ? new Parameter(name, "probs", probs as ParameterValue, probability, validate)
        : new Parameter(name, "logits", logits, logOdds, validate);
    const batchShape = broadcastShapes(name, { temperature: temperatureParameter.shape, [weight.name]: weight.shape });
    super(name, { batchShape, eventShape: [] }, { validate });
    this.#temperatureParameter = temperatureParameter;
    this.#weight = weight;
    this.#given = logits === undefined ? { probs } : { logits };
  }

  /** The temperature: the given tensor, or a new one. */
  get temperature(): tf.Tensor {
    return this.#temperatureParameter.tensor;
  }

  /** Log-odds of 1: the given tensor, or a new one. Infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    const { tensor } = this.#weight;
    return this.#given.probs === undefined ? tensor : logOddsOf(tensor);
  }

  /** The distribution of the log-odds, logistic. Its parameters are new tensors. */
  override get ofLogit(): Logistic {
    const { temperature } = this;
    return new Logistic({ loc: tf.div(this.logits, temperature), scale: tf.reciprocal(temperature) });
  }

  /** Whether the temperature is known to equal that of `other`: one tensor object, or equal numbers. */
  hasTemperatureOf(other: RelaxedBernoulliFamily): boolean {
    return this.#temperatureParameter.equals(other.#temperatureParameter);
  }

  /** The Bernoulli distribution of z > 1/2. */
  discrete(): Bernoulli {
    return new Bernoulli({ ...this.#given, validate: this.validate });
  }

  /** The finite logits, and the mask of certain bits. */
  protected get split(): LogOddsSplit {
    return splitLogOdds(this.logits);
  }

  protected _drawLogit(rng: Rng, sampleShape: readonly number[], options: SampleAndLogProbOptions): LogitDraw {
    const { temperature } = this;
    const { finite: logits, certain } = this.split;
    const shape = this.sampleShapeOf(sampleShape);
    // The difference of two Gumbel draws is logistic, with float32's resolution in both tails.
    const noise = tf.sub(rng.gumbel(shape), rng.gumbel(shape));
    const logit = whereCertain(certain, tf.div(tf.add(logits, noise), temperature), certainLogOdds(certain));
    const withPoints = (logProb: tf.Tensor) => ({ logit, logProb: whereCertain(certain, logProb, tf.scalar(0)) });
    if (!options.stickTheLanding) {
      // logits - temperature * logit is the negative noise. The difference is 0: it keeps the logits in the graph.
      return withPoints(logisticLogProb(tf.sub(tf.sub(logits, logits), noise), temperature));
    }
    const fixed = stopGradient(temperature);
    const unit = tf.div(fixed, temperature);
    const scores = tf.sub(tf.sub(stopGradient(logits), tf.mul(logits, unit)), tf.mul(noise, unit));
    return withPoints(logisticLogProb(scores, fixed));
  }

  protected _logDensityOfLogit(logit: tf.Tensor): tf.Tensor {
    const { finite, certain } = this.split;
    const usual = logisticLogProb(tf.sub(finite, tf.mul(this.temperature, logit)), this.temperature);
    return whereCertain(certain, usual, logOfTruth(tf.equal, logit, certainLogOdds(certain)));
  }

  /** Log-odds whose cdf is `probability`. */
  protected quantileOfLogit(probability: tf.Tensor): tf.Tensor {
    return this.withCertain(probability, (p) => this.ofUncertain.quantile(p), certainLogOdds);
  }

  /** `usual(x)`, or `point` where the bit is certain. */
  protected withCertain(
    x: tf.Tensor,
    usual: (x: tf.Tensor) => tf.Tensor,
    point: (certain: tf.Tensor) => tf.Tensor,
  ): tf.Tensor {
    const { certain } = this.split;
    return whereCertain(certain, usual(x), point(certain));
  }

  /** {@link ofLogit} with finite parameters. */
  protected get ofUncertain(): Logistic {
    const { temperature } = this;
    return new Logistic({ loc: tf.div(this.split.finite, temperature), scale: tf.reciprocal(temperature) });
  }
}

// With equal temperatures, the log-odds times the temperature are logistic with scale 1 and mean `logits`.
registerKl(RelaxedBernoulliFamily, RelaxedBernoulliFamily, (q, p) => {
  if (q.isLogSpace !== p.isLogSpace || !q.hasTemperatureOf(p)) return "their temperatures are not known to be equal";
  const [ofQ, ofP] = [splitLogOdds(q.logits), splitLogOdds(p.logits)];
  const usual = closedKl(new Logistic({ loc: ofQ.finite, scale: 1 }), new Logistic({ loc: ofP.finite, scale: 1 }));
  // A certain bit and an uncertain one have no common density.
  const [certainQ, certainP] = toOneShape(ofQ.certain, ofP.certain) as [tf.Tensor, tf.Tensor];
  const anyCertain = tf.maximum(tf.abs(certainQ), tf.abs(certainP));
  return typeof usual === "object"
    ? whereCertain(anyCertain, usual, tf.neg(logOfTruth(tf.equal, certainQ, certainP)))
    : usual;
});
