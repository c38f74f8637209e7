import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import type { ControlVariate, ControlVariateValue } from "./control-variate.js";

/** Parameters of {@link TanhControlVariate}. */
export interface TanhControlVariateOptions {
  /** Number of scores of one loss: variables times categories. */
  readonly inputs: number;
  /** Units of the hidden layers, first to last; at least one layer. */
  readonly hidden: readonly number[];
  /** Draws the weights, from a fork per layer. */
  readonly rng: Rng;
}

interface Layer {
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable;
}

/**
 * A network of tanh layers from the Gumbel scores to a number, with its gradient with respect to the scores written
 * out: `c = w . h_L + b`, `h_l = tanh(W_l h_(l-1) + b_l)`, and backwards `W_l^T ((1 - h_l^2) * ...)`. The last layer
 * starts at 0, so that the control variate is 0 before training.
 *
 * @example
 * ```ts
 * const control = new TanhControlVariate({ inputs: 6, hidden: [10], rng: createRng(1) });
 * const { value, slope } = control.valueAndSlope(tf.zeros([64, 2, 3]), 1); // [64] and [64, 2, 3]
 * ```
 */
export class TanhControlVariate implements ControlVariate {
  readonly #inputs: number;
  readonly #layers: readonly Layer[];

  /**
   * @throws RangeError unless every size is a whole number >= 1 and there is a hidden layer; TypeError unless `hidden`
   * is an array.
   */
  constructor({ inputs, hidden, rng }: TanhControlVariateOptions) {
    if (!Array.isArray(hidden)) {
      throw new TypeError(`TanhControlVariate: hidden must be an array of layer sizes, got ${String(hidden)}`);
    }
    for (const size of [inputs, ...hidden]) {
      checkInteger("TanhControlVariate", "inputs and each size of hidden", size, 1);
    }
    if (hidden.length === 0) throw new RangeError("TanhControlVariate: hidden must name at least one layer, got []");
    this.#inputs = inputs;
    const sizes = [inputs, ...hidden, 1];
    this.#layers = sizes.slice(1).map((units, index) =>
      tf.tidy(() => {
        const fanIn = sizes[index] as number;
        const bound = index === hidden.length ? 0 : Math.sqrt(6 / (fanIn + units));
        const uniform = rng.fork(`weights ${index}`).uniform([fanIn, units]);
        return {
          kernel: tf.variable(tf.mul(tf.sub(uniform, 0.5), 2 * bound)),
          bias: tf.variable(tf.zeros([units])),
        };
      }),
    );
  }

  get trainableVariables(): tf.Variable[] {
    return this.#layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  }

  /** @throws RangeError unless one loss has `inputs` scores. */
  valueAndSlope(scores: tf.Tensor, leading: number): ControlVariateValue {
    const batch = scores.shape.slice(0, leading);
    const size = scores.shape.slice(leading).reduce((product, axis) => product * axis, 1);
    if (size !== this.#inputs) {
      throw new RangeError(
        `TanhControlVariate: inputs must be the ${size} numbers (variables times categories) of one loss, got ${this.#inputs}`,
      );
    }
    const activations: tf.Tensor[] = [tf.reshape(scores, [-1, size])];
    for (const { kernel, bias } of this.#layers) {
      const linear = tf.add(tf.matMul(activations.at(-1) as tf.Tensor, kernel), bias);
      activations.push(activations.length === this.#layers.length ? linear : tf.tanh(linear));
    }
    const value = activations.at(-1) as tf.Tensor;
    let slope: tf.Tensor = tf.onesLike(value);
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      slope = tf.matMul(slope, (this.#layers[index] as Layer).kernel, false, true);
      if (index > 0) slope = tf.mul(slope, tf.sub(1, tf.square(activations[index] as tf.Tensor)));
    }
    return { value: tf.reshape(value, batch), slope: tf.reshape(slope, scores.shape) };
  }

  dispose(): void {
    tf.dispose(this.trainableVariables);
  }
}
