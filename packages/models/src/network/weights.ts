import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

/** A tf.layers layer with a kernel and a bias. */
interface WeightedLayer {
  getWeights(): tf.Tensor[];
  setWeights(weights: tf.Tensor[]): void;
}

/**
 * Sets a layer's kernel to uniform draws in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010, "Xavier") and its bias to
 * 0, drawn from the fork `weights <index>` of `rng`. A seed gives the same weights on every machine.
 */
export function setXavierWeights(layer: WeightedLayer, rng: Rng, index: number, fanIn: number, fanOut: number): void {
  tf.tidy(() => {
    const [kernel, bias] = layer.getWeights();
    const bound = Math.sqrt(6 / (fanIn + fanOut));
    const uniform = rng.fork(`weights ${index}`).uniform(kernel!.shape);
    layer.setWeights([tf.mul(tf.sub(uniform, 0.5), 2 * bound), tf.zeros(bias!.shape)]);
  });
}
