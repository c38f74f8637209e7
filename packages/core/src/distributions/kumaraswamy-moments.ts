import * as tf from "@tensorflow/tfjs-core";
import { gaussLegendre } from "../special/gauss-legendre.js";

const terms = 16;

/** End of the terms that are summed one by one: midway between two terms. */
const end = terms + 0.5;
const rule = gaussLegendre(6);

/**
 * log of E x^2 / (E x)^2 of a Kumaraswamy variable, with s = 1 / concentration1 and b = concentration0: the second
 * difference of log Gamma in steps of s at 1, less that at 1 + b. Each is a sum over the poles of Gamma, of F(k) and
 * F(b + k) with F(y) = log(1 + s^2 / (y (y + 2 s))). Their difference is computed term by term, without cancellation;
 * the terms beyond the 16th are the integral of F from 16.5 to 16.5 + b, with the first correction of the midpoint
 * rule.
 */
export function momentRatio(b: tf.Tensor, s: tf.Tensor): tf.Tensor {
  let sum: tf.Tensor = tf.zerosLike(tf.add(b, s));
  const twice = tf.mul(2, s);
  for (let k = 1; k <= terms; k++) {
    // log((1 + u) / (1 + v)) as log1p((u - v) / (1 + v)), with u and v the fractions of F(k) and F(b + k).
    const pole = tf.add(b, k);
    const u = fraction(tf.scalar(k), s);
    const v = fraction(pole, s);
    const share = tf.mul(tf.div(b, pole), tf.div(tf.add(pole, tf.add(twice, k)), tf.add(twice, pole)));
    sum = tf.add(sum, tf.log1p(tf.div(tf.mul(u, share), tf.add(1, v))));
  }
  const corrections = tf.sub(midpointCorrection(tf.scalar(end), s), midpointCorrection(tf.add(end, b), s));
  return tf.add(sum, tf.add(integral(b, s), corrections));
}

/** s^2 / (y (y + 2 s)). */
function fraction(y: tf.Tensor, s: tf.Tensor): tf.Tensor {
  return tf.mul(tf.div(s, y), tf.div(s, tf.add(y, tf.mul(2, s))));
}

/** F'(y) / 24. */
function midpointCorrection(y: tf.Tensor, s: tf.Tensor): tf.Tensor {
  const product = tf.mul(tf.div(s, tf.add(y, s)), tf.div(s, tf.add(y, tf.mul(2, s))));
  return tf.neg(tf.div(tf.div(product, y), 12));
}

/**
 * The integral of F over a length of b from the end on: by quadrature if b is small, where the antiderivative would
 * cancel.
 */
function integral(b: tf.Tensor, s: tf.Tensor): tf.Tensor {
  const isShort = tf.step(tf.sub(end, b));
  const length = tf.minimum(b, end);
  let short: tf.Tensor = tf.zerosLike(tf.add(b, s));
  for (const [index, node] of rule.nodes.entries()) {
    const at = tf.add(end, tf.mul(length, node));
    short = tf.add(short, tf.mul(rule.weights[index] as number, tf.log1p(fraction(at, s))));
  }
  const long = tf.sub(beyond(tf.scalar(end), s), beyond(tf.add(end, b), s));
  return tf.add(tf.mul(isShort, tf.mul(length, short)), tf.mul(tf.sub(1, isShort), long));
}

/** The integral of F from y on: the second difference of y log y in steps of s, as logarithms of ratios. */
function beyond(y: tf.Tensor, s: tf.Tensor): tf.Tensor {
  const middle = tf.add(y, s);
  const up = tf.mul(tf.add(middle, s), tf.log1p(tf.div(s, middle)));
  const down = tf.mul(y, tf.log(tf.div(y, middle)));
  const ratio = tf.square(tf.div(s, middle));
  const series = tf.mul(tf.mul(middle, ratio), tf.add(1, tf.mul(ratio, tf.add(1 / 6, tf.div(ratio, 15)))));
  const isSmall = tf.step(tf.sub(0.05, ratio));
  return tf.add(tf.mul(isSmall, series), tf.mul(tf.sub(1, isSmall), tf.add(up, down)));
}
