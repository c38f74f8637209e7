import * as tf from "@tensorflow/tfjs-core";

/**
 * The tree of decisions that makes a category: a balanced binary tree, or sticks in sequence, from the rarest category.
 */
export type TreeShape = "balanced" | "sticks";

/**
 * Represents a category by bits at K - 1 nodes, where 1 goes to the right. Holds constants, of P distributions of K
 * categories.
 */
export interface CategoryTree {
  /** P(right | node), `[P, K-1]`. */
  readonly probs: tf.Tensor;
  /** The leaf that bits lead to, one-hot: `[..., P, K-1] -> [..., P, K]`. */
  leaf(bits: tf.Tensor): tf.Tensor;
  /** Which nodes lie on the way to a leaf: `[..., P, K] -> [..., P, K-1]`. */
  visited(leaf: tf.Tensor): tf.Tensor;
  /** A gradient with respect to the nodes' logits as one to the categories': `[S, P, K-1] -> [S, P, K]`. */
  toLogits(slope: tf.Tensor): tf.Tensor;
  /** Leaves in the order of the tree as categories, `[..., P, K]`. */
  toCategories(leaf: tf.Tensor): tf.Tensor;
}

/** @param logProbs Finite, `[P, K]`, a constant. */
export function categoryTree(logProbs: tf.Tensor2D, shape: TreeShape): CategoryTree {
  const [count, categories] = logProbs.shape;
  const { left, right } = subtrees(categories, shape);
  const permutation = shape === "sticks" ? toAscending(logProbs) : undefined;
  // [P, K, K], one-hot: sorted = permutation . categories.
  const ordered = permutation ? tf.squeeze(tf.matMul(permutation, tf.expandDims(logProbs, 2)), [2]) : logProbs;
  const masses = (subtree: tf.Tensor2D) =>
    tf.logSumExp(tf.add(tf.expandDims(ordered, 1), tf.mul(-1e30, tf.sub(1, tf.expandDims(subtree, 0)))), 2);
  const [ofLeft, ofRight] = [masses(left), masses(right)];
  const rank = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1) as number]) as tf.Tensor2D;
  const along = (x: tf.Tensor, matrix: tf.Tensor2D, transpose = false) =>
    tf.reshape(tf.matMul(rank(x), matrix, false, transpose), [
      ...x.shape.slice(0, -1),
      matrix.shape[transpose ? 0 : 1],
    ]);
  const toCategories = (leaf: tf.Tensor) => {
    if (!permutation) return leaf;
    const rows = tf.reshape(leaf, [-1, count, 1, categories]);
    return tf.reshape(
      tf.matMul(rows, tf.tile(tf.expandDims(permutation, 0), [rows.shape[0] as number, 1, 1, 1])),
      leaf.shape,
    );
  };
  return {
    probs: tf.sigmoid(tf.sub(ofRight, ofLeft)),
    leaf: (bits) => tf.sub(1, tf.step(tf.add(along(bits, left), along(tf.sub(1, bits), right)))),
    visited: (leaf) => along(leaf, tf.add(left, right) as tf.Tensor2D, true),
    toLogits: (slope) => {
      const share = (subtree: tf.Tensor2D, mass: tf.Tensor) =>
        tf.mul(subtree, tf.exp(tf.minimum(tf.sub(tf.expandDims(ordered, 1), tf.expandDims(mass, 2)), 0)));
      const shares = tf.sub(share(right, ofRight), share(left, ofLeft));
      const ofLeaves = tf.matMul(tf.transpose(slope, [1, 0, 2]), shares);
      return toCategories(tf.transpose(ofLeaves, [1, 0, 2]));
    },
    toCategories,
  };
}

/** Which leaves lie to the left and to the right of each node, `[K-1, K]` of 0 and 1. */
function subtrees(categories: number, shape: TreeShape): { left: tf.Tensor2D; right: tf.Tensor2D } {
  const nodes: { start: number; middle: number; end: number }[] = [];
  const split = (start: number, end: number) => {
    if (end - start < 2) return;
    const middle = shape === "balanced" ? Math.floor((start + end) / 2) : start + 1;
    nodes.push({ start, middle, end });
    split(start, middle);
    split(middle, end);
  };
  split(0, categories);
  const rows = (inside: (node: (typeof nodes)[number], leaf: number) => boolean) =>
    tf.tensor2d(nodes.map((node) => Array.from({ length: categories }, (_, leaf) => (inside(node, leaf) ? 1 : 0))));
  return {
    left: rows(({ start, middle }, leaf) => leaf >= start && leaf < middle),
    right: rows(({ middle, end }, leaf) => leaf >= middle && leaf < end),
  };
}

/** The permutation to ascending probabilities, `[P, K, K]`, one-hot in its last axis; ties keep their order. */
function toAscending(logProbs: tf.Tensor2D): tf.Tensor {
  const categories = logProbs.shape[1];
  const difference = tf.sub(tf.expandDims(logProbs, 2), tf.expandDims(logProbs, 1));
  const indices = Array.from({ length: categories }, (_, k) => k);
  const isEarlier = tf.tensor2d(indices.map((k) => indices.map((j) => (j < k ? 1 : 0))));
  const isTie = tf.sub(1, tf.step(tf.abs(difference)));
  const ranks = tf.sum(tf.add(tf.step(difference), tf.mul(isTie, isEarlier)), 2);
  const ofCategories = tf.cast(tf.oneHot(tf.cast(ranks, "int32"), categories), "float32");
  return tf.transpose(ofCategories, [0, 2, 1]);
}
