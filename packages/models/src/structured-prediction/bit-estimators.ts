import { OneHotCategorical, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { type CategoricalEstimator, makeEstimator, type OwnedEstimator } from "../latent/categorical-estimator.js";

/** What lies between the stochastic layers. */
export interface Layers {
  /** The logits of the layer after layer `index` from its bits, `[..., B, units]`, or after the last those of the pixels. */
  next(index: number, bits: tf.Tensor): tf.Tensor;
  /** What is minimized, from the pixels' logits: `[..., B, pixels] -> [..., B]`. */
  loss(logits: tf.Tensor): tf.Tensor;
}

/**
 * Estimators for layers of bits that are not relaxed, one for each: the loss of a layer's bits is what the next layer's estimator
 * makes of the rest of the network, so that gradients pass all layers.
 */
export class BitEstimators {
  readonly #owned: readonly OwnedEstimator[];

  /** @throws RangeError for VIMCO with more than one layer, whose bound is that of all bits at once; as the estimators' constructors. */
  constructor(owner: string, options: CategoricalEstimator, units: readonly number[]) {
    if (options?.kind === "vimco" && units.length > 1) {
      throw new RangeError(
        `${owner}: estimator 'vimco' needs networks with one layer of bits, got ${units.length}; its bound is no sum over layers`,
      );
    }
    this.#owned = units.map((count) => makeEstimator(owner, options, 2 * count));
  }

  get trainableVariables(): tf.Variable[] {
    return this.#owned.flatMap(({ estimator }) => estimator.trainableVariables);
  }

  /** Whether a schedule can move a temperature of theirs. */
  get haveTemperature(): boolean {
    return this.#owned.every(({ estimator }) => estimator.hasTemperature);
  }

  /** The loss at drawn bits, `[B]`, with the estimate as its gradient, from the first layer's logits, `[B, units]`. */
  surrogate(first: tf.Tensor, layers: Layers, rng: Rng, temperature?: tf.Scalar): tf.Tensor {
    const descend = (index: number, outputs: tf.Tensor): tf.Tensor => {
      const { estimator } = this.#owned[index]!;
      const scheduled = temperature === undefined ? estimator : estimator.atTemperature(temperature);
      const logits = tf.stack([tf.zerosLike(outputs), outputs], outputs.rank);
      const loss = (z: tf.Tensor) => {
        const begin = [...new Array<number>(z.rank - 1).fill(0), 1];
        const bits = tf.reshape(tf.slice(z, begin, [...z.shape.slice(0, -1), 1]), z.shape.slice(0, -1));
        const next = layers.next(index, bits);
        return index + 1 < this.#owned.length ? descend(index + 1, next) : layers.loss(next);
      };
      return scheduled.surrogate(new OneHotCategorical({ logits }), loss, rng);
    };
    return descend(0, first);
  }

  dispose(): void {
    for (const each of this.#owned) each.dispose();
  }
}
