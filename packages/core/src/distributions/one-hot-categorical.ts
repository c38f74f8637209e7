import type { FlatNumbers } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { oneHot } from "../special/one-hot.js";
import { type CategoryOptions, CategoryProbabilities } from "./category-probabilities.js";
import { timesLog } from "./zero-probability.js";

/** Parameters of {@link OneHotCategorical}. */
export interface OneHotCategoricalOptions extends DistributionOptions, CategoryOptions {}

/**
 * One of K categories as a one-hot vector, float32. Shapes: event `[K]`, batch the other axes of the parameter. Samples
 * carry no gradient; Concrete and IGR relax it. `logProb(x)` is linear in x, so that a straight-through sample receives
 * a gradient. The KL divergence between two of them has a closed form (eq 9).
 *
 * @example
 * ```ts
 * const die = new OneHotCategorical({ logits: [0, 0, 0, 0, 0, 0] });
 * die.sample(createRng(1), [2]); // two one-hot rows, [2, 6]
 * die.entropy(); // log 6
 * ```
 */
export class OneHotCategorical extends Distribution {
  readonly isReparameterized = false;
  /** Number of categories K. */
  readonly categories: number;
  readonly #given: CategoryProbabilities;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for no categories or
   * numbers outside their domain.
   */
  constructor({ logits, probs, validate = "shapes" }: OneHotCategoricalOptions) {
    const given = new CategoryProbabilities("OneHotCategorical", { logits, probs }, validate);
    const { batchShape, categories } = given;
    super("OneHotCategorical", { batchShape, eventShape: [categories] }, { validate });
    this.categories = categories;
    this.#given = given;
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

  /** Every one-hot vector, `[K, 1, ..., 1, K]` with an axis of 1 for each axis of the batch. */
  override enumerateSupport(): tf.Tensor {
    return tf.tidy(() =>
      tf.reshape(tf.eye(this.categories), [this.categories, ...this.batchShape.map(() => 1), this.categories]),
    );
  }

  override get support(): Support {
    return supports.oneHot;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // The category of the largest logit plus Gumbel noise. Logits are normalized first, since rounding at large logits
    // would lose the noise.
    const scores = tf.add(this.logProbs, rng.gumbel(this.sampleShapeOf(sampleShape)));
    return oneHot(tf.argMax(scores, -1), this.categories);
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    return tf.sum(timesLog(x, this.logProbs), -1);
  }

  protected override _mean(): tf.Tensor {
    return this.probs;
  }

  /** The first of equally likely categories. */
  protected override _mode(): tf.Tensor {
    return oneHot(this.#given.mostProbable, this.categories);
  }

  protected override _variance(): tf.Tensor {
    const { probs } = this;
    return tf.mul(probs, tf.sub(1, probs));
  }

  protected override _entropy(): tf.Tensor {
    return tf.neg(tf.sum(timesLog(this.probs, this.logProbs), -1));
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkOneHots(owner, numbers.data, this.categories);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkOneHots(owner, Array.from(x.dataSync()), this.categories);
  }
}

function checkOneHots(owner: string, data: readonly number[], categories: number): void {
  for (let start = 0; start < data.length; start += categories) {
    const event = data.slice(start, start + categories);
    if (event.filter((value) => value === 1).length !== 1 || event.some((value) => value !== 0 && value !== 1)) {
      throw new RangeError(
        `${owner}: a value must be one-hot on its last axis, got [${event.slice(0, 10).join(", ")}]`,
      );
    }
  }
}

registerKl(OneHotCategorical, OneHotCategorical, (q, p) => {
  const { probs } = q;
  return tf.sub(tf.sum(timesLog(probs, q.logProbs), -1), tf.sum(timesLog(probs, p.logProbs), -1));
});
