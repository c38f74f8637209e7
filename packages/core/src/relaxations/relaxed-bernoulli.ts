import {
  broadcastShapes,
  detached,
  logOdds,
  Parameter,
  type ParameterValue,
  positive,
  probability,
  toOneShape,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { zeroWhere } from "../base/boundary.js";
import type {
  DistributionOptions,
  SampleAndLogProb,
  SampleAndLogProbOptions,
  SampleOptions,
} from "../base/distribution.js";
import { Bernoulli } from "../distributions/bernoulli.js";
import {
  certainLogOdds,
  checkBits,
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
import { logisticLogProb, toLimitAtEdges } from "./binary-density.js";
import { type LogitDraw, logOddsAt, RelaxedBinary } from "./relaxed-binary.js";

/** Parameters of {@link RelaxedBernoulli} and {@link LogitRelaxedBernoulli}. */
export interface RelaxedBernoulliOptions extends DistributionOptions {
  /** Temperature, > 0; broadcasts against the logits. */
  readonly temperature: ParameterValue;
  /** Log-odds of 1, `[...batch]`; infinite for a certain bit. Exactly one of `logits` and `probs` is given. */
  readonly logits?: ParameterValue;
  /** Probability of 1, in [0, 1], `[...batch]`. */
  readonly probs?: ParameterValue;
}

/**
 * Relaxed Bernoulli distribution, also called binary Concrete: `z = sigmoid((logits + logistic noise) / temperature)` in
 * (0, 1), a relaxation of {@link Bernoulli} (Maddison, Mnih and Teh 2017, appendix B). The first coordinate of a
 * Concrete over two categories whose logits differ by `logits`.
 *
 * Shapes: event `[]`, batch: the broadcast shape of temperature and logits. Between two of one temperature (the same
 * tensor, or equal numbers) KL is closed: `d coth(d / 2) - 2` with d the difference of the logits. Float32:
 * `sampleAndLogProb` and the log-odds are exact where z rounds to 0 or 1; `logProb(0)` and `logProb(1)` are the limit,
 * +Infinity below temperature 1 and -Infinity above; `validate: 'values'` refuses them. A bit of probability 0 or 1
 * (infinite `logits`) is certain, as a category that {@link Concrete} excludes: each draw is 0 or 1 itself, with
 * log-density 0 there and -Infinity elsewhere.
 *
 * @example
 * ```ts
 * const bit = new RelaxedBernoulli({ temperature: 0.5, logits: [-1, 0, 1] });
 * const z = bit.sample(createRng(1), [100]); // [100, 3]
 * const logit = bit.sampleLogit(createRng(1), [100]); // z = sigmoid(logit)
 * ```
 */
export class RelaxedBernoulli extends RelaxedBinary {
  private readonly temperatureParameter: Parameter;
  private readonly weight: Parameter;
  private readonly given: { readonly logits?: ParameterValue; readonly probs?: ParameterValue };

  /**
   * @param name Its name in error messages, for subclasses.
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain.
   */
  constructor(options: RelaxedBernoulliOptions, name = "RelaxedBernoulli") {
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
    this.temperatureParameter = temperatureParameter;
    this.weight = weight;
    this.given = logits === undefined ? { probs } : { logits };
  }

  /** The temperature: the given tensor, or a new one. */
  get temperature(): tf.Tensor {
    return this.temperatureParameter.tensor;
  }

  /** Log-odds of 1: the given tensor, or a new one. Infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    const { tensor } = this.weight;
    return this.given.probs === undefined ? tensor : logOddsOf(tensor);
  }

  override get logForm(): RelaxedBernoulli | undefined {
    const { temperature, logits, validate } = this;
    return new LogitRelaxedBernoulli({ temperature, logits, validate });
  }

  /** The distribution of the log-odds, logistic. Its parameters are new tensors. */
  override get ofLogit(): Logistic {
    const { temperature } = this;
    return new Logistic({ loc: tf.div(this.logits, temperature), scale: tf.reciprocal(temperature) });
  }

  /** Whether the temperature is that of `other` for certain: one tensor object, or equal numbers. */
  hasTemperatureOf(other: RelaxedBernoulli): boolean {
    return this.temperatureParameter.equals(other.temperatureParameter);
  }

  /** The Bernoulli distribution of z > 1/2. */
  discrete(): Bernoulli {
    return new Bernoulli({ ...this.given, validate: this.validate });
  }

  /** The finite logits, and which bits are certain. */
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

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { value, logProb } = super._sampleLogAndLogProb(rng, sampleShape, options);
    return { value, logProb: whereCertain(this.split.certain, logProb, tf.scalar(0)) };
  }

  protected _logDensityOfLogit(logit: tf.Tensor): tf.Tensor {
    const { finite, certain } = this.split;
    const usual = logisticLogProb(tf.sub(finite, tf.mul(this.temperature, logit)), this.temperature);
    return whereCertain(certain, usual, logOfTruth(tf.equal, logit, certainLogOdds(certain)));
  }

  protected override _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    const { finite, certain } = this.split;
    const atEdge = detached((x) => tf.cast(tf.equal(tf.abs(x), Number.POSITIVE_INFINITY), "float32"), logit);
    const inside = super._logProbFromLog(zeroWhere(atEdge, logit));
    const correction = toLimitAtEdges(inside, { logit, atEdge, logits: finite, temperature: this.temperature });
    const point = logOfTruth(tf.equal, logit, certainLogOdds(certain));
    return whereCertain(certain, tf.add(inside, correction), point);
  }

  protected override _logCdf(value: tf.Tensor): tf.Tensor {
    return this.withCertain(
      value,
      (x) => this.ofUncertain.logCdf(logOddsAt(tf.clipByValue(x, 0, 1))),
      (certain) => logOfTruth(tf.greaterEqual, value, tf.step(certain)),
    );
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.sigmoid(this.quantileOfLogit(probability));
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    checkBits(owner, value, this.split.certain, {
      allowed: "lie in (0, 1)",
      isAllowed: (z) => z > 0 && z < 1,
      point: (certain) => Math.max(certain, 0),
    });
  }

  /** Log-odds whose cdf is `probability`. */
  protected quantileOfLogit(probability: tf.Tensor): tf.Tensor {
    return this.withCertain(probability, (p) => this.ofUncertain.quantile(p), certainLogOdds);
  }

  /** `usual(x)`, but `point` where the bit is certain. */
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

/**
 * The log-odds of a {@link RelaxedBernoulli} draw: logistic with mean `logits / temperature` and scale `1 / temperature`.
 * `logProb` is with respect to the log-odds. Shapes as there.
 *
 * @example
 * ```ts
 * const bit = new LogitRelaxedBernoulli({ temperature: 0.01, logits: 80 });
 * bit.sampleAndLogProb(createRng(1)); // both finite
 * ```
 */
export class LogitRelaxedBernoulli extends RelaxedBernoulli {
  /** @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain. */
  constructor(options: RelaxedBernoulliOptions) {
    super(options, "LogitRelaxedBernoulli");
  }

  override get isLogSpace(): boolean {
    return true;
  }

  override get logForm(): undefined {
    return undefined;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    if (hard) {
      throw new TypeError(
        "LogitRelaxedBernoulli.sample: the log-odds of 0 and 1 are infinite; use hard with RelaxedBernoulli",
      );
    }
    return this._sampleLog(rng, sampleShape);
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { logit, logProb } = this._drawLogit(rng, sampleShape, options);
    return { value: logit, logProb };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    return this._sampleLogAndLogProb(rng, sampleShape, options);
  }

  protected override _logProb(value: tf.Tensor): tf.Tensor {
    return this._logDensityOfLogit(value);
  }

  protected override _mean(): tf.Tensor {
    return this.ofLogit.mean();
  }

  protected override _mode(): tf.Tensor {
    return this.ofLogit.mode();
  }

  protected override _variance(): tf.Tensor {
    return whereCertain(this.split.certain, this.ofUncertain.variance(), tf.scalar(0));
  }

  protected override _entropy(): tf.Tensor {
    return whereCertain(this.split.certain, this.ofUncertain.entropy(), tf.scalar(0));
  }

  protected override _logCdf(logit: tf.Tensor): tf.Tensor {
    return this.withCertain(
      logit,
      (x) => this.ofUncertain.logCdf(x),
      (certain) => logOfTruth(tf.greaterEqual, logit, certainLogOdds(certain)),
    );
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return this.quantileOfLogit(probability);
  }

  protected override _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    return this._logDensityOfLogit(logit);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    checkBits(owner, value, this.split.certain, {
      allowed: "be finite log-odds",
      isAllowed: Number.isFinite,
      point: (certain) => certain * Number.POSITIVE_INFINITY,
    });
  }
}

// Of one temperature, the log-odds times it are logistic of scale 1 around the logits.
registerKl(RelaxedBernoulli, RelaxedBernoulli, (q, p) => {
  if (q.isLogSpace !== p.isLogSpace || !q.hasTemperatureOf(p)) {
    return "their temperatures are not known to be equal";
  }
  const [ofQ, ofP] = [splitLogOdds(q.logits), splitLogOdds(p.logits)];
  const usual = closedKl(new Logistic({ loc: ofQ.finite, scale: 1 }), new Logistic({ loc: ofP.finite, scale: 1 }));
  // A certain bit has no density where another has one.
  const [certainQ, certainP] = toOneShape(ofQ.certain, ofP.certain) as [tf.Tensor, tf.Tensor];
  const anyCertain = tf.maximum(tf.abs(certainQ), tf.abs(certainP));
  return typeof usual === "object"
    ? whereCertain(anyCertain, usual, tf.neg(logOfTruth(tf.equal, certainQ, certainP)))
    : usual;
});
