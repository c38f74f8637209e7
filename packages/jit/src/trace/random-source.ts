import type * as tf from "@tensorflow/tfjs-core";

/** Distributions that a generator draws from. */
export type DrawKind = "normal" | "uniform" | "gumbel";

/**
 * The part of a random generator that jit uses; `createRng` of @igr/core satisfies it.
 * While a function is traced, its draws are announced to the listener at {@link DRAW_LISTENER}.
 */
export interface RandomSource {
  /** An independent stream: a function of the seed and the labels only. */
  fork(label: string): RandomSource;
  /** Writes the next draws: exactly the values that the method named `kind` would put in a tensor. */
  fill(kind: DrawKind, target: Float32Array): void;
  /** Position of the stream, as JSON. */
  state(): unknown;
  /** One identity shared by a generator and all its forks. */
  readonly root: object;
}

/** Sees the draws of all generators while it is set at `globalThis[DRAW_LISTENER]`. */
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
}

/** A generator of a traced function: one that existed before, or a fork to be repeated at each call. */
export type PlannedGenerator = { readonly source: RandomSource } | { readonly parent: number; readonly label: string };

/** The draws of one call of a function, in order: repeats what eager execution would draw. */
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
