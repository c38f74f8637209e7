import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import { Likelihood, type LikelihoodConfig } from "./likelihood.js";

/** Options of {@link GaussianLikelihood}. */
export interface GaussianLikelihoodOptions {
  /**
   * The standard deviation of a pixel: a number (fixed), `'learned'` (one number for all pixels and images, trained
   * with the networks), or `'per-pixel'` (the decoder gives it, as its second block of outputs). Fixed at 1 by default.
   */
  readonly scale?: number | "learned" | "per-pixel";
  /**
   * The minimum of a scale that is not fixed, > 0; 1e-2 by default. The scale is floor + softplus(..). The floor bounds
   * the density, and with it the ELBO: a pixel that is always 0 contributes -log(floor) - 0.92 nats (12.9 at 1e-6).
   * Report it with every result, as `description` does.
   */
  readonly floor?: number;
  /** Initial value of a learned scale, > floor; 1 by default. */
  readonly initialScale?: number;
  /** `'linear'` (default): the decoder gives the mean itself; `'sigmoid'`: the mean is kept in (0, 1). */
  readonly mean?: "linear" | "sigmoid";
  /** What is applied to the decoder's outputs first: `'linear'` (nothing, default) or `'elu'` (the paper's programs). */
  readonly activation?: "linear" | "elu";
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Independent Gaussian pixels. log p(x | z) = -sum over pixels of ((x - mean) / scale)^2 / 2 + log scale + log(2 pi) / 2,
 * a log-density: it can be positive, and it depends on the unit of the pixels (here that of the data, usually [0, 1]).
 *
 * @example
 * ```ts
 * const likelihood = new GaussianLikelihood({ scale: "per-pixel", floor: 0.01, mean: "sigmoid" });
 * likelihood.description; // "Gaussian pixels, mean sigmoid(output), scale per pixel with floor 0.01"
 * ```
 */
export class GaussianLikelihood extends Likelihood {
  readonly isBinary = false;
  readonly scale: number | "learned" | "per-pixel";
  readonly floor: number;
  readonly #mean: "linear" | "sigmoid";
  readonly #activation: "linear" | "elu";
  readonly #initialScale: number;
  readonly #rawScale: tf.Variable | undefined;

  /** @throws RangeError for a scale, floor or starting scale that is not positive, or an unknown name. */
  constructor(options: GaussianLikelihoodOptions = {}) {
    super();
    const optional = "optional";
    const names = {
      scale: optional,
      floor: optional,
      initialScale: optional,
      mean: optional,
      activation: optional,
    } as const;
    checkNamedOptions("GaussianLikelihood", options, names);
    const { scale = 1, floor = 1e-2, initialScale = 1, mean = "linear", activation = "linear" } = options;
    this.scale =
      typeof scale === "number"
        ? checkPositive("GaussianLikelihood", "scale", scale)
        : checkOneOf<"learned" | "per-pixel">("GaussianLikelihood", "scale", scale, ["learned", "per-pixel"]);
    this.floor = checkPositive("GaussianLikelihood", "floor", floor);
    this.#mean = checkOneOf<"linear" | "sigmoid">("GaussianLikelihood", "mean", mean, ["linear", "sigmoid"]);
    this.#activation = checkOneOf<"linear" | "elu">("GaussianLikelihood", "activation", activation, ["linear", "elu"]);
    this.#initialScale = checkPositive("GaussianLikelihood", "initialScale", initialScale);
    if (scale === "learned") {
      if (initialScale <= floor) {
        throw new RangeError(`GaussianLikelihood: initialScale must be > floor = ${floor}, got ${initialScale}`);
      }
      // The inverse of softplus, written so that a large start does not overflow.
      const excess = initialScale - floor;
      this.#rawScale = tf.tidy(() => tf.variable(tf.scalar(excess + Math.log(-Math.expm1(-excess)))));
    }
  }

  /**
   * The Gaussian of the paper's programs for 28x28 images: outputs through ELU, mean = sigmoid(elu) (so > 0.269),
   * scale = softplus(elu) + 1e-6 per pixel (so > 0.313): at most 190 nats an image.
   */
  static paperPreset(): GaussianLikelihood {
    return new GaussianLikelihood({ scale: "per-pixel", floor: 1e-6, mean: "sigmoid", activation: "elu" });
  }

  override get outputsPerPixel(): number {
    return this.scale === "per-pixel" ? 2 : 1;
  }

  override get description(): string {
    const output = this.#activation === "elu" ? "elu(output)" : "output";
    const mean = this.#mean === "sigmoid" ? `sigmoid(${output})` : output;
    const scale =
      this.scale === "learned"
        ? `one learned scale with floor ${this.floor}`
        : this.scale === "per-pixel"
          ? `scale per pixel with floor ${this.floor}`
          : `scale fixed at ${this.scale}`;
    return `Gaussian pixels, mean ${mean}, ${scale}`;
  }

  override logProb(x: tf.Tensor2D, outputs: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const { mean, scale } = this.#meanAndScale(outputs);
      const logScale = typeof scale === "number" ? Math.log(scale) : tf.log(scale);
      const halfSquare = tf.mul(0.5, tf.square(tf.div(tf.sub(x, mean), scale)));
      return tf.neg(tf.sum(tf.add(halfSquare, tf.add(logScale, HALF_LOG_TWO_PI)), outputs.rank - 1));
    });
  }

  override mean(outputs: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.#meanAndScale(outputs).mean);
  }

  override config(): LikelihoodConfig {
    return {
      kind: "gaussian",
      scale: this.scale,
      floor: this.floor,
      initialScale: this.#initialScale,
      mean: this.#mean,
      activation: this.#activation,
    };
  }

  override get trainableVariables(): tf.Variable[] {
    return this.#rawScale ? [this.#rawScale] : [];
  }

  override dispose(): void {
    this.#rawScale?.dispose();
  }

  #meanAndScale(outputs: tf.Tensor): { mean: tf.Tensor; scale: tf.Tensor | number } {
    const activated = this.#activation === "elu" ? tf.elu(outputs) : outputs;
    const [first, second] =
      this.scale === "per-pixel" ? tf.split(activated, 2, activated.rank - 1) : [activated, undefined];
    const raw = second ?? this.#rawScale;
    return {
      mean: this.#mean === "sigmoid" ? tf.sigmoid(first!) : first!,
      scale: raw ? tf.add(tf.softplus(raw), this.floor) : (this.scale as number),
    };
  }
}
