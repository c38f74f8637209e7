import * as tf from "@tensorflow/tfjs-core";
import { softmaxJacobian } from "./softmax-jacobian.js";
import { type Temperature, tempered } from "./temperature.js";

/**
 * The mean of the Jacobians of softmax(scores / temperature) with respect to the scores, times v, over several values
 * of the softmax.
 */
export function meanJacobian(soft: readonly tf.Tensor[], v: tf.Tensor, temperature: Temperature): tf.Tensor {
  const sum = soft.map((each) => softmaxJacobian(each, v)).reduce((a, b) => tf.add(a, b));
  return tempered(tf.div(sum, soft.length), temperature);
}
