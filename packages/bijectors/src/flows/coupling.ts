import {
  broadcastShapes,
  broadcastTensor,
  concatLast,
  finite,
  Parameter,
  type ParameterValue,
  sliceLast,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector, BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { JointBijector } from "../base/joint-bijector.js";
import { gatherLast } from "../base/last-axis.js";
import { Network, type NetworkLike } from "../networks/network.js";
import type { Transformer } from "./transformer.js";

/** Options that {@link Coupling} and {@link RealNVP} share. */
export interface MaskOptions extends BijectorOptions {
  /**
   * 1 or true for each coordinate that stays and is an input of the network, 0 or false for each that moves. Length D
   * >= 2.
   */
  readonly mask: readonly (number | boolean)[];
  /** A second input of the network, `[..., contextSize]`; nothing by default. */
  readonly context?: ParameterValue;
}

/** Parameters of a {@link Coupling}. */
export interface CouplingOptions extends MaskOptions {
  /**
   * Maps the coordinates that stay, `[..., kept]`, to the transformer's parameters for each coordinate that moves,
   * `[..., moved * parameterCount]`.
   */
  readonly network: NetworkLike;
  /** How a coordinate moves: {@link affineTransformer} or {@link splineTransformer}. */
  readonly transformer: Transformer;
}

/**
 * Coupling flow, from R^D onto R^D: the coordinates that the mask keeps stay; each other coordinate moves by an
 * elementwise map whose parameters a network computes from those that stay. Any network works, since it is never
 * inverted.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. The batch axes of the context, and of the
 * network's parameters, are batch axes of the flow. The inverse is exact and takes one pass, like the forward map.
 * Dinh, Sohl-Dickstein and Bengio 2017; Durkan, Bekasov, Murray and Papamakarios 2019 with splines.
 *
 * @example
 * ```ts
 * const network = (x) => tf.concat([tf.sin(x), tf.cos(x), x, x, x], -1); // 1 coordinate to 3 * 2 - 1 numbers
 * const flow = new Coupling({ mask: [1, 0], network, transformer: splineTransformer({ bins: 2 }) });
 * flow.inverse(flow.forward(tf.tensor1d([1, 2]))); // [1, 2]
 * ```
 */
export class Coupling extends JointBijector {
  readonly eventRank = 1;
  readonly #network: Network;
  readonly #transformer: Transformer;
  readonly #context: Parameter | undefined;
  readonly #kept: number;
  /** Kept coordinates first. */
  readonly #order: readonly number[];
  readonly #inverseOrder: readonly number[];

  /**
   * @throws RangeError unless the mask keeps a coordinate and moves another; TypeError if `mask`, `network` or
   * `transformer` is of another kind.
   */
  constructor({ mask, network, transformer, context, validate }: CouplingOptions) {
    super({ validate });
    if (!Array.isArray(mask)) {
      throw new TypeError(`${this.name}: mask must be an array of 0 and 1, got ${String(mask)}`);
    }
    if (typeof transformer?.bijector !== "function") {
      throw new TypeError(
        `${this.name}: transformer must be one such as affineTransformer() or splineTransformer(), got ${String(transformer)}`,
      );
    }
    const indices = mask.map((_, index) => index);
    const moved = indices.filter((index) => !mask[index]);
    if (moved.length === 0 || moved.length === mask.length) {
      throw new RangeError(
        `${this.name}: mask must keep 1 coordinate at least and move another, got [${mask.join(",")}]`,
      );
    }
    this.#kept = mask.length - moved.length;
    this.#order = [...indices.filter((index) => mask[index]), ...moved];
    this.#inverseOrder = indices.map((index) => this.#order.indexOf(index));
    this.#network = new Network(this.name, "network", network);
    this.#transformer = transformer;
    this.#context = context === undefined ? undefined : new Parameter(this.name, "context", context, finite);
  }

  override get parameters(): BijectorParameters {
    const network = this.#network;
    const context = this.#context;
    const order = this.#order;
    const kept = this.#kept;
    const transformer = this.#transformer;
    return { network, context, order, kept, transformer: JSON.stringify(transformer.config) };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes(this.name, {
      "context without its last axis": this.#context?.shape.slice(0, -1) ?? [],
      "the network's parameters": this.#network.batchShape,
    });
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.#move(x, (map, moved) => map.forwardAndLogDet(moved));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.#move(y, (map, moved) => map.inverseAndLogDet(moved));
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.#order.length;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as the mask`;
  }

  #move(x: tf.Tensor, apply: (map: Bijector, moved: tf.Tensor) => ValueAndLogDet): ValueAndLogDet {
    const ordered = gatherLast(x, this.#order, this.#inverseOrder);
    const kept = sliceLast(ordered, 0, this.#kept);
    const count = this.#order.length - this.#kept;
    const { parameterCount } = this.#transformer;
    const numbers = this.#network.apply(kept, this.#context?.tensor, [count, parameterCount]);
    const { value, logDet } = apply(this.#transformer.bijector(numbers), sliceLast(ordered, this.#kept, count));
    const wide = broadcastTensor(kept, [...value.shape.slice(0, -1), this.#kept]);
    return {
      value: gatherLast(concatLast([wide, value]), this.#inverseOrder, this.#order),
      logDet: tf.sum(logDet, -1),
    };
  }
}
