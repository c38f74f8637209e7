import { checkOneOf } from "@igr/tensors";
import { Antithetic, type AntitheticSettings } from "./antithetic.js";
import type { TreeShape } from "./category-tree.js";
import { checkSeveral, type SeveralSamples } from "./slope-control.js";

/** Parameters of {@link Carms}. */
export interface CarmsOptions extends SeveralSamples {
  /** Number of negatively dependent draws, a whole number >= 2. */
  readonly samples: number;
  /**
   * How two draws are compared. `'categories'` (default), as in the paper: `(loss - loss') (z - z') / 2`, times the
   * ratio of the probability of these two categories under independent draws to that under the actual draws. `'nodes'`
   * compares node by node, as {@link DisArm} does: the weight, which is less than 1, is that of the bit at which the
   * two paths separate, and below it each draw keeps its own score.
   */
  readonly weighting?: "categories" | "nodes";
  /**
   * `'sticks'` (default), as in the paper, or `'balanced'`, which needs weighting `'nodes'`. In a balanced tree two
   * categories of a subtree with less than half the probability are never drawn together, and no weight can correct
   * that; with ascending sticks no stick has more than half.
   */
  readonly tree?: TreeShape;
}

/**
 * CARMS (Dimitriev and Zhou 2021): leave-one-out REINFORCE from negatively dependent draws, made by stick-breaking that
 * starts at the rarest category, with bits from the Dirichlet copula at each stick. For 2 categories it is ARMS, for 2
 * categories and 2 draws {@link DisArm}. Unbiased; the loss needs no gradient.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]), -1);
 * const surrogate = (logits) =>
 *   new Carms({ samples: 3 }).surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // an estimate, [3]
 * ```
 */
export class Carms extends Antithetic {
  protected readonly settings: AntitheticSettings;

  /**
   * @throws RangeError unless `samples` is a whole number >= 2 and `weighting` and `tree` are known; TypeError for
   * 'categories' in a balanced tree.
   */
  constructor({ weighting = "categories", tree = "sticks", ...options }: CarmsOptions) {
    super("Carms", checkSeveral("Carms", options));
    checkOneOf("Carms", "weighting", weighting, ["categories", "nodes"]);
    checkOneOf("Carms", "tree", tree, ["sticks", "balanced"]);
    if (weighting === "categories" && tree === "balanced") {
      throw new TypeError("Carms: tree 'balanced' needs weighting 'nodes', got 'categories'");
    }
    this.settings = { perGroup: options.samples, tree, weighting };
  }
}
