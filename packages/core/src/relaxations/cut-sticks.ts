import { customGradient, detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Sticks of many coordinates, cut at the first K of them that hold more than rho of the whole. */
export interface CutSticks {
  /** log w_k of eq 22, `[..., n]`, also for dropped sticks. */
  readonly logSticks: tf.Tensor;
  /** 1 for the first K sticks, 0 for the others, `[..., n]`; a constant. */
  readonly kept: tf.Tensor;
  /** K of each sample, `[...]`; a constant. */
  readonly effectiveK: tf.Tensor;
  /** 1 if all n sticks together hold at most rho, so that K = n is not enough, else 0, `[...]`; a constant. */
  readonly passesCap: tf.Tensor;
}

/**
 * Breaks the sticks of logits `y`, `[..., n]`, and cuts each sample at the smallest K with `w_1 + ... + w_K > rho`. In
 * terms of the rest of the stick: `log prod_{i<=K} (1 - u_i) < log(1 - rho)`, which is a sum of logarithms rather than
 * 1 minus a sum near 1. Whether stick k is kept depends only on the coordinates before it.
 */
export function cutSticks(y: tf.Tensor, rho: number): CutSticks {
  const threshold = Math.log1p(-rho);
  const logRest = tf.neg(tf.softplus(y));
  const logLeftBefore = tf.cumsum(logRest, y.rank - 1, true);
  const kept = detached((left) => tf.cast(tf.greaterEqual(left, threshold), "float32"), logLeftBefore);
  const passesCap = detached((rest) => tf.cast(tf.greaterEqual(tf.sum(rest, -1), threshold), "float32"), logRest);
  return {
    logSticks: tf.add(tf.neg(tf.softplus(tf.neg(y))), logLeftBefore),
    kept,
    effectiveK: tf.sum(kept, -1),
    passesCap,
  };
}

/** `x` where `kept` is 1, and `value` elsewhere; gradients flow only to kept elements, even if others are infinite. */
export function keepOnly(kept: tf.Tensor, x: tf.Tensor, value: number): tf.Tensor {
  return customGradient(
    [x, kept],
    (given, mask) => ({ value: tf.where(tf.cast(mask, "bool"), given, tf.fill(given.shape, value)), saved: [mask] }),
    (dy, mask) => [tf.where(tf.cast(mask, "bool"), dy, tf.zerosLike(dy)), tf.zerosLike(dy)],
  );
}

/** Logits of softmax++: a dropped stick has the logit -Infinity, unlike an empty stick, whose logit is 0. */
export function keptLogits({ logSticks, kept }: CutSticks): tf.Tensor {
  return keepOnly(kept, tf.exp(logSticks), Number.NEGATIVE_INFINITY);
}
