import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { zeroWhere } from "../base/boundary.js";
import { logOfComplement, logOfProbability } from "./zero-probability.js";

/** Log-odds, split so that formulas for finite log-odds can be evaluated at infinite ones. */
export interface LogOddsSplit {
  /** The log-odds, with 0 in place of an infinity; gradients flow to the finite ones. */
  readonly finite: tf.Tensor;
  /** -1 where the bit is always 0, 1 where it is always 1, else 0; a constant. */
  readonly certain: tf.Tensor;
}

export function splitLogOdds(logits: tf.Tensor): LogOddsSplit {
  const certain = detached((x) => {
    const isOne = tf.cast(tf.equal(x, Number.POSITIVE_INFINITY), "float32");
    return tf.sub(isOne, tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"));
  }, logits);
  return { finite: zeroWhere(tf.abs(certain), logits), certain };
}

/** The log-odds of probabilities in [0, 1]: infinite at the ends, with finite slopes. */
export function logOddsOf(probs: tf.Tensor): tf.Tensor {
  return tf.sub(logOfProbability(probs), logOfComplement(probs));
}

/** `usual`, or the constant `point` where the bit is certain; no gradient flows there. */
export function whereCertain(certain: tf.Tensor, usual: tf.Tensor, point: tf.Tensor): tf.Tensor {
  const [mask, kept, constant] = toOneShape(tf.abs(certain), usual, point) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const there = detached(
    (isPoint, x) => tf.where(tf.cast(isPoint as tf.Tensor, "bool"), x as tf.Tensor, tf.zerosLike(x as tf.Tensor)),
    mask,
    constant,
  );
  return tf.add(zeroWhere(mask, kept), there);
}

/** The log-odds of a certain bit, `certain` times Infinity; 0 for others. */
export function certainLogOdds(certain: tf.Tensor): tf.Tensor {
  return detached((x) => tf.where(tf.equal(x, 0), tf.zerosLike(x), tf.mul(x, Number.POSITIVE_INFINITY)), certain);
}

/** 0 where `holds(a, b)`, else -Infinity; a constant, NaN where `a` is. */
export function logOfTruth(holds: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return detached(
    (x, y) =>
      tf.where(
        tf.isNaN(x as tf.Tensor),
        x as tf.Tensor,
        tf.log(tf.cast(holds(x as tf.Tensor, y as tf.Tensor), "float32")),
      ),
    ...(toOneShape(a, b) as [tf.Tensor, tf.Tensor]),
  );
}

/** Values that {@link checkBits} accepts. */
export interface AllowedBits {
  /** How an error completes the sentence "a value must ..." for a bit that is not certain. */
  readonly allowed: string;
  readonly isAllowed: (value: number) => boolean;
  /** The only value of a certain bit, from -1 or 1. */
  readonly point: (certain: number) => number;
}

/** @throws RangeError unless each value is possible for its bit. Reads data. */
export function checkBits(
  owner: string,
  value: tf.Tensor,
  certain: tf.Tensor,
  { allowed, isAllowed, point }: AllowedBits,
): void {
  const [x, mask] = toOneShape(value, certain) as [tf.Tensor, tf.Tensor];
  const bits = mask.dataSync();
  for (const [index, given] of x.dataSync().entries()) {
    const bit = bits[index] as number;
    if (bit === 0 ? !isAllowed(given) : given !== point(bit)) {
      throw new RangeError(
        `${owner}: a value must ${bit === 0 ? allowed : `be ${point(bit)}, which is certain`}, got ${given}`,
      );
    }
  }
}
