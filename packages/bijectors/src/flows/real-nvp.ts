import { broadcastShapes, broadcastTensor } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Network, type NetworkLike, type ParametricNetwork } from "../networks/network.js";
import { Coupling, type MaskOptions } from "./coupling.js";
import { type AffineTransformerOptions, affineTransformer } from "./transformer.js";

/** Parameters of a {@link RealNVP} flow: one network for shift and log-scale, or one for each. */
export type RealNVPOptions = MaskOptions &
  AffineTransformerOptions &
  (
    | {
        /**
         * Maps the coordinates that stay, `[..., kept]`, to shift and raw log-scale of each coordinate that moves,
         * `[..., moved * 2]`.
         */
        readonly network: NetworkLike;
      }
    | {
        /** Maps the coordinates that stay, `[..., kept]`, to the shifts of those that move, `[..., moved]`. */
        readonly shift: NetworkLike;
        /** Maps the coordinates that stay, `[..., kept]`, to the raw log-scales, `[..., moved]`. */
        readonly logScale: NetworkLike;
      }
  );

/**
 * RealNVP flow, from R^D onto R^D: the coordinates that the mask keeps stay; the others become `exp(s) x + t`, where
 * networks compute s and t from those that stay. `s = maxLogScale tanh(raw / maxLogScale)` is bounded.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`, the sum of s. The inverse is exact.
 * Dinh, Sohl-Dickstein and Bengio 2017, eq 4-9.
 *
 * @example
 * ```ts
 * const flow = new RealNVP({ mask: [1, 0], shift: (x) => tf.mul(2, x), logScale: tf.zerosLike });
 * flow.forward(tf.tensor1d([1, 5])); // [1, 7]
 * ```
 */
export class RealNVP extends Coupling {
  /**
   * @throws RangeError unless the mask keeps a coordinate and moves another, and `maxLogScale` is > 0; TypeError if a
   * network is of another kind.
   */
  constructor({ mask, context, maxLogScale, validate, ...networks }: RealNVPOptions) {
    const transformer = affineTransformer({ maxLogScale });
    const network = "network" in networks ? networks.network : new ShiftAndLogScale(networks, mask);
    super({ mask, network, transformer, context, validate });
  }
}

/** Two networks as one, whose outputs alternate. */
class ShiftAndLogScale implements ParametricNetwork {
  readonly #parts: readonly [Network, Network];
  readonly #moved: number;

  constructor(given: { readonly shift: NetworkLike; readonly logScale: NetworkLike }, mask: MaskOptions["mask"]) {
    this.#parts = [new Network("RealNVP", "shift", given.shift), new Network("RealNVP", "logScale", given.logScale)];
    // Coupling rejects invalid masks.
    this.#moved = Array.isArray(mask) ? mask.filter((isKept) => !isKept).length : 0;
  }

  get trainableVariables(): tf.Variable[] {
    return [...new Set(this.#parts.flatMap((part) => part.trainableVariables))];
  }

  get batchShape(): readonly number[] {
    const [shift, logScale] = this.#parts;
    return broadcastShapes("RealNVP", { shift: shift.batchShape, logScale: logScale.batchShape });
  }

  equals(other: unknown): boolean {
    return other instanceof ShiftAndLogScale && this.#parts.every((part, k) => part.equals(other.#parts[k]));
  }

  apply(x: tf.Tensor, context?: tf.Tensor): tf.Tensor {
    const [shift, logScale] = this.#parts.map((part) => part.apply(x, context, [this.#moved])) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const shape = broadcastShapes("RealNVP", { shift: shift.shape, logScale: logScale.shape });
    const both = tf.stack([broadcastTensor(shift, shape), broadcastTensor(logScale, shape)], shape.length);
    return tf.reshape(both, [...shape.slice(0, -1), 2 * this.#moved]);
  }
}
