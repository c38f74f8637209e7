import type { ParameterValue } from "@igr/tensors";
import type { DistributionOptions } from "../base/distribution.js";
import { IGR } from "./igr.js";

/** Parameters of {@link LogisticNormal}. */
export interface LogisticNormalOptions extends DistributionOptions {
  /** Means of the log-ratios log z_k - log z_K, `[..., K-1]`. */
  readonly loc: ParameterValue;
  /** Their standard deviations, > 0; broadcasts against `loc`. */
  readonly scale: ParameterValue;
}

/**
 * Logistic-normal distribution on the simplex: `z = softmax([y, 0])` with independent Gaussian y, so that the log-ratios
 * log z_k - log z_K are Gaussian. An {@link IGR} by softmax++ of temperature 1 and delta 1, with its interface and its
 * closed-form KL, also against any IGR by softmax++. Large scales draw near the vertices.
 *
 * Shapes: batch `[...]`, event `[K]`; densities are with respect to the first K-1 coordinates of z. It is TFP's Gaussian through
 * SoftmaxCentered, less log(K) / 2 in the log-density; torch's LogisticNormal breaks sticks, and is another distribution.
 * Atchison and Shen 1980.
 *
 * @example
 * ```ts
 * const relaxed = new LogisticNormal({ loc: [0, 1], scale: [2, 2] });
 * klDivergence(relaxed, new LogisticNormal({ loc: [0, 0], scale: [2, 2] })); // 0.125
 * ```
 */
export class LogisticNormal extends IGR {
  /** @throws RangeError if shapes do not broadcast or numbers are outside their domain. */
  constructor(options: LogisticNormalOptions) {
    super({ ...options, temperature: 1, delta: 1 }, "LogisticNormal");
  }
}
