import {
  broadcastShapes,
  broadcastTensor,
  checkOneOf,
  finite,
  Parameter,
  type ParameterValue,
  sizeOfShape,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type ParametricNetwork, withContext } from "./network.js";

/** Activations between the layers of a network. */
export type Activation = "tanh" | "relu" | "elu";

/** Parameters of a {@link DenseNetwork}. */
export interface DenseNetworkOptions {
  /** One matrix for each layer, `[..., inputs, outputs]`; the first takes x followed by the context. */
  readonly kernels: readonly ParameterValue[];
  /** One vector for each layer, `[..., outputs]`. */
  readonly biases: readonly ParameterValue[];
  /** Activation between the layers; `'tanh'` by default. */
  readonly activation?: Activation;
  /** One matrix for each layer: 0 removes a weight of the kernel, 1 keeps it. All weights are kept by default. */
  readonly masks?: readonly (readonly (readonly number[])[])[];
}

const activations: Record<Activation, (x: tf.Tensor) => tf.Tensor> = { tanh: tf.tanh, relu: tf.relu, elu: tf.elu };

/** @throws RangeError for the name of another activation; TypeError for a value that is not a string. */
export function checkActivation(owner: string, activation: Activation): void {
  checkOneOf(owner, "activation", activation, Object.keys(activations) as Activation[]);
}

/**
 * Dense layers with an activation between them, `[..., inputs] -> [..., outputs]`: the network of coupling and, with
 * masks (see {@link autoregressiveMasks}), of autoregressive flows. Leading axes of kernels and biases are batch axes:
 * one network for each, broadcast against the batch of x. It holds no memory.
 *
 * @example
 * ```ts
 * const network = new DenseNetwork({ kernels: [[[1, -1]], [[1], [1]]], biases: [[0, 0], [0.5]], activation: "relu" });
 * network.apply(tf.tensor2d([[2], [-3]])); // [2.5, 3.5]
 * ```
 */
export class DenseNetwork implements ParametricNetwork {
  /** Leading axes of the parameters. */
  readonly batchShape: readonly number[];
  readonly #kernels: readonly Parameter[];
  readonly #biases: readonly Parameter[];
  readonly #activation: Activation;
  readonly #masks: DenseNetworkOptions["masks"];

  /**
   * @throws RangeError unless there are equally many kernels, biases and masks, of shapes that fit, or if the
   * activation is unknown.
   */
  constructor({ kernels, biases, activation = "tanh", masks }: DenseNetworkOptions) {
    const layers = kernels.length;
    if (layers === 0 || biases.length !== layers || (masks && masks.length !== layers)) {
      throw new RangeError(
        `DenseNetwork: kernels, biases and masks must be as many, got ${layers}, ${biases.length} and ${masks?.length ?? "none"}`,
      );
    }
    checkActivation("DenseNetwork", activation);
    this.#kernels = kernels.map((kernel, k) => new Parameter("DenseNetwork", `kernel ${k}`, kernel, finite));
    this.#biases = biases.map((bias, k) => new Parameter("DenseNetwork", `bias ${k}`, bias, finite));
    this.#activation = activation;
    this.#masks = masks;
    const batches = [...this.#kernels, ...this.#biases].map((each): [string, readonly number[]] => [
      each.name,
      each.shape.slice(0, each.name.startsWith("kernel") ? -2 : -1),
    ]);
    this.batchShape = broadcastShapes("DenseNetwork", Object.fromEntries(batches));
  }

  get trainableVariables(): tf.Variable[] {
    const given = [...this.#kernels, ...this.#biases].map((each) => each.given);
    return given.filter((each): each is tf.Variable => each instanceof tf.Variable && each.trainable);
  }

  /** Whether `other` has the same activation and masks, and is known to have the same parameters. */
  equals(other: unknown): boolean {
    const sameParameters = (own: readonly Parameter[], others: readonly Parameter[]) =>
      own.length === others.length && own.every((each, k) => each.equals(others[k] as Parameter));
    return (
      other instanceof DenseNetwork &&
      this.#activation === other.#activation &&
      JSON.stringify(this.#masks) === JSON.stringify(other.#masks) &&
      sameParameters(this.#kernels, other.#kernels) &&
      sameParameters(this.#biases, other.#biases)
    );
  }

  /** The outputs at `x`; the first layer's input is x followed by the context. */
  apply(x: tf.Tensor, context?: tf.Tensor): tf.Tensor {
    return tf.tidy(() =>
      this.#kernels.reduce(
        (value, kernel, layer) => {
          const mask = this.#masks?.[layer];
          const weights = mask ? tf.mul(kernel.tensor, tf.tensor2d(mask as number[][])) : kernel.tensor;
          const bias = (this.#biases[layer] as Parameter).tensor;
          return tf.add(times(layer === 0 ? value : activations[this.#activation](value), weights), bias);
        },
        withContext(x, context),
      ),
    );
  }
}

/**
 * `[..., inputs]` times `[...batch, inputs, outputs]`. tfjs' matMul has no gradient for broadcast batch axes, so the
 * kernel's batch axes become one axis, and further axes of x become rows.
 */
function times(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  const own = kernel.shape.slice(0, -2);
  const batch = broadcastShapes("DenseNetwork", { x: x.shape.slice(0, -1), kernel: own });
  if (own.length === 0) {
    return tf.reshape(tf.matMul(tf.reshape(x, [sizeOfShape(batch), inputs]), kernel), [...batch, outputs]);
  }
  const networks = batch.slice(batch.length - own.length);
  const [rows, count] = [sizeOfShape(batch.slice(0, batch.length - own.length)), sizeOfShape(networks)];
  const flat = tf.reshape(broadcastTensor(x, [...batch, inputs]), [rows, count, inputs]);
  const kernels = tf.reshape(broadcastTensor(kernel, [...networks, inputs, outputs]), [count, inputs, outputs]);
  const product = tf.matMul(tf.transpose(flat, [1, 0, 2]), kernels);
  return tf.reshape(tf.transpose(product, [1, 0, 2]), [...batch, outputs]);
}
