import { Parameter, type ParameterValue, positive } from "@igr/tensors";
import type { BijectorOptions } from "../base/bijector.js";
import { Chain } from "../combinators/chain.js";
import { Sigmoid } from "../elementwise/sigmoid.js";
import { OpenSimplex } from "./open-simplex.js";
import { SoftmaxPlusPlus } from "./softmax-plus-plus.js";
import { StickBreaking } from "./stick-breaking.js";

/** Parameters of {@link stickBreakingSoftmax}. */
export interface StickBreakingSoftmaxOptions extends BijectorOptions {
  /**
   * Temperature, > 0. Lower temperatures move results towards the vertices. A tensor broadcasts against the batch axes
   * of `x`.
   */
  readonly temperature: ParameterValue;
  /**
   * Weight of the remainder, the last category, > 0; 0.1 by default. A tensor broadcasts against the batch axes of `x`.
   */
  readonly delta?: ParameterValue;
}

/**
 * softmax++ of the lengths of broken sticks: `softmax++(w / temperature)` with `w = StickBreaking(sigmoid(x))`, from
 * R^(K-1) to the simplex of K categories; the rest of the stick is dropped, and the last category is the remainder of
 * softmax++.
 *
 * Shapes: `[..., K-1] -> [..., K]`, K >= 2; log-determinants `[...]`, with respect to the first K-1 coordinates. Since
 * every w_k lies in (0, 1), the remainder's share is at most delta / (K-1 + delta): with delta <= 1 it is never the
 * largest, so K-1 sticks relax K-1 categories. The image is a part of the simplex; outside of it the inverse returns
 * some finite point and `inverseLogDetJacobian` -Infinity; `validate: 'values'` rejects such points. Near the image's
 * edge w is a small difference of numbers near 1: if you have x, use it instead of inverting y. Potapczynski,
 * Loaiza-Ganem and Cunningham 2020, eq 24.
 *
 * @throws RangeError unless `temperature` and `delta` are finite numbers > 0.
 * @example
 * ```ts
 * const toSimplex = stickBreakingSoftmax({ temperature: 0.1 });
 * toSimplex.forward(tf.tensor1d([0, 0])); // [0.9236, 0.0758, 0.0006]
 * ```
 */
export function stickBreakingSoftmax({ temperature, delta = 0.1, validate }: StickBreakingSoftmaxOptions): Chain {
  // The parts check their numbers too, but their errors have other names.
  new Parameter("stickBreakingSoftmax", "temperature", temperature, positive);
  new Parameter("stickBreakingSoftmax", "delta", delta, positive);
  return new Chain([
    new SoftmaxPlusPlus({ temperature, delta, validate }),
    new OpenSimplex({ validate }),
    new StickBreaking({ validate }),
    new Sigmoid({ validate }),
  ]);
}
