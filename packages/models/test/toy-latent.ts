import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { Latent } from "../src/latent/latent.js";
import type { LatentParameters, LatentSample } from "../src/latent/latent-part.js";

/** A relaxation such as a user might add: softmax of N(mean, 1) in R^K, prior N(0, 1). Its KL is mean^2 / 2. */
export class ToyLatent extends Latent {
  override get outputsPerVariable(): number {
    return this.categories;
  }

  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return { mean: outputs };
  }

  override sample(parameters: LatentParameters, rng: Rng, sampleShape: readonly number[] = []): LatentSample {
    const mean = parameters.mean!;
    const eps = rng.normal([...sampleShape, ...mean.shape]);
    const y = tf.add(mean, eps);
    const logRatio = () => tf.mul(0.5, tf.sum(tf.sub(tf.square(y), tf.square(eps)), y.rank - 1));
    return { z: tf.softmax(y), logRatio };
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => tf.softmax(rng.normal([count, this.variables, this.categories])) as tf.Tensor3D);
  }

  override config() {
    return { kind: "toy", variables: this.variables, categories: this.categories };
  }
}
