import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Radial } from "../flows/radial.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";
import type { FlowStackOptions } from "./planar-flow.js";
import { repeatFlow } from "./stacked-flow.js";

class RadialFlow extends FlowFamily {
  readonly config: { readonly kind: "radial"; readonly size: number };

  constructor(readonly size: number) {
    super();
    this.config = { kind: "radial", size };
  }

  get parameterShapes() {
    return { center: [this.size], alpha: [], beta: [] };
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    // Equal alpha and beta make the identity.
    const beta = tf.mul(rng.normal(batchShape), 0.1);
    return { center: rng.normal([...batchShape, this.size]), alpha: tf.zeros([...batchShape]), beta };
  }

  protected _bijector({ center, alpha, beta }: FlowParameters): Radial {
    return new Radial({ center: center as tf.Tensor, alpha: alpha as tf.Tensor, beta: beta as tf.Tensor });
  }
}

/**
 * The family of {@link Radial} flows of `size` coordinates, `depth` of them in sequence. Each has `size + 2`
 * parameters: center, alpha and beta. Initial flows are near the identity.
 *
 * @throws RangeError unless `size` and `depth` are whole numbers >= 1.
 * @example
 * ```ts
 * radialFlow({ size: 3 }).parameterCount; // 5
 * ```
 */
export function radialFlow({ size, depth = 1 }: FlowStackOptions): FlowFamily {
  checkInteger("radialFlow", "size", size, 1);
  return repeatFlow(new RadialFlow(size), checkInteger("radialFlow", "depth", depth, 1));
}
