import { broadcastShapes, broadcastTensor, customGradient, signOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logAddExp, logOfNonNegative } from "../base/log-space.js";

/**
 * The slope of `a + c tanh(a)`, c > -1, in logs, with c given as `logStrength = log(1 + c)`. As log(tanh^2 a + sech^2 a
 * (1 + c)) it is a sum of positive terms, computed from their logarithms; the textbook's 1 + c tanh'(a) cancels to 0
 * once 1 + c < 1e-7.
 */
export function logSlopeOfTanhStep(a: tf.Tensor, logStrength: tf.Tensor): tf.Tensor {
  const shape = broadcastShapes("tanh step", { a: a.shape, logStrength: logStrength.shape });
  const tanh = tf.tanh(a);
  // |tanh a| as t sign(t), whose gradient at 0 is 0; that of tf.abs is -1.
  const logTanhSquared = tf.mul(2, logOfNonNegative(tf.mul(tanh, signOf(tanh))));
  // sech^2 a = 4 sigmoid(2a) sigmoid(-2a).
  const twice = tf.mul(2, a);
  const logSechSquared = tf.sub(2 * Math.LN2, tf.add(tf.softplus(twice), tf.softplus(tf.neg(twice))));
  return logAddExp(broadcastTensor(logTanhSquared, shape), broadcastTensor(tf.add(logSechSquared, logStrength), shape));
}

/**
 * The root of `a + c tanh(a) = target`: the left side is odd and increasing. On magnitudes the root lies between
 * `max(0, target - c)` and `target` if c > 0, else between `target` and `target - c`; halving that bracket a fixed
 * number of times and two Newton steps give float32's precision, with the same operations for every input, so that a
 * compiler can trace them. The bracket holds for every finite target, so the search always converges. The gradient
 * comes from the implicit function theorem.
 */
export function rootOfTanhStep(target: tf.Tensor, logStrength: tf.Tensor): tf.Tensor {
  const shape = broadcastShapes("tanh step", { target: target.shape, logStrength: logStrength.shape });
  return customGradient(
    [broadcastTensor(target, shape), broadcastTensor(logStrength, shape)],
    (target, logStrength) => {
      const goal = tf.abs(target);
      const strength = tf.exp(logStrength);
      const c = tf.sub(strength, 1);
      // (a - tanh a) + strength tanh a, not a + c tanh a: c rounds to -1 from a logStrength of -17.
      const image = (a: tf.Tensor) => {
        const tanh = tf.tanh(a);
        return tf.add(tf.sub(a, tanh), tf.mul(strength, tanh));
      };
      let low = tf.relu(tf.sub(goal, tf.relu(c)));
      let high = tf.add(goal, tf.relu(tf.neg(c)));
      for (let halving = 0; halving < HALVINGS; halving++) {
        const middle = tf.mul(0.5, tf.add(low, high));
        const isBelow = tf.less(image(middle), goal);
        low = tf.where(isBelow, middle, low);
        high = tf.where(isBelow, high, middle);
      }
      let root = tf.mul(0.5, tf.add(low, high));
      for (let step = 0; step < 2; step++) {
        const tanhSquared = tf.square(tf.tanh(root));
        const slope = tf.add(tanhSquared, tf.mul(tf.sub(1, tanhSquared), strength));
        // A slope that underflows to 0 would make the step NaN.
        const newton = tf.sub(root, tf.div(tf.sub(image(root), goal), tf.maximum(slope, 1e-30)));
        root = tf.minimum(tf.maximum(newton, low), high);
      }
      const value = tf.mul(root, signOf(target));
      return { value, saved: [value, logStrength] };
    },
    (dy, ...saved) => {
      const [root, logStrength] = saved as [tf.Tensor, tf.Tensor];
      const byTarget = tf.mul(dy, tf.exp(tf.neg(logSlopeOfTanhStep(root, logStrength))));
      return [byTarget, tf.neg(tf.mul(byTarget, tf.mul(tf.exp(logStrength), tf.tanh(root))))];
    },
  );
}

/** The widest useful bracket, 1 around a root of 1e-2, shrinks below float32's resolution of the root. */
const HALVINGS = 30;
