import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { isTraced } from "../random/draw-listener.js";
import { cutSticks } from "./cut-sticks.js";
import type { GrowingSticks } from "./growing-sticks.js";

/**
 * Grows the variables to as many coordinates as the samples of this noise, `[..., cap]`, keep. Reads one number.
 *
 * @throws Error inside a compiled function, where no tensor can be read.
 */
export function growForNoise(owner: string, sticks: GrowingSticks, noise: tf.Tensor, rho: number): void {
  if (isTraced()) {
    throw new Error(`${owner}: sticks cannot grow inside a compiled function; call sticks.growTo(sticks.cap) before`);
  }
  const needed = tf.tidy(() => {
    const y = tf.add(sticks.loc, tf.mul(sticks.scale, noise));
    return detached((each) => tf.max(cutSticks(each as tf.Tensor, rho).effectiveK), y).dataSync()[0] as number;
  });
  sticks.growTo(needed);
}
