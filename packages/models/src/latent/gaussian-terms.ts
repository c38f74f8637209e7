import * as tf from "@tensorflow/tfjs-core";

/** Means and standard deviations of independent Gaussians. Densities and divergences sum over the last axis. */
export interface GaussianTerms {
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
}

/** `{ loc, scale }` from an encoder's outputs `[B, N, 2 D]`: loc, then log scale, D each. */
export function locAndScale(outputs: tf.Tensor): { readonly loc: tf.Tensor; readonly scale: tf.Tensor } {
  return tf.tidy(() => {
    const [loc, logScale] = tf.split(outputs, 2, outputs.rank - 1);
    return { loc: loc!, scale: tf.exp(logScale!) };
  });
}

/**
 * log N(y; loc, scale) - log N(x; prior) of a draw y = loc + scale eps, summed over the last axis; x is y or its image
 * under a map. The posterior's density is computed from the noise eps, because (y - loc) / scale loses digits once y is
 * rounded.
 */
export function gaussianLogRatio(eps: tf.Tensor, scale: tf.Tensor, x: tf.Tensor, prior: GaussianTerms): tf.Tensor {
  return tf.tidy(() => {
    const ofPosterior = tf.add(tf.mul(0.5, tf.square(eps)), tf.log(scale));
    const standardized = tf.div(tf.sub(x, prior.loc), prior.scale);
    const ofPrior = tf.add(tf.mul(0.5, tf.square(standardized)), tf.log(prior.scale));
    return tf.sum(tf.sub(ofPrior, ofPosterior), x.rank - 1);
  });
}

/** KL(N(loc, scale) || N(prior)), summed over the last axis (eq 19). */
export function gaussianKl({ loc, scale }: GaussianTerms, prior: GaussianTerms): tf.Tensor {
  return tf.tidy(() => {
    const ratio = tf.div(scale, prior.scale);
    const squares = tf.add(tf.square(tf.div(tf.sub(loc, prior.loc), prior.scale)), tf.square(ratio));
    return tf.sum(tf.sub(tf.mul(0.5, tf.sub(squares, 1)), tf.log(ratio)), loc.rank - 1);
  });
}
