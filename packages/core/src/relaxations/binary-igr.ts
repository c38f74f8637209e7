import { broadcastShapes, finite, Parameter, type ParameterValue, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions, SampleAndLogProbOptions } from "../base/distribution.js";
import { Bernoulli } from "../distributions/bernoulli.js";
import { Normal } from "../distributions/normal.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { type LogitDraw, RelaxedBinary } from "./relaxed-binary.js";

/** Parameters of {@link BinaryIGR}. */
export interface BinaryIGROptions extends DistributionOptions {
  /** Mean of the Gaussian, `[...batch]`. */
  readonly loc: ParameterValue;
  /** Standard deviation of the Gaussian, > 0; broadcasts against `loc`. */
  readonly scale: ParameterValue;
  /** Temperature, > 0; broadcasts against `loc`. */
  readonly temperature: ParameterValue;
}

/**
 * Invertible Gaussian Reparameterization of one bit: `z = sigmoid(y / temperature)` in (0, 1) with Gaussian
 * `y = loc + scale * eps`. The first coordinate of an IGR over two categories with softmax++ and delta = 1; another
 * delta would add a bias of -temperature log delta (Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 16-21 with K =
 * 2).
 *
 * Shapes: event `[]`, batch: the parameters' broadcast shape. The log-odds are Gaussian: the KL divergence between two
 * of them has a closed form for all temperatures, and the bit z > 1/2 has the probability Phi(loc / scale). Float32:
 * `sampleAndLogProb` and the log-odds are exact where z rounds to 0 or 1; there `logProb(z)` is the limit, -Infinity.
 *
 * @example
 * ```ts
 * const bit = new BinaryIGR({ loc: 1, scale: 0.5, temperature: 0.1 });
 * bit.discrete().mean(); // 0.977
 * ```
 */
export class BinaryIGR extends RelaxedBinary {
  readonly #parameters: { readonly loc: Parameter; readonly scale: Parameter; readonly temperature: Parameter };

  /** @throws RangeError if shapes do not broadcast or numbers are outside their domain. */
  constructor({ loc, scale, temperature, validate = "shapes" }: BinaryIGROptions) {
    const parameters = {
      loc: new Parameter("BinaryIGR", "loc", loc, finite, validate),
      scale: new Parameter("BinaryIGR", "scale", scale, positive, validate),
      temperature: new Parameter("BinaryIGR", "temperature", temperature, positive, validate),
    };
    const batchShape = broadcastShapes("BinaryIGR", {
      loc: parameters.loc.shape,
      scale: parameters.scale.shape,
      temperature: parameters.temperature.shape,
    });
    super("BinaryIGR", { batchShape, eventShape: [] }, { validate });
    this.#parameters = parameters;
  }

  /** The mean of the Gaussian: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#parameters.loc.tensor;
  }

  /** The standard deviation of the Gaussian: the given tensor, or a new one. */
  get scale(): tf.Tensor {
    return this.#parameters.scale.tensor;
  }

  /** The temperature: the given tensor, or a new one. */
  get temperature(): tf.Tensor {
    return this.#parameters.temperature.tensor;
  }

  /** The distribution of the log-odds, Gaussian. Its parameters are new tensors. */
  override get ofLogit(): Normal {
    const { temperature } = this;
    return new Normal({ loc: tf.div(this.loc, temperature), scale: tf.div(this.scale, temperature) });
  }

  /**
   * The Bernoulli distribution of z > 1/2, exact: with probability Phi(loc / scale). Its logits are a new tensor, for
   * `tf.tidy` or the caller to free.
   */
  discrete(): Bernoulli {
    const logits = tf.tidy(() => {
      const standardized = tf.div(this.loc, this.scale);
      return tf.sub(logNormalCdf(standardized), logNormalCdf(tf.neg(standardized)));
    });
    return new Bernoulli({ logits, validate: this.validate });
  }

  protected _drawLogit(rng: Rng, sampleShape: readonly number[], options: SampleAndLogProbOptions): LogitDraw {
    // The noise has the shape of the whole batch, even if loc and scale have fewer axes than temperature.
    const { value, logProb } = this.ofLogit.sampleAndLogProb(rng, sampleShape, options);
    return { logit: value, logProb };
  }

  protected _logDensityOfLogit(logit: tf.Tensor): tf.Tensor {
    return this.ofLogit.logProb(logit);
  }

  protected override _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    // At 0 and 1 a large number replaces the infinite log-odds: its square overflows to the limit -Infinity, while
    // Infinity would give Infinity - Infinity.
    return super._logProbFromLog(tf.clipByValue(logit, -1e30, 1e30));
  }
}

registerKl(BinaryIGR, BinaryIGR, (q, p) => closedKl(q.ofLogit, p.ofLogit));
