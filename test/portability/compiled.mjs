// A gradient compiled by @igr/jit, on onnxruntime-web.
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";

/** @returns 3 x^2 at 1, 2 and -3. */
export async function compiled() {
  const slope = jit((x) => tf.grad((y) => tf.sum(tf.mul(y, tf.square(y))))(x), { executor: "web" });
  const values = await slope(tf.tensor1d([1, 2, -3]));
  await slope.dispose();
  return Array.from(values.dataSync());
}
