import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import { Block } from "../combinators/block.js";
import { RationalQuadraticSpline, type RationalQuadraticSplineLimits } from "../flows/rational-quadratic-spline.js";
import { splineTransformer } from "../flows/transformer.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";

/** Options of {@link splineFlow}. */
export interface SplineFlowOptions extends RationalQuadraticSplineLimits {
  /** Number of coordinates D. */
  readonly size: number;
  /** Number of bins of each coordinate's spline; 8 by default. */
  readonly bins?: number;
}

class SplineFlow extends FlowFamily {
  readonly config;
  readonly size: number;
  readonly parameterShapes;
  readonly #limits: RationalQuadraticSplineLimits;

  constructor({ size, bins = 8, ...limits }: SplineFlowOptions) {
    super();
    this.config = { kind: "spline", size, bins, ...limits };
    this.size = size;
    this.#limits = limits;
    this.parameterShapes = { widths: [size, bins], heights: [size, bins], slopes: [size, bins - 1] };
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    const near = (shape: readonly number[]) => tf.mul(rng.normal([...batchShape, ...shape]), 0.01);
    const { widths, heights, slopes } = this.parameterShapes;
    return { widths: near(widths), heights: near(heights), slopes: near(slopes) };
  }

  protected _bijector({ widths, heights, slopes }: FlowParameters): Bijector {
    const spline = new RationalQuadraticSpline({
      widths: widths as tf.Tensor,
      heights: heights as tf.Tensor,
      slopes: slopes as tf.Tensor,
      ...this.#limits,
    });
    return new Block(spline, 1);
  }
}

/**
 * The family of {@link RationalQuadraticSpline} maps, one for each of `size` coordinates, which can give each marginal
 * any shape. Coordinates stay independent; {@link couplingFlow} with {@link splineTransformer} mixes them. Initial
 * flows are near the identity.
 *
 * @throws RangeError unless `size` is a whole number >= 1, `bins` is a whole number >= 2, and the limits are within
 * their ranges.
 * @example
 * ```ts
 * splineFlow({ size: 3, bins: 4 }).parameterCount; // 33
 * ```
 */
export function splineFlow({ size, ...spline }: SplineFlowOptions): FlowFamily {
  checkInteger("splineFlow", "size", size, 1);
  splineTransformer(spline);
  return new SplineFlow({ size, ...spline });
}
