import {
  alongLast,
  broadcastShapes,
  broadcastTensor,
  detached,
  formatShape,
  logSoftmaxLast,
  logWeights,
  Parameter,
  type ParameterValue,
  positive,
  probabilities,
  toOneShape,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, splitBoundary, zeroWhere } from "../base/boundary.js";
import type { DistributionOptions, SampleAndLogProbOptions } from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { type Support, supports } from "../base/support.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { logOfProbability } from "../distributions/zero-probability.js";
import { stopGradient } from "../gradients/path-gradient.js";
import {
  isKnownFinite,
  leavesFace,
  logFactorialBelow,
  minusInfinityAt,
  type PossibleCategories,
  possibleCategories,
  sumOverPossible,
  withoutExcluded,
} from "./possible-categories.js";
import { checkSimplexLogs } from "./simplex-support.js";

/** Parameters of {@link Concrete} and {@link ExpConcrete}. */
export interface ConcreteOptions extends DistributionOptions {
  /**
   * Temperature, > 0, of shape `[...batch]`: it broadcasts against the batch shape only, so `[64, 1]` with logits
   * `[64, 10]` makes a batch of `[64, 64]`, as in TensorFlow Probability.
   */
  readonly temperature: ParameterValue;
  /**
   * Logarithms of the weights alpha, `[..., K]`, up to a constant; -Infinity excludes a category. Exactly one of `logits` and
   * `probs` is given.
   */
  readonly logits?: ParameterValue;
  /** Probabilities, `[..., K]`, which sum to 1 on the last axis; 0 excludes a category. */
  readonly probs?: ParameterValue;
}

/** The common part of Concrete and ExpConcrete: parameters, the sample in logs, and its log-density in two forms. */
export abstract class ConcreteFamily extends RelaxedDistribution {
  readonly isReparameterized = true;
  /** Number of categories K. */
  readonly categories: number;
  readonly #temperatureParameter: Parameter;
  readonly #weights: Parameter;
  readonly #hasLogits: boolean;
  readonly #given: ParameterValue;

  override get support(): Support {
    return this.isLogSpace ? supports.logSimplex : supports.simplex;
  }

  protected constructor(name: string, { temperature, logits, probs, validate = "shapes" }: ConcreteOptions) {
    if ((logits === undefined) === (probs === undefined)) {
      throw new TypeError(
        `${name}: exactly one of logits and probs must be given, got ${logits === undefined ? "neither" : "both"}`,
      );
    }
    const hasLogits = logits !== undefined;
    const weights = hasLogits
      ? new Parameter(name, "logits", logits, logWeights, validate)
      : new Parameter(name, "probs", probs as ParameterValue, probabilities, validate);
    const temperatureParameter = new Parameter(name, "temperature", temperature, positive, validate);
    const categories = weights.shape.at(-1) ?? 0;
    if (categories < 2) {
      throw new RangeError(
        `${name}: ${weights.name} must have at least 2 categories on its last axis, got shape ${formatShape(weights.shape)}`,
      );
    }
    const batchShape = broadcastShapes(name, {
      temperature: temperatureParameter.shape,
      [`${weights.name} without its last axis`]: weights.shape.slice(0, -1),
    });
    super(name, { batchShape, eventShape: [categories] }, { validate });
    this.categories = categories;
    this.#temperatureParameter = temperatureParameter;
    this.#weights = weights;
    this.#hasLogits = hasLogits;
    this.#given = hasLogits ? logits : (probs as ParameterValue);
  }

  /** The temperature as a tensor, `[...batch]`: the one that was given, or a new one. */
  get temperature(): tf.Tensor {
    return this.#temperatureParameter.tensor;
  }

  /** The logits, `[..., K]`: the given tensor, or a new one, -Infinity where a probability is 0. Not normalized. */
  get logits(): tf.Tensor {
    return this.#hasLogits ? this.#weights.tensor : logOfProbability(this.#weights.tensor);
  }

