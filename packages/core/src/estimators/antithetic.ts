import { constant, detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { addGradient } from "../gradients/added-gradient.js";
import type { Rng } from "../random/rng.js";
import { type AntitheticBits, antitheticBits } from "./antithetic-bits.js";
import { type CategoryTree, categoryTree, type TreeShape } from "./category-tree.js";
import { checkOneHot } from "./check-one-hot.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";
import { finiteLogProbs } from "./straight-through-family.js";

/** How {@link Antithetic} makes and compares draws. */
export interface AntitheticSettings {
  /** Size of a group of negatively dependent draws, >= 2; groups are independent. */
  readonly perGroup: number;
  readonly tree: TreeShape;
  /** How two draws of a group are compared; see {@link Carms}. */
  readonly weighting: "nodes" | "categories";
}

interface Group {
  readonly tree: CategoryTree;
  readonly dependent: AntitheticBits;
  /** `[n, groups, P, K]`, categories in the order of the tree. */
  readonly leaves: tf.Tensor;
}

/**
 * Score function estimates from negatively dependent draws. A category is a path of bits through a tree; at each node
 * the bits of the draws of a group are antithetic, and nodes are independent. Unbiased, since each pair is weighted by
 * its probability ratio to a pair of independent draws.
 */
export abstract class Antithetic extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = true;
  readonly needsLossGradient = false;
  protected abstract readonly settings: AntitheticSettings;

  protected constructor(name: string, options: EstimatorOptions) {
    super(name, options, 2);
  }

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot(`${this.name}.surrogate`, distribution);
    const { categories, batchShape } = distribution;
    const samples = sampleShape[0] as number;
    const { perGroup, tree: shape } = this.settings;
    const groups = samples / perGroup;
    const logProbs = tf.reshape(finiteLogProbs(distribution), [-1, categories]) as tf.Tensor2D;
    const count = logProbs.shape[0];
    const noise = tf.reshape(rng.uniform([samples, ...batchShape, categories - 1]), [
      perGroup,
      groups,
      count,
      categories - 1,
    ]);
    const tree = categoryTree(logProbs, shape);
    const dependent = antitheticBits(tree.probs, noise);
    const leaves = tree.leaf(dependent.bits);
    const z = constant(tf.reshape(tree.toCategories(leaves), [samples, ...batchShape, categories]));
    const value = loss(z);
    const losses = value.size / samples;
    const slope = detached((value) => {
      const group = { tree, dependent, leaves };
      const values = tf.reshape(value, [perGroup, groups, losses]);
      return tf.reshape(this.#slopes(values, group, count / losses), z.shape);
    }, constant(value));
    return addGradient(value, distribution.logits, slope);
  }

  /** `[n, groups, R]` losses -> `[n, groups, P, K]`: each draw's part of the estimate, with respect to the logits. */
  #slopes(values: tf.Tensor, { tree, dependent, leaves }: Group, variables: number): tf.Tensor {
    const [perGroup, groups, losses] = values.shape as [number, number, number];
    const { probs } = tree;
    const [count, nodes] = probs.shape as [number, number];
    // Axes from here: [draw i, draw j, groups, R, coordinates of one loss].
    const one = (x: tf.Tensor) => tf.reshape(x, [perGroup, 1, groups, losses, -1]);
    const other = (x: tf.Tensor) => tf.reshape(x, [1, perGroup, groups, losses, -1]);
    const constantOf = (x: tf.Tensor) => tf.reshape(x, [1, 1, 1, losses, variables * nodes]);
    const half = tf.mul(0.5 / (perGroup - 1), tf.sub(one(values), other(values)));
    const visited = tree.visited(leaves);
    const { bits, ofUnequal, ofEqual } = dependent;
    const isShared = tf.mul(one(visited), other(visited));
    if (this.settings.weighting === "nodes") {
      // A draw without a bit at the node contributes the expectation over both values: the score of the other draw
      // remains.
      const score = (x: tf.Tensor, y: tf.Tensor) => tf.mul(tf.sub(x, isShared), tf.sub(y, constantOf(probs)));
      const compared = tf.mul(isShared, tf.mul(constantOf(ofUnequal), tf.sub(one(bits), other(bits))));
      const single = tf.sub(score(one(visited), one(bits)), score(other(visited), other(bits)));
      const ofNodes = tf.sum(tf.mul(half, tf.add(compared, single)), 1);
      return tree.toLogits(tf.reshape(ofNodes, [perGroup * groups, count, nodes]));
    }
    const [ofZeros, ofOnes] = ofEqual;
    const isUnequal = tf.square(tf.sub(one(bits), other(bits)));
    const areOnes = tf.mul(one(bits), other(bits));
    const areZeros = tf.mul(tf.sub(1, one(bits)), tf.sub(1, other(bits)));
    const logRatio = [
      tf.mul(isUnequal, constantOf(tf.log(tf.maximum(ofUnequal, 1e-30)))),
      tf.mul(areOnes, constantOf(tf.log(tf.maximum(ofOnes, 1e-30)))),
      tf.mul(areZeros, constantOf(tf.log(tf.maximum(ofZeros, 1e-30)))),
    ].reduce((a, b) => tf.add(a, b));
    // The pair of a draw with itself has no effect, but its weight may overflow.
    const isOther = tf.reshape(tf.sub(1, tf.eye(perGroup)), [perGroup, perGroup, 1, 1, 1]);
    const shared = tf.reshape(tf.mul(tf.mul(isOther, isShared), logRatio), [perGroup, perGroup, groups, count, nodes]);
    const ratio = tf.exp(tf.sum(shared, -1, true));
    const categories = nodes + 1;
    const difference = tf.reshape(tf.sub(one(leaves), other(leaves)), [perGroup, perGroup, groups, count, categories]);
    const weighted = tf.reshape(tf.mul(ratio, difference), [
      perGroup,
      perGroup,
      groups,
      losses,
      variables * categories,
    ]);
    const ofLeaves = tf.sum(tf.mul(half, weighted), 1);
    return tree.toCategories(tf.reshape(ofLeaves, [perGroup * groups, count, categories]));
  }
}
