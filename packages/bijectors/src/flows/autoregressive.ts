import {
  broadcastShapes,
  checkInteger,
  concatLast,
  finite,
  Parameter,
  type ParameterValue,
  sliceLast,
  splitShape,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector, BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { JointBijector } from "../base/joint-bijector.js";
import { Network, type NetworkLike } from "../networks/network.js";
import { affineTransformer, type Transformer } from "./transformer.js";

/** Parameters of {@link MaskedAutoregressive} and {@link InverseAutoregressive}. */
export interface AutoregressiveOptions extends BijectorOptions {
  /** Number of coordinates D. */
  readonly size: number;
  /**
   * Maps D coordinates to the transformer's parameters for each of them, `[..., D * parameterCount]`. The parameters
   * for coordinate k depend only on the coordinates before k: a {@link DenseNetwork} with {@link autoregressiveMasks},
   * or a network of your own.
   */
  readonly network: NetworkLike;
  /** How a coordinate moves; {@link affineTransformer} by default. */
  readonly transformer?: Transformer;
  /** A second input of the network, `[..., contextSize]`; nothing by default. */
  readonly context?: ParameterValue;
}

type Apply = (map: Bijector, input: tf.Tensor) => ValueAndLogDet;

abstract class Autoregressive extends JointBijector {
  readonly eventRank = 1;
  /** Number of coordinates D. */
  readonly size: number;
  readonly #network: Network;
  readonly #transformer: Transformer;
  readonly #context: Parameter | undefined;

  /** @throws RangeError unless `size` is a whole number >= 1; TypeError if `network` is not a network. */
  constructor({ size, network, transformer = affineTransformer(), context, validate }: AutoregressiveOptions) {
    super({ validate });
    checkInteger(this.name, "size", size, 1);
    this.size = size;
    this.#network = new Network(this.name, "network", network);
    this.#transformer = transformer;
    this.#context = context === undefined ? undefined : new Parameter(this.name, "context", context, finite);
  }

  override get parameters(): BijectorParameters {
    const network = this.#network;
    const context = this.#context;
    const transformer = this.#transformer;
    const { size } = this;
    return { network, context, size, transformer: JSON.stringify(transformer.config) };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes(this.name, {
      "context without its last axis": this.#context?.shape.slice(0, -1) ?? [],
      "the network's parameters": this.#network.batchShape,
    });
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    return event[0] === this.size ? undefined : `${this.size} coordinates on its last axis`;
  }

  /** The parameters of all coordinates, from the input: one pass of the network. */
  protected fromInput(input: tf.Tensor, apply: Apply): ValueAndLogDet {
    const { value, logDet } = apply(this.#transformer.bijector(this.#numbers(input)), input);
    return { value, logDet: tf.sum(logDet, -1) };
  }

  /** The parameters of each coordinate, from the results before it: one pass of the network for each coordinate. */
  protected fromResult(input: tf.Tensor, apply: Apply): ValueAndLogDet {
    const batch = broadcastShapes(this.name, {
      input: splitShape(input.shape, 1).batch,
      "the parameters": this.batchShape,
    });
    const values: tf.Tensor[] = [];
    const logDets: tf.Tensor[] = [];
    for (let k = 0; k < this.size; k++) {
      // Later coordinates are 0 rather than guesses from earlier passes: a guess may overflow.
      const known = concatLast([...values, tf.zeros([...batch, this.size - k])]);
      const { value, logDet } = apply(
        this.#transformer.bijector(rowOf(this.#numbers(known), k)),
        sliceLast(input, k, 1),
      );
      values.push(value);
      logDets.push(logDet);
    }
    return { value: concatLast(values), logDet: tf.sum(concatLast(logDets), -1) };
  }

  /** `[..., D, parameterCount]`. */
  #numbers(x: tf.Tensor): tf.Tensor {
    return this.#network.apply(x, this.#context?.tensor, [this.size, this.#transformer.parameterCount]);
  }
}

/** The parameters of coordinate k, `[..., D, n] -> [..., 1, n]`. */
function rowOf(numbers: tf.Tensor, k: number): tf.Tensor {
  const begin = new Array<number>(numbers.rank).fill(0);
  begin[numbers.rank - 2] = k;
  return tf.slice(numbers, begin, [...numbers.shape.slice(0, -2), 1, numbers.shape.at(-1) as number]);
}

/**
 * Masked autoregressive flow (MAF), from R^D onto R^D: `y_k = exp(s_k) x_k + t_k` where s_k and t_k are functions of
 * `y_1, ..., y_(k-1)`; other transformers are possible. The inverse, which densities of data need, takes one pass of
 * the network; `forward` takes D passes.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. Both directions are exact. The batch axes of
 * the context and of the network's parameters are batch axes of the flow. The network must make output k independent of
 * later coordinates; otherwise log-determinants are wrong.
 * Papamakarios, Pavlakou and Murray 2017, eq 3 and 4.
 *
 * @example
 * ```ts
 * const masks = autoregressiveMasks({ size: 2, hidden: [], outputs: 2 }); // t_1, s_1, t_2, s_2
 * const network = new DenseNetwork({ kernels: [[[9, 9, 2, 0], [9, 9, 9, 9]]], biases: [[1, 0, 0, 0]], masks });
 * new MaskedAutoregressive({ size: 2, network }).forward([3, 5]); // [4, 13]
 * ```
 */
export class MaskedAutoregressive extends Autoregressive {
  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.fromResult(x, (map, input) => map.forwardAndLogDet(input));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.fromInput(y, (map, input) => map.inverseAndLogDet(input));
  }
}

/**
 * Inverse autoregressive flow (IAF), from R^D onto R^D: `y_k = exp(s_k) x_k + t_k` where s_k and t_k are functions of
 * `x_1, ..., x_(k-1)`; other transformers are possible. `forward`, which reparameterized samples need, takes one pass
 * of the network; the inverse takes D passes.
 *
 * Shapes and requirements are those of {@link MaskedAutoregressive}; both directions are exact.
 * Kingma, Salimans, Jozefowicz, Chen, Sutskever and Welling 2016, with an exponential instead of their sigmoid.
 *
 * @example
 * ```ts
 * const masks = autoregressiveMasks({ size: 2, hidden: [], outputs: 2 }); // t_1, s_1, t_2, s_2
 * const network = new DenseNetwork({ kernels: [[[9, 9, 2, 0], [9, 9, 9, 9]]], biases: [[1, 0, 0, 0]], masks });
 * new InverseAutoregressive({ size: 2, network }).forward([3, 5]); // [4, 11]
 * ```
 */
export class InverseAutoregressive extends Autoregressive {
  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.fromInput(x, (map, input) => map.forwardAndLogDet(input));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.fromResult(y, (map, input) => map.inverseAndLogDet(input));
  }
}
