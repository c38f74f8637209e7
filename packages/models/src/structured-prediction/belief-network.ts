import { sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { applyNetwork, checkSize, exampleShape } from "../network/network.js";

/** The values of a bit as input of the next map: -1 and 1, or 0 and 1. */
export type BitSupport = "signs" | "bits";

/** The maps of a sigmoid belief network, from the upper part of an image through layers of bits to the logits of the lower part. */
export class BeliefNetwork {
  readonly networks: readonly LayersModel[];
  readonly support: BitSupport;
  /** Bits of the stochastic layers, first to last. */
  readonly units: readonly number[];
  /** Number of pixels of the upper part and of the lower part. */
  readonly upper: number;
  readonly lower: number;
  readonly #owner: string;

  /**
   * @throws RangeError unless there are at least two maps and each gives `numbersPerBit` numbers for each input bit of
   * the next map.
   */
  constructor(owner: string, networks: readonly LayersModel[], support: BitSupport, numbersPerBit: number) {
    if (networks.length < 2) {
      throw new RangeError(`${owner}: networks must hold at least 2 maps, got ${networks.length}`);
    }
    this.units = networks.slice(1).map((network, i) => {
      const units = sizeOfShape(exampleShape(`${owner}: networks[${i + 1}]`, network, "inputs"));
      const given = exampleShape(`${owner}: networks[${i}]`, networks[i]!, "outputs");
      const reason = `${units} bits x ${numbersPerBit} numbers`;
      checkSize(owner, `networks[${i}] output`, given, units * numbersPerBit, reason);
      return units;
    });
    this.#owner = owner;
    this.networks = networks;
    this.support = support;
    this.upper = sizeOfShape(exampleShape(`${owner}: networks[0]`, networks[0]!, "inputs"));
    const last = networks.length - 1;
    this.lower = sizeOfShape(exampleShape(`${owner}: networks[${last}]`, networks[last]!, "outputs"));
  }

  /**
   * The two parts of images, `[B, upper]` and `[B, lower]`.
   * @throws RangeError, naming `method`, unless x holds the pixels of both.
   */
  parts(method: string, x: tf.Tensor): { readonly upper: tf.Tensor2D; readonly lower: tf.Tensor2D } {
    const pixels = this.upper + this.lower;
    if (x.rank < 2 || sizeOfShape(x.shape.slice(1)) !== pixels) {
      throw new RangeError(
        `${this.#owner}.${method}: x must hold ${this.upper} + ${this.lower} pixels per image, got shape [${x.shape}]`,
      );
    }
    const [upper, lower] = tf.split(tf.reshape(x, [x.shape[0]!, pixels]), [this.upper, this.lower], 1);
    return { upper: upper as tf.Tensor2D, lower: lower as tf.Tensor2D };
  }

  /** The parameters of the first layer of bits, `[B, upper] -> [B, units * numbersPerBit]`. */
  first(upper: tf.Tensor, training: boolean): tf.Tensor2D {
    const outputs = applyNetwork(this.networks[0]!, upper, training);
    return tf.reshape(outputs, [upper.shape[0]!, -1]) as tf.Tensor2D;
  }

  /** The map after layer `index` of bits, counted from 0: `[..., units] -> [..., outputs]`. */
  after(index: number, bits: tf.Tensor, training: boolean): tf.Tensor {
    const received = this.support === "signs" ? tf.sub(tf.mul(2, bits), 1) : bits;
    const leading = bits.shape.slice(0, -1);
    const flat = tf.reshape(received, [sizeOfShape(leading), bits.shape.at(-1)!]);
    const next = applyNetwork(this.networks[index + 1]!, flat, training);
    return tf.reshape(next, [...leading, sizeOfShape(next.shape.slice(1))]);
  }
}
