import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import { gaussianKl, gaussianLogRatio, locAndScale } from "./gaussian-terms.js";
import { type LatentConfig, type LatentParameters, LatentPart, type LatentSample } from "./latent-part.js";

/** Options of {@link GaussianLatent}. */
export interface GaussianLatentOptions {
  /** D, the number of continuous variables, >= 1. */
  readonly variables: number;
}

/**
 * D independent Gaussian variables with a standard normal prior: the continuous part of a {@link JointVAE}. The encoder gives
 * two numbers for each, mean and log standard deviation; the KL has a closed form.
 */
export class GaussianLatent extends LatentPart {
  readonly outputsPerVariable = 2;
  readonly inputsPerVariable = 1;

  /** @throws RangeError unless `variables` is an integer >= 1. */
  constructor(options: GaussianLatentOptions) {
    if (new.target === GaussianLatent) checkNamedOptions("GaussianLatent", options, { variables: "checked" });
    super(options.variables);
  }

  /** `{ loc, scale }`, each `[B, D, 1]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return locAndScale(outputs);
  }

  override sample(parameters: LatentParameters, rng: Rng, sampleShape: readonly number[] = []): LatentSample {
    const loc = parameters.loc!;
    const scale = parameters.scale!;
    const eps = rng.normal([...sampleShape, ...loc.shape]);
    const z = tf.add(loc, tf.mul(scale, eps));
    return { z, logRatio: () => tf.tidy(() => gaussianLogRatio(eps, scale, z, standardNormal())) };
  }

  /** KL(N(loc, scale) || N(0, 1)) of each variable, `[B, D]`. */
  override kl({ loc, scale }: LatentParameters): tf.Tensor {
    return tf.tidy(() => gaussianKl({ loc: loc!, scale: scale! }, standardNormal()));
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return rng.normal([count, this.variables, 1]) as tf.Tensor3D;
  }

  override config(): LatentConfig {
    return { kind: "gaussian", variables: this.variables };
  }
}

function standardNormal() {
  return { loc: tf.scalar(0), scale: tf.scalar(1) };
}
