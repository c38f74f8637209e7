import { OneHotCategorical, type Rng, Vimco } from "@igr/core";
import { constant } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type CategoricalEstimator, makeEstimator, type OwnedEstimator } from "../latent/categorical-estimator.js";

/** The maps between the stochastic layers. */
export interface Layers {
  /**
   * The logits of the next layer from the bits of layer `index`, `[..., B, units]`; after the last layer, the logits of
   * the pixels.
   */
  next(index: number, bits: tf.Tensor): tf.Tensor;
  /** The loss, from the pixels' logits: `[..., B, pixels] -> [..., B]`. */
  loss(logits: tf.Tensor): tf.Tensor;
}

/**
 * Estimators for layers of bits that are not relaxed, one for each layer. The loss of a layer's bits is the estimate of
 * the next layer's estimator, so gradients pass all layers.
 */
export class BitEstimators {
  readonly #owned: readonly OwnedEstimator<OneHotCategorical>[];

  /** @throws what the estimators' constructors throw. */
  constructor(owner: string, options: CategoricalEstimator, units: readonly number[]) {
    this.#owned = units.map((count) => makeEstimator(owner, options, 2 * count));
  }

  get trainableVariables(): tf.Variable[] {
    return this.#owned.flatMap(({ estimator }) => estimator.trainableVariables);
  }

  /** Variables that a step assigns itself, such as moving averages. */
  get stateVariables(): tf.Variable[] {
    return this.#owned.flatMap(({ estimator }) => estimator.stateVariables);
  }

  /** Whether a schedule can change a temperature of the estimators. */
  get haveTemperature(): boolean {
    return this.#owned.every(({ estimator }) => estimator.hasTemperature);
  }

  /** The loss at drawn bits, `[B]`, with the estimate as its gradient, from the first layer's logits, `[B, units]`. */
  surrogate(first: tf.Tensor, layers: Layers, rng: Rng, temperature?: tf.Scalar): tf.Tensor {
    const [{ estimator: outermost }] = this.#owned as [OwnedEstimator<OneHotCategorical>];
    if (outermost instanceof Vimco) return tf.neg(this.#vimcoBound(outermost, first, layers, rng));
    const descend = (index: number, outputs: tf.Tensor): tf.Tensor => {
      const { estimator } = this.#owned[index]!;
      const scheduled = temperature === undefined ? estimator : estimator.atTemperature(temperature);
      const logits = tf.stack([tf.zerosLike(outputs), outputs], outputs.rank);
      const loss = (z: tf.Tensor) => {
        const next = layers.next(index, secondOf(z));
        return index + 1 < this.#owned.length ? descend(index + 1, next) : layers.loss(next);
      };
      return scheduled.surrogate(new OneHotCategorical({ logits }), loss, rng);
    };
    return descend(0, first);
  }

  /**
   * The bound of `samples` paths through all layers. VIMCO treats a path as one draw: its weight is the likelihood at
   * its end, its score the sum over the bits of all layers.
   */
  #vimcoBound(vimco: Vimco, first: tf.Tensor, layers: Layers, rng: Rng): tf.Tensor {
    let outputs = tf.tile(tf.expandDims(first, 0), [vimco.samples as number, 1, 1]);
    const logProbs: tf.Tensor[] = [];
    for (const index of this.#owned.keys()) {
      const q = new OneHotCategorical({ logits: tf.stack([tf.zerosLike(outputs), outputs], outputs.rank) });
      const z = constant(q.sample(rng));
      logProbs.push(tf.sum(q.logProb(z), -1));
      outputs = layers.next(index, secondOf(z));
    }
    return vimco.bound(tf.neg(layers.loss(outputs)), tf.addN(logProbs));
  }

  dispose(): void {
    for (const each of this.#owned) each.dispose();
  }
}

/** The bits of one-hot draws: `[..., units, 2] -> [..., units]`. */
function secondOf(z: tf.Tensor): tf.Tensor {
  const begin = [...new Array<number>(z.rank - 1).fill(0), 1];
  return tf.reshape(tf.slice(z, begin, [...z.shape.slice(0, -1), 1]), z.shape.slice(0, -1));
}
