import { checkInteger, checkPositive, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import { LogAffine } from "./log-affine.js";
import { RationalQuadraticSpline, type RationalQuadraticSplineLimits } from "./rational-quadratic-spline.js";

/**
 * How a coupling or autoregressive flow moves one coordinate: an elementwise map whose parameters a network computes.
 * Parameters of 0 make the identity.
 */
export interface Transformer {
  /** Number of parameters for each coordinate. */
  readonly parameterCount: number;
  /** JSON from which the transformer can be rebuilt. */
  readonly config: { readonly kind: "affine" | "spline"; readonly [option: string]: unknown };
  /** The elementwise map of the parameters `[..., parameterCount]`, for coordinates `[...]`. */
  bijector(numbers: tf.Tensor): Bijector;
}

/** Options of {@link affineTransformer}. */
export interface AffineTransformerOptions {
  /** Bound on the magnitude of the log-scale, > 0; 5 by default. */
  readonly maxLogScale?: number;
}

/**
 * `y = exp(s) x + t` with two parameters, t and the raw s, for each coordinate;
 * `s = maxLogScale tanh(raw / maxLogScale)`, so that the scale cannot overflow. Dinh, Sohl-Dickstein and Bengio 2017
 * (RealNVP).
 *
 * @throws RangeError unless `maxLogScale` is a finite number > 0.
 * @example
 * ```ts
 * affineTransformer().bijector(tf.tensor1d([1, 0])).forward(2); // 3
 * ```
 */
export function affineTransformer({ maxLogScale = 5 }: AffineTransformerOptions = {}): Transformer {
  checkPositive("affineTransformer", "maxLogScale", maxLogScale);
  return {
    parameterCount: 2,
    config: { kind: "affine", maxLogScale },
    bijector(numbers) {
      const shift = tf.squeeze(sliceLast(numbers, 0, 1), [-1]);
      const raw = tf.squeeze(sliceLast(numbers, 1, 1), [-1]);
      return new LogAffine(shift, tf.mul(maxLogScale, tf.tanh(tf.div(raw, maxLogScale))));
    },
  };
}

/** Options of {@link splineTransformer}. */
export interface SplineTransformerOptions extends RationalQuadraticSplineLimits {
  /** Number of bins; 8 by default. */
  readonly bins?: number;
}

/**
 * A {@link RationalQuadraticSpline} with linear tails, with `3 bins - 1` parameters for each coordinate: raw widths,
 * heights and slopes. Durkan, Bekasov, Murray and Papamakarios 2019.
 *
 * @throws RangeError unless `bins` is a whole number >= 2 and the limits are within their ranges.
 * @example
 * ```ts
 * splineTransformer({ bins: 4 }).bijector(tf.zeros([11])).forward(2); // 2
 * ```
 */
export function splineTransformer({ bins = 8, ...limits }: SplineTransformerOptions = {}): Transformer {
  checkInteger("splineTransformer", "bins", bins, 2);
  // Checks the limits now rather than at the first use.
  const zeros = new Array<number>(bins).fill(0);
  new RationalQuadraticSpline({ widths: zeros, heights: zeros, slopes: zeros.slice(1), ...limits });
  return {
    parameterCount: 3 * bins - 1,
    config: { kind: "spline", bins, ...limits },
    bijector: (numbers) =>
      new RationalQuadraticSpline({
        widths: sliceLast(numbers, 0, bins),
        heights: sliceLast(numbers, bins, bins),
        slopes: sliceLast(numbers, 2 * bins, bins - 1),
        ...limits,
      }),
  };
}
