import * as tf from "@tensorflow/tfjs-core";

/** Dependent bits with given marginal probabilities. */
export interface AntitheticBits {
  /** `[S, ...]`, 0 or 1. */
  readonly bits: tf.Tensor;
  /** `p (1 - p) / P(b_i = 1, b_j = 0)`, at most 1, `[...]`: of two draws i and j whose bits differ. */
  readonly ofUnequal: tf.Tensor;
  /** `p(b)^2 / P(b_i = b_j = b)`, at least 1, for b = 0 and 1, `[...]` each. Undefined if that never happens. */
  readonly ofEqual: readonly [tf.Tensor, tf.Tensor];
}

/**
 * S negatively dependent bits of probability `probs`, from uniform numbers of the Dirichlet copula (Dimitriev and Zhou
 * 2021); for two draws these are u and 1 - u. With d uniform on the simplex, u_i = (1 - d_i)^(S-1) is uniform, and
 * P(u_i < q, u_j < q) = max(0, 2 q^(1/(S-1)) - 1)^(S-1). u < q, with q <= 1/2, is the rarer value of the bit.
 *
 * @param noise Uniform, `[S, ...]`, S >= 2.
 */
export function antitheticBits(probs: tf.Tensor, noise: tf.Tensor): AntitheticBits {
  const samples = noise.shape[0] as number;
  const exponentials = tf.neg(tf.log(noise));
  const sum = tf.sum(exponentials, 0, true);
  const rest = tf.div(tf.sub(sum, exponentials), sum);
  const u = samples === 2 ? rest : tf.pow(rest, samples - 1);
  const q = tf.minimum(probs, tf.sub(1, probs));
  const isLikely = tf.step(tf.sub(probs, 0.5));
  const isRare = tf.step(tf.sub(q, u));
  const bits = tf.add(isLikely, tf.mul(isRare, tf.sub(1, tf.mul(2, isLikely))));
  const both = jointOfRare(q, samples);
  const neither = tf.add(tf.sub(1, tf.mul(2, q)), both);
  const smallest = 1e-30;
  const rare = tf.div(tf.square(q), tf.maximum(both, smallest));
  const likely = tf.div(tf.square(tf.sub(1, q)), tf.maximum(neither, smallest));
  return {
    bits,
    ofUnequal: tf.div(tf.sub(1, q), tf.sub(1, tf.div(both, tf.maximum(q, smallest)))),
    ofEqual: [mixed(isLikely, rare, likely), mixed(isLikely, likely, rare)],
  };
}

function jointOfRare(q: tf.Tensor, samples: number): tf.Tensor {
  // For two draws this is 2 q - 1, which is never > 0.
  if (samples === 2) return tf.zerosLike(q);
  const power = samples - 1;
  return tf.pow(tf.maximum(tf.sub(tf.mul(2, tf.pow(q, 1 / power)), 1), 0), power);
}

function mixed(isFirst: tf.Tensor, first: tf.Tensor, second: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(isFirst, first), tf.mul(tf.sub(1, isFirst), second));
}
