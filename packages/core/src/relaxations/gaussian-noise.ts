import * as tf from "@tensorflow/tfjs-core";
import { stopGradient } from "../gradients/path-gradient.js";

/** The noise and scale of Gaussian coordinates `loc + scale * noise`, from which their density is computed. */
export interface StandardizedGaussian {
  /** The standardized coordinates. */
  readonly noise: tf.Tensor;
  /** The standard deviations. */
  readonly scale: tf.Tensor;
}

/**
 * The same noise and scale for the log-density of `y = loc + scale * noise` with the gradient through y alone: loc and
 * scale of the density count as constants. It uses the noise rather than (y - loc) / scale, which has fewer digits.
 */
export function alongSample(noise: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor): StandardizedGaussian {
  // The shift is 0, with the slope of (y - stop(loc)) / stop(scale).
  const [fixedLoc, fixedScale] = [stopGradient(loc), stopGradient(scale)];
  const shift = tf.add(tf.sub(loc, fixedLoc), tf.mul(noise, tf.sub(scale, fixedScale)));
  return { noise: tf.add(noise, tf.div(shift, fixedScale)), scale: fixedScale };
}
