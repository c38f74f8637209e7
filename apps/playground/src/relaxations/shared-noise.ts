import { createRng, type DrawKind, Normal, type Rng, type RngState } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Normal noise that every relaxation sees: the same 3 standard normals per sample. IGR uses the first two; the
 * Gumbel-Softmax uses all three, each mapped to the Gumbel distribution by its quantile.
 */
export class SharedNoise implements Rng {
  readonly root = this;
  readonly #normals: tf.Tensor2D;
  /** What was drawn before, by its kind and shape: a frame draws the same again. */
  readonly #draws = new Map<string, tf.Tensor>();

  /** @param samples The number of samples of one draw. */
  constructor(seed: number, samples: number) {
    this.#normals = tf.keep(createRng(seed).normal([samples, 3]) as tf.Tensor2D);
  }

  /** The noise of the samples, `[samples, 3]`. This object owns it. */
  get normals(): tf.Tensor2D {
    return this.#normals;
  }

  /** `[samples, 2]`: the first two normals of each sample. */
  normal(shape: readonly number[]): tf.Tensor {
    const [samples = 0, coordinates = 0] = shape;
    return this.#kept(`normal ${shape}`, () => tf.slice(this.#normals, [0, 0], [samples, coordinates]));
  }

  /** `[samples, 3]`: -log(-log Phi(eps)) of all three. */
  gumbel(shape: readonly number[]): tf.Tensor {
    return this.#kept(`gumbel ${shape}`, () => {
      const logCdf = new Normal({ loc: 0, scale: 1 }).logCdf(this.normal(shape));
      return tf.neg(tf.log(tf.neg(logCdf)));
    });
  }

  #kept(name: string, draw: () => tf.Tensor): tf.Tensor {
    const drawn = this.#draws.get(name) ?? tf.keep(tf.tidy(draw));
    this.#draws.set(name, drawn);
    return tf.clone(drawn);
  }

  uniform(): never {
    throw new Error("SharedNoise.uniform: no relaxation on the page draws uniform numbers");
  }

  fill(kind: DrawKind): never {
    throw new Error(`SharedNoise.fill: the noise is a tensor; call normal or gumbel for '${kind}'`);
  }

  bits(): never {
    throw new Error("SharedNoise.bits: the noise is a tensor; call normal or gumbel");
  }

  fork(): this {
    return this;
  }

  state(): RngState {
    throw new Error("SharedNoise.state: the noise has no position; its seed is its state");
  }

  /** Frees the noise. */
  dispose(): void {
    tf.dispose([this.#normals, ...this.#draws.values()]);
  }
}
