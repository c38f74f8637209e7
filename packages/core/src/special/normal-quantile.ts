import { detached, signOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Coefficients of a numerator and a denominator, highest power first. */
interface Rational {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

// Wichura (1988), Algorithm AS 241, routine PPND7: about 1 part in 10^7.
const central: Rational = {
  numerator: [59.10937472, 159.29113202, 50.434271938, 3.3871327179],
  denominator: [67.1875636, 78.757757664, 17.895169469, 1],
};
const near: Rational = {
  numerator: [0.17023821103, 1.3067284816, 2.75681539, 1.4234372777],
  denominator: [0.12021132975, 0.7370016425, 1],
};
const far: Rational = {
  numerator: [0.017337203997, 0.42868294337, 3.081226386, 6.657905115],
  denominator: [0.012258202635, 0.24197894225, 1],
};

/** The standard normal quantile, elementwise, [0, 1] -> [-Infinity, Infinity]; differentiable within (0, 1). */
export function normalQuantile(probability: tf.Tensor): tf.Tensor {
  return signedNormalQuantile(tf.sub(probability, 0.5), tf.minimum(probability, tf.sub(1, probability)));
}

/**
 * {@link normalQuantile} of `1/2 + fromHalf`, whose smaller tail is `smaller`: both have digits that a probability near
 * 1/2 or 1 lacks.
 */
export function signedNormalQuantile(fromHalf: tf.Tensor, smaller: tf.Tensor): tf.Tensor {
  const middle = tf.mul(fromHalf, evaluate(central, tf.sub(0.180625, tf.square(fromHalf))));

  // The tail that contains p. A tail of 0 is kept finite here; its infinity is added below.
  const tail = tf.sqrt(tf.neg(tf.log(tf.maximum(smaller, 2 ** -126))));
  const isFar = tf.step(tf.sub(tail, 5));
  const size = mix(isFar, evaluate(far, tf.sub(tail, 5)), evaluate(near, tf.sub(tail, 1.6)));
  const isTail = tf.step(tf.sub(tf.abs(fromHalf), 0.425));
  const atEnds = detached(
    (end, direction) =>
      tf.where(
        tf.lessEqual(end as tf.Tensor, 0),
        tf.mul(direction as tf.Tensor, Number.POSITIVE_INFINITY),
        tf.zerosLike(direction as tf.Tensor),
      ),
    smaller,
    fromHalf,
  );
  return tf.add(mix(isTail, tf.mul(signOf(fromHalf), size), middle), atEnds);
}

function evaluate({ numerator, denominator }: Rational, x: tf.Tensor): tf.Tensor {
  return tf.div(polynomial(numerator, x), polynomial(denominator, x));
}

function polynomial([first = 0, ...rest]: readonly number[], x: tf.Tensor): tf.Tensor {
  return rest.reduce<tf.Tensor>((value, coefficient) => tf.add(tf.mul(value, x), coefficient), tf.fill(x.shape, first));
}

/** `weight` is 0 or 1; both branches are finite. */
function mix(weight: tf.Tensor, atOne: tf.Tensor, atZero: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(weight, atOne), tf.mul(tf.sub(1, weight), atZero));
}
