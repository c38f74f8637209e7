import { Exp } from "@igr/bijectors";
import type * as tf from "@tensorflow/tfjs-core";
import { TransformedDistribution } from "../combinators/transformed-distribution.js";
import type { LocationScaleOptions } from "./location-scale.js";
import { Normal } from "./normal.js";

/**
 * Log-normal distribution on x > 0: its logarithm is normal, of mean `loc` and standard deviation `scale`. It is
 * {@link TransformedDistribution} of {@link Normal} by Exp. Shapes: event `[]`; batch: the broadcast shape of `loc` and
 * `scale`. Samples are reparameterized. KL with its own kind, and with that TransformedDistribution, in closed form.
 *
 * At and below 0 the log-density is -Infinity. Float32: 1e-6 in both tails, as for Normal.
 *
 * @example
 * ```ts
 * const size = new LogNormal({ loc: 0, scale: [0.5, 1] });
 * size.logProb(1); // [-0.2258, -0.9189]
 * size.mean(); // [1.1331, 1.6487]
 * ```
 */
export class LogNormal extends TransformedDistribution {
  readonly #normal: Normal;

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    const normal = new Normal(options, "LogNormal");
    super({ distribution: normal, bijector: new Exp() }, "LogNormal");
    this.#normal = normal;
  }

  /** Mean of the logarithm: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#normal.loc;
  }

  /** Standard deviation of the logarithm: the given tensor, or a new one. */
  get scale(): tf.Tensor {
    return this.#normal.scale;
  }
}
