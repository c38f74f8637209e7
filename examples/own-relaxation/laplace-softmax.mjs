import { Latent } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";

/**
 * softmax(y / temperature), y = loc + scale e in R^K with Laplace noise e; under the prior y is Laplace(0, 1).
 * KL and log ratio are those of y: the softmax is the same map on both sides.
 */
export class LaplaceSoftmaxLatent extends Latent {
  constructor({ temperature, ...size }) {
    super(size);
    this.temperature = temperature;
  }

  /** Loc and log scale of each of K coordinates. */
  get outputsPerVariable() {
    return 2 * this.categories;
  }

  /** `[B, N, 2 K] -> { loc, logScale: [B, N, K] }` */
  parameters(outputs) {
    const [loc, logScale] = tf.split(outputs, 2, 2);
    return { loc, logScale };
  }

  sample({ loc, logScale }, rng, sampleShape = []) {
    const scale = tf.exp(logScale);
    const e = laplace(rng, [...sampleShape, ...loc.shape]);
    const y = tf.add(loc, tf.mul(scale, e));
    // log q(y) - log p(y); the log 2 of both densities cancels.
    const logRatio = () => tf.sum(tf.sub(tf.sub(tf.abs(y), tf.abs(e)), logScale), y.rank - 1);
    return { z: tf.softmax(tf.div(y, this.temperature)), logRatio };
  }

  /** KL(Laplace(loc, scale) || Laplace(0, 1)) = scale exp(-|loc| / scale) + |loc| - 1 - log scale, summed over coordinates. */
  kl({ loc, logScale }) {
    const scale = tf.exp(logScale);
    const distance = tf.abs(loc);
    const each = tf.sub(tf.add(tf.mul(scale, tf.exp(tf.neg(tf.div(distance, scale)))), distance), tf.add(1, logScale));
    return tf.sum(each, 2);
  }

  samplePrior(rng, count) {
    return tf.tidy(() => tf.softmax(tf.div(laplace(rng, [count, this.variables, this.categories]), this.temperature)));
  }

  config() {
    const { variables, categories, temperature } = this;
    return { kind: "laplace-softmax", variables, categories, temperature };
  }
}

/** Standard Laplace draws: an exponential one, -log u, with a random sign. */
function laplace(rng, shape) {
  const size = tf.neg(tf.log(rng.uniform(shape)));
  return tf.mul(tf.sign(tf.sub(rng.uniform(shape), 0.5)), size);
}
