import type { Tensor } from "@tensorflow/tfjs-core";

/** The distributions that a generator draws from. */
export type DrawKind = "normal" | "uniform" | "gumbel";

/** The state of a generator as JSON: {@link createRng.fromState} continues from it, bit for bit. */
export interface RngState {
  /** Name and version of the generator and of its draws: a version that would draw other values rejects the state. */
  readonly algorithm: string;
  /** What forks are derived from, 64 hexadecimal digits: fixed by the seed and the labels on the way here. */
  readonly key: string;
  /** The position in the stream, 32 hexadecimal digits. */
  readonly position: string;
}

/**
 * A seeded stream of random numbers that can be split by label and saved. {@link createRng} makes one.
 *
 * `normal`, `uniform` and `gumbel` return float32 tensors of any shape; each draw continues the stream, so that
 * `normal([2])` and then `normal([3])` are the values of `normal([5])`. The tensors belong to the caller.
 */
export interface Rng {
  /** Standard normal draws. */
  normal(shape: readonly number[]): Tensor;
  /** Uniform draws from the open interval (0, 1): odd multiples of 2^-24, each equally likely. */
  uniform(shape: readonly number[]): Tensor;
  /** Standard Gumbel draws, `-log(-log(u))` with the resolution of float32 in both tails; never infinite. */
  gumbel(shape: readonly number[]): Tensor;
  /**
   * An independent stream. A pure function of the seed, the labels on the way here and `label`: it neither advances
   * this stream nor depends on its position; the same label always returns the same stream.
   */
  fork(label: string): Rng;
  /** The next draws, written to memory: exactly the values that the method named `kind` would put in a tensor. */
  fill(kind: DrawKind, target: Float32Array): void;
  /** The next raw 32-bit words of the stream. */
  bits(target: Uint32Array): void;
  /** The state as JSON; {@link createRng.fromState} continues from it. */
  state(): RngState;
  /** An identity that a generator shares with all its forks. */
  readonly root: object;
}

/**
 * The listener that a compiler sets as `globalThis[Symbol.for("igr.drawListener")]` while it traces a function, so that
 * draws become inputs of the compiled function instead of constants. It is not set outside of a trace.
 */
export interface DrawListener {
  /** Called in place of a draw; the tensor it returns is the result. The stream does not advance. */
  draw(rng: Rng, kind: DrawKind, shape: readonly number[]): Tensor;
  /** Called after `child = parent.fork(label)`, so that a later call can repeat it. */
  fork(parent: Rng, label: string, child: Rng): void;
}
