import { detached, isOnHost, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, zeroWhere } from "../base/boundary.js";

/** Below the logit of every possible category, and finite after division by a temperature. */
const impossible = -1e20;

/**
 * Logits in which -Infinity excludes a category. A relaxed variable then lives on the face of the simplex on which the
 * excluded coordinates are 0; its density is that of the others alone.
 */
export interface PossibleCategories {
  /** The logits, with 0 in place of -Infinity, `[..., K]`; gradients flow to the finite ones. */
  readonly logits: tf.Tensor;
  /** 1 where the category is excluded, else 0, `[..., K]`; a constant. Undefined if it is known that none is. */
  readonly isExcluded: tf.Tensor | undefined;
  /** Number of remaining categories, `[...]`; a constant. */
  readonly count: tf.Tensor;
}

export function possibleCategories(logits: tf.Tensor): PossibleCategories {
  if (isKnownFinite(logits)) return { logits, isExcluded: undefined, count: tf.scalar(logits.shape.at(-1) as number) };
  const isExcluded = detached((x) => tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"), logits);
  const count = tf.sum(tf.sub(1, isExcluded), -1);
  return { logits: zeroWhere(isExcluded, logits), isExcluded, count };
}

/** Whether all numbers of a tensor are finite, as far as that can be read without waiting for a device or a trace. */
export function isKnownFinite(x: tf.Tensor): boolean {
  return isOnHost([x]) && x.dataSync<"float32">().every(Number.isFinite);
}

/** `scores`, with a number below all of them for excluded categories, without a gradient. */
export function withoutExcluded(scores: tf.Tensor, isExcluded: tf.Tensor | undefined): tf.Tensor {
  if (isExcluded === undefined) return scores;
  const [values, mask] = toOneShape(scores, isExcluded) as [tf.Tensor, tf.Tensor];
  return tf.add(zeroWhere(mask, values), tf.mul(impossible, mask));
}

/** `logs`, with -Infinity for excluded categories, without a gradient. */
export function minusInfinityAt(isExcluded: tf.Tensor | undefined, logs: tf.Tensor): tf.Tensor {
  if (isExcluded === undefined) return logs;
  const [values, mask] = toOneShape(logs, isExcluded) as [tf.Tensor, tf.Tensor];
  return tf.add(zeroWhere(mask, values), infinityAt(mask, tf.neg(mask)));
}

/** The sum of `x` over the categories that are not excluded, `[..., K] -> [...]`. */
export function sumOverPossible(x: tf.Tensor, isExcluded: tf.Tensor | undefined): tf.Tensor {
  if (isExcluded === undefined) return tf.sum(x, -1);
  const [values, mask] = toOneShape(x, isExcluded) as [tf.Tensor, tf.Tensor];
  return tf.sum(zeroWhere(mask, values), -1);
}

/** 1 for a point that has mass on an excluded category, else 0, `[...]`; a constant. */
export function leavesFace(isZero: tf.Tensor, isExcluded: tf.Tensor): tf.Tensor {
  return detached(
    (zero, excluded) => tf.max(tf.mul(excluded as tf.Tensor, tf.sub(1, zero as tf.Tensor)), -1),
    isZero,
    isExcluded,
  );
}

/** log((count - 1)!) for counts to `categories`, elementwise; a constant. */
export function logFactorialBelow(count: tf.Tensor, categories: number): tf.Tensor {
  const logs = Array.from({ length: categories }, (_, factor) => Math.log(Math.max(factor, 1)));
  return detached(
    (n) => tf.sum(tf.mul(logs, tf.cast(tf.less(tf.range(0, categories), tf.expandDims(n, -1)), "float32")), -1),
    count,
  );
}
