import * as tf from "@tensorflow/tfjs-core";

// Stirling's series needs an argument that is not small; the recurrence lifts it by this much.
const lift = 8;

/**
 * log Gamma(1 + x) for x >= 0, elementwise, to 2e-6 absolutely or 3e-7 relatively; differentiable. tfjs has no such
 * kernel.
 */
export function logGammaOfOnePlus(x: tf.Tensor): tf.Tensor {
  const lifted = tf.add(x, lift);
  const inverse = tf.reciprocal(lifted);
  const inverseSquare = tf.square(inverse);
  // 1/(12 z) - 1/(360 z^3) + 1/(1260 z^5)
  const series = tf.mul(inverse, tf.add(1 / 12, tf.mul(inverseSquare, tf.add(-1 / 360, tf.div(inverseSquare, 1260)))));
  const stirling = tf.add(
    tf.sub(tf.mul(tf.sub(lifted, 0.5), tf.log(lifted)), lifted),
    tf.add(series, Math.log(2 * Math.PI) / 2),
  );
  let recurrence = tf.log(tf.add(x, 1));
  for (let step = 2; step < lift; step++) recurrence = tf.add(recurrence, tf.log(tf.add(x, step)));
  return tf.sub(stirling, recurrence);
}
