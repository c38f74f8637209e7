import { broadcastShapes, broadcastTensor, equalShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

// Below this the reciprocal of a float32 overflows.
const smallestNormal = 2 ** -126;

/** `log(probability)`, -Infinity at 0; its gradient there is finite, so that a weight of 0 gives a gradient of 0. */
export function logOfProbability(probability: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [p, save] = inputs as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([p]);
    return {
      value: tf.log(p),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) =>
        tf.div(dy as tf.Tensor, tf.maximum(saved[0] as tf.Tensor, smallestNormal)),
    };
  })(probability);
}

/** `log(1 - probability)`, accurate for small probabilities; at 1 it behaves as {@link logOfProbability} at 0. */
export function logOfComplement(probability: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [p, save] = inputs as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([p]);
    return {
      value: tf.log1p(tf.neg(p)),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) =>
        tf.neg(tf.div(dy as tf.Tensor, tf.maximum(tf.sub(1, saved[0] as tf.Tensor), smallestNormal))),
    };
  })(probability);
}

/**
 * `weight * logProbability` with 0 * -Infinity = 0, as needed in an entropy and in the log-probability of an event
 * without the impossible outcome. The shapes broadcast.
 */
export function timesLog(weight: tf.Tensor, logProbability: tf.Tensor): tf.Tensor {
  const shape = broadcastShapes("timesLog", { weight: weight.shape, logProbability: logProbability.shape });
  return timesLogOfOneShape(expand(weight, shape), expand(logProbability, shape));
}

function expand(x: tf.Tensor, shape: number[]): tf.Tensor {
  return equalShapes(x.shape, shape) ? x : broadcastTensor(x, shape);
}

function timesLogOfOneShape(weight: tf.Tensor, logProbability: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [w, log, save] = inputs as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([w, log]);
    return {
      value: tf.where(tf.equal(w, 0), tf.zerosLike(w), tf.mul(w, log)),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => [
        tf.mul(dy as tf.Tensor, tf.maximum(saved[1] as tf.Tensor, -(2 ** 126))),
        tf.mul(dy as tf.Tensor, saved[0] as tf.Tensor),
      ],
    };
  })(weight, logProbability);
}
