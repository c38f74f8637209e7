import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type Activation, checkActivation, DenseNetwork, type DenseNetworkOptions } from "../networks/dense-network.js";
import type { FlowParameters, NormalRng } from "./flow-family.js";

/** Options of the networks of a family. */
export interface FlowNetworkOptions {
  /** Widths of the hidden layers of each network; `[32, 32]` by default. */
  readonly hidden?: readonly number[];
  /** Activation between the layers; `'tanh'` by default. */
  readonly activation?: Activation;
  /** Size of the context, a second input of each network; 0 by default. */
  readonly contextSize?: number;
}

/** The sizes of a {@link DenseNetwork} of a family, and its parameters: `kernel0`, `bias0`, `kernel1`, ... */
export class NetworkParameters {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly #layers: readonly (readonly [inputs: number, outputs: number])[];
  readonly #activation: Activation | undefined;
  readonly #masks: DenseNetworkOptions["masks"];

  constructor(
    owner: string,
    widths: readonly number[],
    activation: Activation | undefined,
    masks?: DenseNetworkOptions["masks"],
  ) {
    checkActivation(owner, activation ?? "tanh");
    for (const width of widths.slice(1, -1)) checkInteger(owner, "hidden widths", width, 1);
    this.#layers = widths.slice(1).map((outputs, layer) => [widths[layer] as number, outputs] as const);
    this.#activation = activation;
    this.#masks = masks;
    this.shapes = Object.fromEntries(
      this.#layers.flatMap(([inputs, outputs], layer) => [
        [`kernel${layer}`, [inputs, outputs]],
        [`bias${layer}`, [outputs]],
      ]),
    );
  }

  /**
   * Normal kernels of variance 1 / inputs. The last kernel has a hundredth of that standard deviation, so that outputs
   * are near 0.
   */
  initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    const entries = this.#layers.flatMap(([inputs, outputs], layer) => {
      const deviation = (layer === this.#layers.length - 1 ? 0.01 : 1) / Math.sqrt(inputs);
      const kernel = tf.mul(rng.normal([...batchShape, inputs, outputs]), deviation);
      return [[`kernel${layer}`, kernel] as const, [`bias${layer}`, tf.zeros([...batchShape, outputs])] as const];
    });
    return Object.fromEntries(entries);
  }

  network(parameters: FlowParameters): DenseNetwork {
    const activation = this.#activation;
    const masks = this.#masks;
    const named = (name: string) => this.#layers.map((_, layer) => parameters[`${name}${layer}`] as tf.Tensor);
    return new DenseNetwork({ kernels: named("kernel"), biases: named("bias"), activation, masks });
  }
}
