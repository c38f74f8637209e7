import * as tf from "@tensorflow/tfjs-core";

/** Polynomial of the inverse error function in w - 2.5, w = -log(1 - x^2): for |x| < 0.9966 (Giles, GPU Computing Gems 2010, single precision). */
const INVERSE_ERF = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  2.46640727e-1, 1.50140941,
];

/** erf(sqrt 2): the share of normal numbers between -2 and 2. */
const WITHIN_TWO = 0.9544997361036416;

/** Normal numbers between -2 and 2, as tf.truncatedNormal draws them, from uniform ones: the quantile function. */
export function truncatedNormal(uniform: tf.Tensor): tf.Tensor {
  const x = tf.mul(tf.sub(tf.mul(uniform, 2), 1), WITHIN_TWO);
  const w = tf.sub(tf.neg(tf.log(tf.sub(1, tf.square(x)))), 2.5);
  const [first, ...rest] = INVERSE_ERF;
  const polynomial = rest.reduce<tf.Tensor | number>((sum, coefficient) => tf.add(tf.mul(sum, w), coefficient), first!);
  return tf.mul(tf.mul(x, polynomial), Math.SQRT2);
}

/** Each is accepted with probability at least 0.95, so all seven are rejected with probability below 1e-9. */
export const GAMMA_PROPOSALS = 7;

/** Noise for Gamma numbers of one shape. */
interface GammaNoise {
  /** `[GAMMA_PROPOSALS, ...shape]` */
  readonly normal: tf.Tensor;
  /** `[GAMMA_PROPOSALS, ...shape]` */
  readonly uniform: tf.Tensor;
  /** `[...shape]`, for an alpha below 1. */
  readonly power: tf.Tensor;
}

/**
 * Gamma numbers of scale 1 by Marsaglia and Tsang's method (2000), with a fixed number of proposals, of which the first
 * accepted one is used.
 */
export function gamma(alpha: number, { normal, uniform, power }: GammaNoise): tf.Tensor {
  const d = alpha < 1 ? alpha + 2 / 3 : alpha - 1 / 3;
  const root = tf.add(tf.mul(normal, 1 / Math.sqrt(9 * d)), 1);
  const v = tf.maximum(tf.mul(root, tf.square(root)), 1e-30);
  const bound = tf.add(tf.mul(tf.square(normal), 0.5), tf.mul(tf.add(tf.sub(1, v), tf.log(v)), d));
  const accepted = tf.logicalAnd(tf.greater(root, 0), tf.less(tf.log(uniform), bound));
  const first = tf.argMax(tf.cast(accepted, "int32"), 0);
  const chosen = tf.oneHot(first, GAMMA_PROPOSALS);
  const last = chosen.rank - 1;
  const proposals = tf.transpose(v, [...Array(last).keys()].map((axis) => axis + 1).concat(0));
  const result = tf.mul(tf.sum(tf.mul(tf.cast(chosen, "float32"), proposals), -1), d);
  return alpha < 1 ? tf.mul(result, tf.pow(power, 1 / alpha)) : result;
}
