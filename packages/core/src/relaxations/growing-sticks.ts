import { checkFinite, checkInteger, checkPositive, checkRuntime, checkShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Options of {@link GrowingSticks}. */
export interface GrowingSticksOptions {
  /** Coordinates that are added at a time, a whole number > 0; 32 by default. */
  readonly block?: number;
  /** The largest number of coordinates, a whole number > 0; 512 by default. */
  readonly cap?: number;
  /**
   * Initial mean and standard deviation, one number for all coordinates; `{ loc: 0, scale: 1 }` by default.
   */
  readonly start?: { readonly loc?: number; readonly scale?: number };
  /** Independent distributions, each with parameters of its own; `[]` by default. */
  readonly batchShape?: readonly number[];
}

/**
 * Trainable means and standard deviations of unboundedly many Gaussian coordinates: every coordinate has the initial
 * values, and becomes a variable, with its block of neighbours, as soon as a sample reaches it. {@link InfiniteIGR}
 * uses it for parameters that grow.
 *
 * Each block is two variables of shape `[...batchShape, block]`: means, and logarithms of standard deviations, so that
 * standard deviations stay positive under an optimizer's steps. It owns the variables: `dispose` frees them. A block
 * that a sample adds within a training step receives its first gradient in the next step, since tfjs lists variables
 * before it runs the loss. Optimizers of tf.train identify variables by position: pass `variables` after variables that
 * do not grow.
 *
 * @example
 * ```ts
 * const sticks = new GrowingSticks({ block: 16, cap: 256 });
 * const optimizer = tf.train.adam(0.01);
 * const relaxed = new InfiniteIGR({ sticks, temperature: 0.1 });
 * const rng = createRng(1);
 * optimizer.minimize(() => tf.mean(relaxed.sample(rng, [64])), false, sticks.variables);
 * sticks.count; // 16
 * sticks.dispose();
 * ```
 */
export class GrowingSticks {
  /** Coordinates that are added at a time. */
  readonly block: number;
  /** The largest number of coordinates. */
  readonly cap: number;
  /** Shape of the batch. */
  readonly batchShape: readonly number[];
  /** Values of the coordinates that are not variables yet. */
  readonly start: { readonly loc: number; readonly scale: number };
  readonly #locs: tf.Variable[] = [];
  readonly #logScales: tf.Variable[] = [];

  /** @throws RangeError if `block` or `cap` is not a whole number > 0, or a start is outside its domain. */
  constructor({
    block = 32,
    cap = 512,
    start: { loc = 0, scale = 1 } = {},
    batchShape = [],
  }: GrowingSticksOptions = {}) {
    checkRuntime("GrowingSticks");
    for (const [name, count] of Object.entries({ block, cap })) checkInteger("GrowingSticks", name, count, 1);
    checkFinite("GrowingSticks", "start.loc", loc);
    checkPositive("GrowingSticks", "start.scale", scale);
    checkShape("GrowingSticks", "batchShape", batchShape);
    this.block = block;
    this.cap = cap;
    this.batchShape = batchShape.slice();
    this.start = { loc, scale };
    this.growTo(1);
  }

  /** Number of coordinates that are variables. */
  get count(): number {
    return Math.min(this.cap, this.#locs.length * this.block);
  }

  /**
   * The variables in the order of their creation: for each block its means, then its logarithms of standard deviations.
   */
  get variables(): tf.Variable[] {
    return this.#locs.flatMap((loc, index) => [loc, this.#logScales[index] as tf.Variable]);
  }

  /** Means of all coordinates up to the cap, `[...batchShape, cap]`, a new tensor: the variables, then starting values. */
  get loc(): tf.Tensor {
    return this.#withStart(this.#locs, this.start.loc);
  }

  /** Standard deviations of all coordinates up to the cap, `[...batchShape, cap]`, a new tensor. */
  get scale(): tf.Tensor {
    return tf.tidy(() => tf.exp(this.#withStart(this.#logScales, Math.log(this.start.scale))));
  }

  /**
   * Makes at least the first `count` coordinates variables, in whole blocks; the cap may shorten the last block.
   *
   * @throws RangeError unless `count` is a whole number from 0 to the cap.
   */
  growTo(count: number): void {
    checkInteger("GrowingSticks.growTo", "count", count, 0, this.cap);
    while (this.count < count) {
      const shape = [...this.batchShape, Math.min(this.block, this.cap - this.count)];
      const variable = (value: number) => tf.tidy(() => tf.variable(tf.fill(shape, value)));
      const [loc, logScale] = [variable(this.start.loc), variable(Math.log(this.start.scale))];
      this.#locs.push(loc);
      this.#logScales.push(logScale);
    }
  }

  /** Frees the variables. */
  dispose(): void {
    tf.dispose(this.variables);
  }

  #withStart(blocks: readonly tf.Variable[], start: number): tf.Tensor {
    return tf.tidy(() => {
      const rest = tf.fill([...this.batchShape, this.cap - this.count], start);
      return tf.concat(this.count < this.cap ? [...blocks, rest] : [...blocks], -1);
    });
  }
}
