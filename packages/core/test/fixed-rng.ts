import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../src/random/rng.js";

/** A generator whose every draw is the given noise, so that a reference can start from the same numbers. */
export function fixedRng(noise: tf.TensorLike): Rng {
  const draw = (shape: readonly number[]) => tf.reshape(tf.tensor(noise, undefined, "float32"), shape.slice());
  return {
    normal: draw,
    uniform: draw,
    gumbel: draw,
    fork: () => fixedRng(noise),
    fill: (_kind, target) => target.set(tf.tensor(noise).dataSync()),
    bits: () => {},
    state: () => ({ algorithm: "fixed", key: "", position: "" }),
    root: {},
  };
}
