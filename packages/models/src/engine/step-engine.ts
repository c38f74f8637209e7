import type { Rng } from "@igr/core";
import type { JitOptions } from "@igr/jit";
import { checkOneOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * How steps run. `'eager'`: op by op on the active tfjs backend: cpu, wasm (`useFastWasm`), or TensorFlow's own library on a CPU or
 * NVIDIA GPU (`await loadTfjsNode({ gpu })` of @igr/tfjs-native, before the model is made). `'jit'`: traced once and compiled by @igr/jit.
 * `'auto'`: jit where it has an executor (onnxruntime-node or -web installed), else eager.
 */
export type Engine = "auto" | "jit" | "eager";

/**
 * A function of tensors that returns one tensor. Its only source of randomness is the `rng` that it was prepared with, also for unseeded ops
 * of tfjs in it, such as those of tf.layers' dropout.
 */
export type Step = (...inputs: tf.Tensor[]) => tf.Tensor;

/** A step that is prepared to run many times on inputs of one shape. */
export interface PreparedStep {
  /** The engine that runs the step. */
  readonly engine: "jit" | "eager";
  /** The caller disposes the result. */
  run(...inputs: tf.Tensor[]): Promise<tf.Tensor>;
  dispose(): Promise<void>;
}

/** The options of @igr/jit that the user can set. */
export type CompileOptions = Omit<JitOptions, "rng" | "stepsPerCall">;

export interface PrepareOptions {
  /** The function that the user called, for error messages. */
  readonly owner: string;
  readonly engine: Engine;
  readonly jit?: CompileOptions;
  /** The generator that the step draws from, directly or by forks. */
  readonly rng: Rng;
}

/** @throws Error if the engine is `'jit'` and cannot run. */
export async function prepareStep(
  step: Step,
  { owner, engine, jit: options, rng }: PrepareOptions,
): Promise<PreparedStep> {
  checkOneOf(owner, "engine", engine, ["auto", "jit", "eager"]);
  if (engine === "eager") return eagerStep(step, rng);
  const { hasExecutor, jit } = await import("@igr/jit");
  if (engine === "auto" && !(await hasExecutor())) return eagerStep(step, rng);
  const compiled = jit(step, { ...options, rng });
  return { engine: "jit", run: compiled, dispose: () => compiled.dispose() };
}

function eagerStep(step: Step, rng: Rng): PreparedStep {
  return {
    engine: "eager",
    run: async (...inputs) => withSeedsFrom(rng, () => tf.tidy(() => step(...inputs))),
    dispose: async () => {},
  };
}

/**
 * Runs `run`, in which tfjs seeds its unseeded random ops from `rng`. It takes their seeds from Math.random, and offers no other way. Nothing
 * else runs in between, since `run` is synchronous; without such ops the stream of `rng` stays where it is.
 */
function withSeedsFrom<T>(rng: Rng, run: () => T): T {
  const { random } = Math;
  const word = new Uint32Array(1);
  Math.random = () => {
    rng.bits(word);
    // In the open interval: tfjs takes 0 for no seed.
    return (word[0]! + 0.5) / 2 ** 32;
  };
  try {
    return run();
  } finally {
    Math.random = random;
  }
}
