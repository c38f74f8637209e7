import { checkInteger, Parameter, type ParameterValue, positive } from "@igr/tensors";
import { Chain } from "../combinators/chain.js";
import { SoftmaxPlusPlus } from "../simplex/softmax-plus-plus.js";
import { planarFlow } from "./planar-flow.js";
import { TrainableFlow, type TrainableFlowOptions } from "./trainable-flow.js";

/** Options of {@link planarSoftmax}. */
export interface PlanarSoftmaxOptions extends TrainableFlowOptions {
  /** Number of categories K >= 2. */
  readonly categories: number;
  /** Number of planar flows: 2, 5 and 10 in the paper. */
  readonly depth: number;
  /** Temperature of softmax++, > 0. A tensor broadcasts against the batch axes of `x`. */
  readonly temperature: ParameterValue;
  /** Weight of the last category, > 0; 0.1 by default. */
  readonly delta?: ParameterValue;
}

/**
 * The transform of IGR-Planar: `depth` trainable planar flows, then softmax++, from R^(K-1) to the simplex of K
 * categories. Use it as `transform` of an IGR. The flows are parameters of the model, one for each element of
 * `batchShape` (each categorical variable), and not an encoder's output.
 *
 * Shapes: `[..., K-1] -> [..., K]`; log-determinants `[...]`, with respect to the first K-1 coordinates. The variables
 * are `trainableVariables`; `tf.dispose` frees them. If the temperature changes during training, use `new IGR({
 * transform: new TrainableFlow(planarFlow(..), ..), temperature })` with each temperature instead. Potapczynski,
 * Loaiza-Ganem and Cunningham 2020, section 3 and Table 4.
 *
 * @throws RangeError unless `categories` is a whole number >= 2, `depth` is a whole number >= 1, and `temperature` and
 * `delta` are > 0.
 * @example
 * ```ts
 * const rng = { normal: (shape) => tf.randomNormal(shape) }; // or createRng(1) of @igr/core
 * const transform = planarSoftmax({ categories: 10, depth: 2, temperature: 0.5, rng });
 * transform.trainableVariables.length; // 6
 * ```
 */
export function planarSoftmax({ categories, depth, temperature, delta, ...flow }: PlanarSoftmaxOptions): Chain {
  checkInteger("planarSoftmax", "categories", categories, 2);
  checkInteger("planarSoftmax", "depth", depth, 1);
  // softmax++ checks them too, but its errors have another name.
  new Parameter("planarSoftmax", "temperature", temperature, positive);
  new Parameter("planarSoftmax", "delta", delta ?? 0.1, positive);
  const softmax = new SoftmaxPlusPlus({ temperature, delta });
  return new Chain([softmax, new TrainableFlow(planarFlow({ size: categories - 1, depth }), flow)]);
}
