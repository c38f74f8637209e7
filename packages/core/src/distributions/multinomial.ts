import { broadcastShapes, detached, Parameter, type ParameterValue, toOneShape, wholeNumber } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, zeroWhere } from "../base/boundary.js";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { uniformSource } from "../random/uniform-source.js";
import { deviance, stirlingRemainder } from "../special/saddle-point.js";
import { type CategoryOptions, CategoryProbabilities } from "./category-probabilities.js";
import { broadcastNumbers } from "./counts/broadcast-numbers.js";
import { drawBinomial } from "./counts/count-samplers.js";
import { timesLog } from "./zero-probability.js";

/** Parameters of {@link Multinomial}. */
export interface MultinomialOptions extends DistributionOptions, CategoryOptions {
  /** Number of trials, whole and from 0 to 2^24, `[...batch]`; broadcasts against the probabilities without their last axis. */
  readonly totalCount: ParameterValue;
}

/**
 * Multinomial distribution: the counts of K categories in `totalCount` independent draws. Shapes: event `[K]`; batch:
 * the broadcast shape of `totalCount` and of the probabilities without their last axis. Counts are float32, exact to
 * 2^24; counts that are negative, not whole or have another sum have log-probability -Infinity. The KL divergence has a
 * closed form if both have one `totalCount`: the same tensor or equal numbers. Mode and entropy have no closed form.
 *
 * Float32: `logProb` is Loader's saddle-point form (2000), as that of Binomial. Samples are exact, by a binomial draw
 * for each category given the earlier ones; they read the parameters, so a compiler cannot trace them.
 *
 * @example
 * ```ts
 * const votes = new Multinomial({ totalCount: 10, probs: [0.2, 0.3, 0.5] });
 * votes.logProb([2, 3, 5]); // -2.4645
 * votes.mean(); // [2, 3, 5]
 * ```
 */
export class Multinomial extends Distribution {
  static {
    registerKl(Multinomial, Multinomial, (q, p) => {
      if (!q.#count.equals(p.#count)) return "their totalCount is not known to be equal";
      const of = (logs: tf.Tensor) => tf.sum(timesLog(q.probs, logs), -1);
      return timesLog(q.totalCount, tf.sub(of(q.logProbs), of(p.logProbs)));
    });
  }

  readonly isReparameterized = false;
  /** Number of categories K. */
  readonly categories: number;
  readonly #count: Parameter;
  readonly #given: CategoryProbabilities;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for no categories, numbers outside
   * their domain, or shapes that do not broadcast.
   */
  constructor({ totalCount, logits, probs, validate = "shapes" }: MultinomialOptions) {
    const count = new Parameter("Multinomial", "totalCount", totalCount, wholeNumber, validate);
    const given = new CategoryProbabilities("Multinomial", { logits, probs }, validate);
    const batchShape = broadcastShapes("Multinomial", {
      totalCount: count.shape,
      [`${given.parameter.name} without its last axis`]: given.batchShape,
    });
    super("Multinomial", { batchShape, eventShape: [given.categories] }, { validate });
    this.categories = given.categories;
    this.#count = count;
    this.#given = given;
  }

  /** Number of trials: the given tensor, or a new one. */
  get totalCount(): tf.Tensor {
    return this.#count.tensor;
  }

  /** Logits, `[..., K]`: the given tensor, or the logarithms of the given probabilities. Not normalized. */
  get logits(): tf.Tensor {
    return this.#given.logits;
  }

  /** Probabilities, `[..., K]`: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.#given.probs;
  }

  /** Logarithms of the probabilities, `[..., K]`. */
  get logProbs(): tf.Tensor {
    return this.#given.logProbs;
  }

  override get support(): Support {
    return supports.countVectors;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const uniform = uniformSource("Multinomial.sample", rng, "");
    const { batchShape, categories } = this;
    const totals = broadcastNumbers(this.#count.read(), this.#count.shape, batchShape);
    const probs = broadcastNumbers(
      this.probs.dataSync(),
      [...this.#given.batchShape, categories],
      [...batchShape, categories],
    );
    const shape = this.sampleShapeOf(sampleShape);
    const counts = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let start = 0; start < counts.length; start += categories) {
      const member = (start / categories) % totals.length;
      const row = probs.slice(member * categories, (member + 1) * categories);
      counts.set(drawCounts(uniform, totals[member] as number, row), start);
    }
    return tf.tensor(counts, shape, "float32");
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const total = tf.expandDims(this.totalCount, -1);
    const isOutside = detached((value) => {
      const isNoCount = tf.logicalOr(tf.less(value, 0), tf.greater(tf.sub(value, tf.floor(value)), 0));
      return tf.cast(isNoCount, "float32");
    }, x);
    const hasOtherSum = detached(
      (value, n) => tf.cast(tf.notEqual(tf.sum(value as tf.Tensor, -1, true), n as tf.Tensor), "float32"),
      x,
      total,
    );
    const [count, outside, n, probs, logProbs, logN] = toOneShape(
      x,
      tf.maximum(isOutside, hasOtherSum),
      total,
      this.probs,
      this.logProbs,
      tf.log(tf.maximum(total, 1)),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    // n! / prod(x_k!) prod(p_k^x_k): Stirling's terms combine to the deviance of each count from its mean.
    const inside = zeroWhere(outside, count);
    const ofEach = tf.add(deviance(inside, tf.mul(n, probs), tf.add(logN, logProbs)), stirlingRemainder(inside));
    const logPmf = tf.sub(stirlingRemainder(this.totalCount), tf.sum(ofEach, -1));
    const isImpossible = tf.max(outside, -1);
    return tf.add(logPmf, infinityAt(isImpossible, tf.neg(isImpossible)));
  }

  protected override _mean(): tf.Tensor {
    return tf.mul(tf.expandDims(this.totalCount, -1), this.probs);
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(this._mean(), tf.sub(1, this.probs));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    const index = tf.isInf(this._logProb(x)).dataSync().indexOf(1);
    if (index >= 0) {
      throw new RangeError(
        `${owner}: a value must hold whole numbers >= 0 that sum to totalCount on the last axis, none of them of an impossible category, got another one at event ${index}`,
      );
    }
  }
}

/** One draw in float64: each category gets its binomial share of the remaining trials. */
function drawCounts(uniform: () => number, total: number, probs: readonly number[]): number[] {
  let left = total;
  return probs.map((probability, category) => {
    // The float32 probabilities may not sum to 1, so the share among the remaining categories is used.
    const later = probs.slice(category + 1).reduce((sum, p) => sum + p, 0);
    const share = probability > 0 ? probability / (probability + later) : 0;
    const count = later > 0 ? drawBinomial(uniform, left, share, 1 - share) : probability > 0 ? left : 0;
    left -= count;
    return count;
  });
}
