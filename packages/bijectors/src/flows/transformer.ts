import { checkInteger, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import { sliceLast } from "../base/last-axis.js";
import { LogAffine } from "./log-affine.js";
import { RationalQuadraticSpline, type RationalQuadraticSplineLimits } from "./rational-quadratic-spline.js";

/**
 * How a coupling or autoregressive flow moves one coordinate: the elementwise map that the numbers of a network make. Zeros
 * make the identity.
 */
export interface Transformer {
  /** How many numbers the network gives for each coordinate. */
  readonly parameterCount: number;
  /** What makes it again, as JSON. */
  readonly config: { readonly kind: "affine" | "spline"; readonly [option: string]: unknown };
  /** The elementwise map of `[..., parameterCount]` numbers, for coordinates `[...]`. */
  bijector(numbers: tf.Tensor): Bijector;
}

/** Options of {@link affineTransformer}. */
export interface AffineTransformerOptions {
  /** Bound on the magnitude of the log-scale, > 0; 5 if absent. */
  readonly maxLogScale?: number;
}

/**
 * `y = exp(s) x + t` with 2 numbers, t and the raw s, for each coordinate; `s = maxLogScale tanh(raw / maxLogScale)`, so that
 * no network can overflow the scale. Dinh, Sohl-Dickstein and Bengio 2017 (RealNVP).
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
  /** Number of bins; 8 if absent. */
  readonly bins?: number;
}

/**
 * A {@link RationalQuadraticSpline} with linear tails, with `3 bins - 1` numbers for each coordinate: raw widths, heights and
 * slopes. Durkan, Bekasov, Murray and Papamakarios 2019.
 *
 * @throws RangeError unless `bins` is a whole number >= 2 and the limits are within their ranges.
 * @example
 * ```ts
 * splineTransformer({ bins: 4 }).bijector(tf.zeros([11])).forward(2); // 2
 * ```
 */
export function splineTransformer({ bins = 8, ...limits }: SplineTransformerOptions = {}): Transformer {
  checkInteger("splineTransformer", "bins", bins, 2);
  // Refuses limits now, and not at the first use.
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
