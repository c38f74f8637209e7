import { broadcastTensor, detached, equalShapes, type FlatNumbers, formatShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import type { Support } from "../base/support.js";
import { Categorical } from "../distributions/counts/categorical.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { stopGradient } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { oneHot } from "../special/one-hot.js";
import { rootOfSquares } from "../special/root-of-squares.js";

/** Parts of a {@link MixtureSameFamily}. */
export interface MixtureSameFamilyOptions extends DistributionOptions {
  /**
   * Distribution of the component: {@link Categorical} or {@link OneHotCategorical} of K categories, batch `[...]` or
   * `[]`.
   */
  readonly mixture: Categorical | OneHotCategorical;
  /** The components: any distribution of batch `[..., K]`, whose last batch axis is the component. */
  readonly components: Distribution;
}

/**
 * Mixture of K components of one family: the last batch axis of a distribution is the component. Shapes: the
 * components' event; the components' batch without the last axis. `logProb` is differentiable in all parameters.
 * Samples carry no gradient, since the choice of the component has none.
 *
 * @example
 * ```ts
 * const bimodal = new MixtureSameFamily({
 *   mixture: new Categorical({ probs: [0.3, 0.7] }),
 *   components: new Normal({ loc: [-2, 2], scale: [0.5, 1] }),
 * });
 * bimodal.mean(); // 0.8
 * bimodal.logProb(0); // -3.2735
 * ```
 */
export class MixtureSameFamily extends Distribution {
  readonly isReparameterized = false;
  /** Distribution of the component. */
  readonly mixture: Categorical | OneHotCategorical;
  /** The components, on the last axis of their batch. */
  readonly components: Distribution;

  /**
   * @throws TypeError if `mixture` is not categorical or `components` is not a distribution; RangeError if their batch
   * shapes do not match.
   */
  constructor({ mixture, components, validate = "shapes" }: MixtureSameFamilyOptions) {
    if (!(mixture instanceof Categorical) && !(mixture instanceof OneHotCategorical)) {
      throw new TypeError(
        `MixtureSameFamily: mixture must be a Categorical or a OneHotCategorical, got ${describe(mixture)}`,
      );
    }
    if (!(components instanceof Distribution)) {
      throw new TypeError(`MixtureSameFamily: components must be a distribution, got ${describe(components)}`);
    }
    const { categories } = mixture;
    const batchShape = components.batchShape.slice(0, -1);
    const ofMixture = mixture.batchShape;
    if (components.batchShape.at(-1) !== categories || (ofMixture.length > 0 && !equalShapes(ofMixture, batchShape))) {
      throw new RangeError(
        `MixtureSameFamily: components must have the mixture's ${categories} categories as the last axis of their batch, after the mixture's batch shape ${formatShape(ofMixture)}, got batch shape ${formatShape(components.batchShape)}`,
      );
    }
    super("MixtureSameFamily", { batchShape, eventShape: components.eventShape }, { validate });
    this.mixture = mixture;
    this.components = components;
  }

  override get support(): Support {
    return this.components.support;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // Draws all components and keeps one, so that shapes are fixed.
    const draws = this.components.sample(rng, sampleShape);
    const axis = sampleShape.length + this.batchShape.length;
    const noise = rng.gumbel([...sampleShape, ...this.batchShape, this.mixture.categories]);
    const chosen = tf.argMax(tf.add(this.mixture.logProbs, noise), -1);
    const isChosen = this.#onEvent(oneHot(chosen, this.mixture.categories));
    // A discarded component may be infinite.
    const kept = tf.where(tf.cast(broadcastTensor(isChosen, draws.shape), "bool"), draws, tf.zerosLike(draws));
    return stopGradient(tf.sum(kept, axis));
  }

  protected override _logProb(value: tf.Tensor): tf.Tensor {
    return this.#logMix(this.components.logProb(this.#forEach(value)));
  }

  protected override _cdf(x: tf.Tensor): tf.Tensor {
    return this.#mix(this.components.cdf(this.#forEach(x)));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#logMix(this.components.logCdf(this.#forEach(x)));
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#logMix(this.components.logSurvival(this.#forEach(x)));
  }

  protected override _mean(): tf.Tensor {
    return this.#mix(this.components.mean());
  }

  protected override _variance(): tf.Tensor {
    const means = this.components.mean();
    const distance = tf.sub(means, tf.expandDims(this.#mix(means), this.batchShape.length));
    return this.#mix(tf.add(this.components.variance(), tf.square(distance)));
  }

  protected override _stddev(): tf.Tensor {
    const means = this.components.mean();
    const axis = this.batchShape.length;
    const distance = tf.sub(means, tf.expandDims(this.#mix(means), axis));
    // The mixture may have fewer batch axes than its components.
    const weights = this.#onEvent(this.mixture.probs);
    const ofWeights = weights.rank - this.eventShape.length - 1;
    const parts = tf.concat([this.components.stddev(), distance], axis);
    return rootOfSquares(parts, axis, tf.concat([weights, weights], ofWeights));
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    this.components.checkNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.components.checkSupport(owner, this.#forEach(value));
  }

  /** A value for each component: an axis of 1 before the event. */
  #forEach(value: tf.Tensor): tf.Tensor {
    return tf.expandDims(value, value.rank - this.eventShape.length);
  }

  /** The mean over the components, whose axis precedes the event. */
  #mix(values: tf.Tensor): tf.Tensor {
    const axis = values.rank - this.eventShape.length - 1;
    return tf.sum(tf.mul(this.#onEvent(this.mixture.probs), values), axis);
  }

  /** Logarithm of the mean of values given by their logarithms, `[..., K] -> [...]`, without event axes. */
  #logMix(logs: tf.Tensor): tf.Tensor {
    const weighted = tf.add(this.mixture.logProbs, logs);
    // Clipped, since the difference of two infinities would be NaN.
    const sum = tf.logSumExp(tf.minimum(tf.maximum(weighted, -1e38), 1e38), -1);
    const isLow = detached((x) => tf.cast(tf.lessEqual(x as tf.Tensor, -9e37), "float32"), sum);
    const isHigh = detached((x) => tf.cast(tf.greaterEqual(x as tf.Tensor, 9e37), "float32"), sum);
    return tf.add(sum, tf.add(infinityAt(isLow, tf.neg(isLow)), infinityAt(isHigh, isHigh)));
  }

  /** `[..., K]` with an axis of 1 for each axis of the event. */
  #onEvent(weights: tf.Tensor): tf.Tensor {
    return tf.reshape(weights, [...weights.shape, ...this.eventShape.map(() => 1)]);
  }
}

function describe(value: unknown): string {
  return value instanceof Distribution ? value.name : String(value);
}