  /**
   * The categorical distribution over one-hot vectors with the same weights: the distribution of the largest coordinate
   * of z.
   */
  discrete(): OneHotCategorical {
    const { validate } = this;
    return new OneHotCategorical(
      this.#hasLogits ? { logits: this.#given, validate } : { probs: this.#given, validate },
    );
  }

  /** The temperature against `[..., K]`. */
  get #temperatureColumn(): tf.Tensor {
    const { tensor } = this.#temperatureParameter;
    return tensor.rank === 0 ? tensor : tf.expandDims(tensor, -1);
  }

  /** log z of eq 6 from Gumbel noise `[..., K]`; -Infinity for excluded categories. */
  protected logSample(gumbel: tf.Tensor): tf.Tensor {
    // Rounding at large logits would lose the noise, and at large quotients their last digits, so the maximum is
    // subtracted first, both times. It is a constant, since log z does not depend on it.
    const { logits, isExcluded } = possibleCategories(this.logits);
    const possible = withoutExcluded(logits, isExcluded);
    const scores = tf.add(tf.sub(possible, alongLast(largest(possible), possible)), gumbel);
    const logValue = logSoftmaxLast(
      tf.div(tf.sub(scores, alongLast(largest(scores), scores)), this.#temperatureColumn),
    );
    return minusInfinityAt(isExcluded, logValue);
  }

  /**
   * Log-density of `logSample(gumbel)` with respect to `log z_k - log z_K`. There `logits - temperature log z` is the
   * negative noise, up to a constant that cancels: no large numbers are subtracted, for any logits and temperature.
   */
  protected logProbOfNoise(gumbel: tf.Tensor, { stickTheLanding = false }: SampleAndLogProbOptions): tf.Tensor {
    const temperature = this.#temperatureColumn;
    const { logits, isExcluded, count } = possibleCategories(this.logits);
    // Both differences are 0. The first has the slope of the path log q(z; stop(parameters)). The second has no slope;
    // it keeps the logits in the graph, since tfjs throws for a gradient without a path.
    const scores = stickTheLanding
      ? tf.sub(
          tf.sub(stopGradient(logits), tf.mul(logits, unitSlope(temperature))),
          tf.mul(gumbel, unitSlope(temperature)),
        )
      : tf.sub(tf.sub(logits, logits), gumbel);
    const sharpness = stickTheLanding ? stopGradient(this.temperature) : this.temperature;
    return tf.add(logSoftmaxSum(scores, isExcluded), this.#logNormalizer(sharpness, count));
  }

  /** The sum of log z over the categories that are not excluded, `[...]`. */
  protected sumOfLogs(logValue: tf.Tensor): tf.Tensor {
    return sumOverPossible(logValue, possibleCategories(this.logits).isExcluded);
  }

  /** Log-density at `log z` with respect to `log z_k - log z_K`; -Infinity where a possible coordinate of z is 0. */
  protected logDensityOfRatios(logValue: tf.Tensor): tf.Tensor {
    const categories = possibleCategories(this.logits);
    const { finite, isZero } = splitBoundary(logValue);
    const zeros = zerosOnFace(isZero, categories.isExcluded);
    const interior = this.#interiorLogDensity(finite, categories);
    return onFace(tf.add(interior, infinityAt(zeros, tf.fill(zeros.shape, -1))), isZero, categories.isExcluded);
  }

  /**
   * Log-density at `log z` with respect to the first K-1 coordinates of z (eq 7). Where m of them are 0, it is the
   * limit along a straight line from the centre of the face's neighbourhood: with all m equal to e^-L, eq 7 grows as L
   * (m - (K - m) temperature). Excluded categories count in neither K nor m.
   */
  protected logDensityOfSimplex(logValue: tf.Tensor): tf.Tensor {
    const categories = possibleCategories(this.logits);
    const { isExcluded, count } = categories;
    if (isExcluded === undefined && isKnownFinite(logValue)) {
      return tf.sub(this.#interiorLogDensity(logValue, categories), tf.sum(logValue, -1));
    }
    const { finite, isZero } = splitBoundary(logValue);
    const zeros = zerosOnFace(isZero, isExcluded);
    const interior = tf.sub(this.#interiorLogDensity(finite, categories), sumOverPossible(finite, isExcluded));
    const growth = detached(
      (zero, total, temperature) => tf.sub(zero, tf.mul(tf.sub(total, zero), temperature)),
      zeros,
      count,
      this.temperature,
    );
    const limit = tf.add(this.#balancedLimit(finite, isZero, zeros, categories), infinityAt(zeros, growth));
    return onFace(tf.add(interior, limit), isZero, isExcluded);
  }

  /** Rejects points without a density under `validate: 'values'`, given their logarithms. Reads data. */
  protected checkLogs(owner: string, logValue: tf.Tensor): void {
    checkSimplexLogs(owner, logValue, possibleCategories(this.logits).isExcluded);
  }

  #interiorLogDensity(logValue: tf.Tensor, { logits, isExcluded, count }: PossibleCategories): tf.Tensor {
    const scores = tf.sub(logits, tf.mul(this.#temperatureColumn, logValue));
    return tf.add(logSoftmaxSum(scores, isExcluded), this.#logNormalizer(this.temperature, count));
  }

  /** log((K-1)!) + (K-1) log temperature, with K the number of categories that are not excluded. */
  #logNormalizer(temperature: tf.Tensor, count: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(tf.sub(count, 1), tf.log(temperature)), logFactorialBelow(count, this.categories));
  }

  /**
   * On the boundary only coordinates that are 0 remain in eq 7's denominator; this is the change of -K times its
   * logarithm.
   */
  #balancedLimit(
    finite: tf.Tensor,
    isZero: tf.Tensor,
    zeros: tf.Tensor,
    { logits, isExcluded, count }: PossibleCategories,
  ): tf.Tensor {
    return detached(
      (logZ, mask, zeroCount, logits, temperature, total) => {
        const scores = withoutExcluded(tf.sub(logits, tf.mul(temperature, logZ)), isExcluded);
        const ofZeros = tf.logSumExp(tf.sub(scores, tf.mul(1e30, tf.sub(1, mask))), -1);
        const change = tf.mul(total, tf.sub(tf.logSumExp(scores, -1), ofZeros));
        return tf.where(tf.greater(broadcastTensor(zeroCount, change.shape), 0), change, tf.zerosLike(change));
      },
      finite,
      isZero,
      zeros,
      logits,
      this.#temperatureColumn,
      count,
    );
  }
}

/** The sum of `logSoftmax(scores)` over the categories that are not excluded. */
function logSoftmaxSum(scores: tf.Tensor, isExcluded: tf.Tensor | undefined): tf.Tensor {
  return sumOverPossible(logSoftmaxLast(withoutExcluded(scores, isExcluded)), isExcluded);
}

/** Number of possible coordinates that are 0, `[...]`. */
function zerosOnFace(isZero: tf.Tensor, isExcluded: tf.Tensor | undefined): tf.Tensor {
  return sumOverPossible(isZero, isExcluded);
}

/** The log-density, or -Infinity for a point with mass on an excluded category. */
function onFace(logDensity: tf.Tensor, isZero: tf.Tensor, isExcluded: tf.Tensor | undefined): tf.Tensor {
  if (isExcluded === undefined) return logDensity;
  const outside = leavesFace(isZero, isExcluded);
  // A point off the face may have a limit of +Infinity.
  const [density, mask] = toOneShape(logDensity, outside) as [tf.Tensor, tf.Tensor];
  return tf.add(zeroWhere(mask, density), infinityAt(mask, tf.neg(mask)));
}

function largest(scores: tf.Tensor): tf.Tensor {
  return detached((x) => tf.max(x, -1, true), scores);
}

/** 1, with the slope of `constant / x` at `constant = x`. */
function unitSlope(x: tf.Tensor): tf.Tensor {
  return tf.div(stopGradient(x), x);
}
