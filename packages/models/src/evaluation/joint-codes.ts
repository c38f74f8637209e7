import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { JointVAE } from "../joint-vae/joint-vae.js";

/** One continuous variable over all images. */
export interface ContinuousCode {
  /** Mean and standard deviation of its posterior, and one draw, for each image. */
  readonly loc: number[];
  readonly scale: number[];
  readonly sample: number[];
  /** Its KL from the prior, summed over the images. */
  klSum: number;
}

/** The posteriors of a JointVAE's variables, collected batch by batch. */
export class JointCodes {
  /** The variables of all continuous parts. */
  readonly continuous: readonly ContinuousCode[];
  /** For each categorical variable, the frequencies of its categories for each image. */
  readonly discrete: readonly Float32Array[][];
  readonly #model: JointVAE;
  readonly #noise: Rng;
  readonly #draws: number;

  /** Frequencies are counted over `draws` draws of a categorical variable; all draws come from `noise`. */
  constructor(model: JointVAE, noise: Rng, draws: number) {
    this.#model = model;
    this.#noise = noise;
    this.#draws = draws;
    const variables = (parts: readonly { readonly variables: number }[]) =>
      parts.flatMap((part) => new Array<undefined>(part.variables).fill(undefined));
    this.continuous = variables(model.continuous).map(() => ({ loc: [], scale: [], sample: [], klSum: 0 }));
    this.discrete = variables(model.discrete).map(() => []);
  }

  /** Adds a batch of images. @throws TypeError for a continuous part that is not Gaussian. */
  async add(x: tf.Tensor): Promise<void> {
    const tensors = tf.tidy(() => this.#encode(x));
    const values = (await Promise.all(tensors.map((tensor) => tensor.data()))) as Float32Array[];
    tf.dispose(tensors);
    const split = 4 * this.#model.continuous.length;
    this.#addContinuous(values.slice(0, split));
    this.#addDiscrete(values.slice(split));
  }

  /** Four tensors `[B, D]` for each continuous part, one tensor `[B, N, K]` for each categorical part. */
  #encode(x: tf.Tensor): tf.Tensor[] {
    const { continuous: parts, discrete: categorical } = this.#model;
    const { continuous, discrete } = this.#model.encode(x);
    const gaussian = parts.flatMap((part, i) => {
      const { loc, scale } = continuous[i]!;
      if (!loc || !scale) {
        throw new TypeError(`disentanglement: a continuous part must be Gaussian, got ${part.constructor.name}`);
      }
      const sample = part.sample(continuous[i]!, this.#noise);
      return [loc, scale, sample.z, part.kl(continuous[i]!, sample)];
    });
    const frequencies = categorical.map((part, i) => {
      const { z } = part.sample(discrete[i]!, this.#noise, [this.#draws]);
      return tf.mean(tf.cast(tf.oneHot(tf.argMax(z, 3), part.categories), "float32"), 0);
    });
    return [...gaussian, ...frequencies];
  }

  #addContinuous(values: readonly Float32Array[]): void {
    let variable = 0;
    for (const [part, { variables: size }] of this.#model.continuous.entries()) {
      const [loc, scale, sample, kl] = values.slice(4 * part, 4 * part + 4) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      for (let d = 0; d < size; d++, variable++) {
        const code = this.continuous[variable]!;
        for (let i = d; i < loc.length; i += size) {
          code.loc.push(loc[i]!);
          code.scale.push(scale[i]!);
          code.sample.push(sample[i]!);
          code.klSum += kl[i]!;
        }
      }
    }
  }

  #addDiscrete(values: readonly Float32Array[]): void {
    let variable = 0;
    for (const [part, { variables, categories }] of this.#model.discrete.entries()) {
      const rows = values[part]!;
      for (let n = 0; n < variables; n++, variable++) {
        for (let from = n * categories; from < rows.length; from += variables * categories) {
          this.discrete[variable]!.push(rows.slice(from, from + categories));
        }
      }
    }
  }
}
