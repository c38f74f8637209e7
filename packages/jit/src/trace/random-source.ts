import type * as tf from "@tensorflow/tfjs-core";
import type { Source } from "../ir/graph.js";

/** Distributions that a generator draws from. */
export type DrawKind = "normal" | "uniform" | "gumbel";

/**
 * The part of a random generator that jit uses; `createRng` of @igr/core satisfies it.
 * While a function is traced, a generator reports its draws to the listener at {@link DRAW_LISTENER}.
 *
 * @example
 * ```ts
 * // A custom generator with one stream: its n-th draw is that of tfjs with the seed n.
 * class Noise implements RandomSource {
 *   readonly root = this;
 *   #draws = 0;
 *
 *   normal(shape: number[]): tf.Tensor {
 *     const listener = (globalThis as { [DRAW_LISTENER]?: DrawListener })[DRAW_LISTENER];
 *     if (listener) return listener.draw(this, "normal", shape);
 *     const values = new Float32Array(tf.util.sizeFromShape(shape));
 *     this.fill("normal", values);
 *     return tf.tensor(values, shape);
 *   }
 *
 *   fill(kind: DrawKind, target: Float32Array): void {
 *     if (kind !== "normal") throw new RangeError(`Noise has no ${kind} draws`);
 *     const draw = tf.randomNormal([target.length], 0, 1, "float32", ++this.#draws);
 *     target.set(draw.dataSync());
 *     draw.dispose();
 *   }
 *
 *   fork(): never {
 *     throw new RangeError("Noise has one stream");
 *   }
 *
 *   state(): number {
 *     return this.#draws;
 *   }
 * }
 *
 * const rng = new Noise();
 * const noisy = jit((x: tf.Tensor) => tf.add(x, rng.normal([3])), { rng });
 * const first = await noisy(tf.zeros([3]));
 * const second = await noisy(tf.zeros([3])); // other numbers, those of two eager calls
 * ```
 */
export interface RandomSource {
  /** An independent stream: a function of the seed and the labels only. */
  fork(label: string): RandomSource;
  /** Writes the next draws: the same values as the method named `kind`. */
  fill(kind: DrawKind, target: Float32Array): void;
  /** Position of the stream, as JSON. */
  state(): unknown;
  /** One identity shared by a generator and all its forks. */
  readonly root: object;
}

/** True for what has the members of a {@link RandomSource}. */
export function isRandomSource(rng: unknown): rng is RandomSource {
  if (typeof rng !== "object" || rng === null) return false;
  const { fork, fill, state, root } = rng as Partial<RandomSource>;
  return [fork, fill, state].every((method) => typeof method === "function") && typeof root === "object";
}

/** Receives the draws of all generators while it is set as `globalThis[DRAW_LISTENER]`. */
export interface DrawListener {
  /** Called in place of a draw; the tensor it returns is the result, and the stream does not advance. */
  draw(rng: RandomSource, kind: DrawKind, shape: readonly number[]): tf.Tensor;
  /** Called after `child = parent.fork(label)`. */
  fork(parent: RandomSource, label: string, child: RandomSource): void;
}

/** Key of the process-wide draw listener. */
export const DRAW_LISTENER: unique symbol = Symbol.for("igr.drawListener") as never;

/** A draw of a traced function: which generator, which distribution, how many numbers. */
export interface Draw {
  /** Index into the {@link DrawPlan.generators}. */
  readonly generator: number;
  readonly kind: DrawKind;
  readonly size: number;
  readonly source: Source;
}

/** A generator of a traced function: one that existed before, or a fork to be repeated at each call. */
export type PlannedGenerator = { readonly source: RandomSource } | { readonly parent: number; readonly label: string };

/** The draws of one call of a function, in order, as in eager execution. */
export class DrawPlan {
  readonly generators: PlannedGenerator[] = [];
  readonly draws: Draw[] = [];

  /**
   * Draws the numbers of one call.
   * @param targets One array for each draw.
   */
  fill(targets: readonly Float32Array[]): void {
    const generators: RandomSource[] = [];
    for (const planned of this.generators) {
      generators.push("source" in planned ? planned.source : generators[planned.parent]!.fork(planned.label));
    }
    for (const [i, draw] of this.draws.entries()) generators[draw.generator]!.fill(draw.kind, targets[i]!);
  }
}
