import { broadcastTensor, customGradient, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { stopGradient } from "./path-gradient.js";

/**
 * `f(x)` elementwise, with a slope in x that is written out, for formulas whose own slope cancels in float32 where
 * their value does not. Other dependencies of `f` keep the gradients of the formula; `parameters` are the tensors that
 * the slope needs. The shapes of `x`, the parameters and the value broadcast.
 */
export function withValueSlope(
  x: tf.Tensor,
  f: (x: tf.Tensor) => tf.Tensor,
  slope: (x: tf.Tensor, ...parameters: tf.Tensor[]) => tf.Tensor,
  ...parameters: tf.Tensor[]
): tf.Tensor {
  const value = f(stopGradient(x));
  const [ofX, ...others] = toOneShape(x, value, ...parameters) as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
  const inputs = [broadcastTensor(value, ofX.shape), ofX, ...others.slice(1)];
  return customGradient(
    inputs,
    (given, ...rest) => ({ value: tf.clone(given as tf.Tensor), saved: rest }),
    (upstream, at, ...rest) => [
      tf.clone(upstream),
      tf.mul(upstream, slope(at as tf.Tensor, ...rest)),
      ...rest.map((parameter) => tf.zerosLike(parameter)),
    ],
  );
}
