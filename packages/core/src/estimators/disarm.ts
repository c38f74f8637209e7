import { checkOneOf } from "@igr/tensors";
import { Antithetic, type AntitheticSettings } from "./antithetic.js";
import type { TreeShape } from "./category-tree.js";
import type { EstimatorOptions } from "./gradient-estimator.js";

/** Parameters of {@link DisArm}. */
export interface DisArmOptions extends EstimatorOptions {
  /** Number of draws, an even whole number >= 2: independent antithetic pairs; 2 by default. */
  readonly samples?: number;
  /**
   * For more than 2 categories: `'balanced'`, a binary tree (default), or `'sticks'` in sequence, from the rarest
   * category.
   */
  readonly tree?: TreeShape;
}

/**
 * DisARM (Dong, Mnih and Tucker 2020; U2G of Yin et al. 2020 is the same): bits from u and from 1 - u, and for each bit
 * that differs `(loss(b) - loss(b')) sign sigmoid(|logit|) / 2`. Two evaluations of the loss, without its gradient;
 * unbiased. A bit is a variable of 2 categories: the last one is 1.
 *
 * More categories are paths of bits through a tree, as in the same authors' coupled estimators for categorical
 * variables (Dong, Mnih and Tucker 2021): at a node on both paths the estimate is that of bits; at a node on one path
 * it is the expectation over the other draw's bit, which leaves `(loss(z) - loss(z')) (bit - p) / 2`.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]), -1);
 * const surrogate = (logits) =>
 *   new DisArm().surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // an estimate, [3]
 * ```
 */
export class DisArm extends Antithetic {
  protected readonly settings: AntitheticSettings;

  /** @throws RangeError unless `samples` is an even whole number >= 2 and `tree` is known. */
  constructor({ tree = "balanced", samples = 2 }: DisArmOptions = {}) {
    super("DisArm", { samples });
    if (samples % 2 !== 0) {
      throw new RangeError(`DisArm: samples must be an even whole number >= 2, for they come in pairs, got ${samples}`);
    }
    this.settings = {
      perGroup: 2,
      tree: checkOneOf("DisArm", "tree", tree, ["balanced", "sticks"]),
      weighting: "nodes",
    };
  }

  /** The tree of decisions. */
  get tree(): TreeShape {
    return this.settings.tree;
  }
}
