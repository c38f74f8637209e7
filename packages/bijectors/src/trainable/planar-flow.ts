import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Planar } from "../flows/planar.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";
import { repeatFlow } from "./stacked-flow.js";

/** Options of {@link planarFlow} and {@link radialFlow}. */
export interface FlowStackOptions {
  /** Number of coordinates D; K-1 for an IGR over K categories. */
  readonly size: number;
  /** Number of flows in sequence; 1 by default. */
  readonly depth?: number;
}

class PlanarFlow extends FlowFamily {
  readonly config: { readonly kind: "planar"; readonly size: number };

  constructor(readonly size: number) {
    super();
    this.config = { kind: "planar", size };
  }

  get parameterShapes() {
    return { u: [this.size], w: [this.size], b: [] };
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    const shape = [...batchShape, this.size];
    const w = tf.div(rng.normal(shape), Math.sqrt(this.size));
    // softplus(w.u) = 1 makes uHat 0: the identity. The start is slightly off, so that u is not parallel to w.
    const still = tf.mul(w, tf.div(Math.log(Math.E - 1), tf.maximum(tf.sum(tf.square(w), -1, true), 1e-6)));
    return { u: tf.add(still, tf.mul(rng.normal(shape), 0.1)), w, b: tf.zeros([...batchShape]) };
  }

  protected _bijector({ u, w, b }: FlowParameters): Planar {
    return new Planar({ u: u as tf.Tensor, w: w as tf.Tensor, b });
  }
}

/**
 * The family of {@link Planar} flows of `size` coordinates, `depth` of them in sequence (IGR-Planar of Potapczynski,
 * Loaiza-Ganem and Cunningham 2020, section 3, where softmax++ follows: {@link planarSoftmax}). Each has `2 size + 1`
 * parameters: u, w and b. Initial flows are near the identity.
 *
 * @throws RangeError unless `size` and `depth` are whole numbers >= 1.
 * @example
 * ```ts
 * planarFlow({ size: 9, depth: 5 }).parameterCount; // 95
 * ```
 */
export function planarFlow({ size, depth = 1 }: FlowStackOptions): FlowFamily {
  checkInteger("planarFlow", "size", size, 1);
  return repeatFlow(new PlanarFlow(size), checkInteger("planarFlow", "depth", depth, 1));
}
