import * as tf from "@tensorflow/tfjs-core";

/** One-hot vectors of categories by their numbers: `[...] -> [..., categories]`, float32; tf.oneHot refuses one category. */
export function oneHot(category: tf.Tensor, categories: number): tf.Tensor {
  return categories === 1
    ? tf.ones([...category.shape, 1])
    : tf.cast(tf.oneHot(tf.cast(category, "int32"), categories), "float32");
}
