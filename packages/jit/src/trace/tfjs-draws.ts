import * as tf from "@tensorflow/tfjs-core";
import type { TraceRandomnessError } from "../errors.js";
import type { ConstantData, Value } from "../ir/graph.js";
import { type AffineDraw, affineDraw, type GammaDraw, gammaDraw } from "./affine-draw.js";
import { GAMMA_PROPOSALS, gamma, truncatedNormal } from "./random-draws.js";
import type { Trace } from "./trace.js";

/** Draws of the trace's own generator in the place of those of tfjs' unseeded random ops. */

/** The uniform numbers of tf.dropout; numbers of a random op with its seed; or the error for any use of them. */
export type NextWrite =
  | "uniform draw"
  | { readonly kind: AffineDraw["kind"]; readonly seed: number; readonly error: TraceRandomnessError }
  | {
      readonly kind: "gamma";
      readonly seed: number;
      readonly error: TraceRandomnessError;
      /** What tfjs computes of its parameter alpha. */
      readonly d: () => number;
    }
  | TraceRandomnessError;

/** What makes traced tensors of values, and the other way round. */
interface Tensors {
  tensor(value: Value, origin: string): tf.Tensor;
  valueFor(tensor: tf.TensorInfo, kernel: string): Value;
}

/** Undefined where the parameters of a random op can't be told from its numbers. */
export function drawOf(
  next: Extract<NextWrite, { kind: unknown }>,
  numbers: ConstantData,
): AffineDraw | GammaDraw | undefined {
  if (!(numbers instanceof Float32Array)) return undefined;
  return next.kind === "gamma" ? gammaDraw(next.d(), numbers, next.seed) : affineDraw(next.kind, numbers, next.seed);
}

/** The value in the place of the numbers that a random op drew. */
export function drawnValue(
  backend: Tensors,
  trace: Trace,
  draw: AffineDraw | GammaDraw,
  shape: readonly number[],
): Value {
  const noise = (of: "normal" | "uniform", ...axes: number[]) =>
    backend.tensor(trace.draw(trace.rng!, of, [...axes, ...shape]), `rng.${of}`);
  if (draw.kind === "normal" || draw.kind === "uniform") {
    return trace.affine(trace.draw(trace.rng!, draw.kind, shape), draw);
  }
  const standard = tf.tidy(() => {
    if (draw.kind !== "gamma") return truncatedNormal(noise("uniform"));
    const [normal, uniform] = [noise("normal", GAMMA_PROPOSALS), noise("uniform", GAMMA_PROPOSALS)];
    return gamma(draw.alpha, { normal, uniform, power: noise("uniform") });
  });
  const value = backend.valueFor(standard, draw.kind);
  standard.dispose();
  return trace.affine(value, { shift: 0, ...draw });
}

interface MultinomialAttributes {
  readonly numSamples: number;
  /** The logits are probabilities. */
  readonly normalized: boolean;
}

/** The result of tf.multinomial: the greatest of logit plus Gumbel noise is category k with its probability. */
export function multinomial(backend: Tensors, trace: Trace, logits: tf.Tensor2D, attrs: object): tf.Tensor {
  const { numSamples, normalized } = attrs as MultinomialAttributes;
  const [batch, outcomes] = logits.shape;
  const noise = backend.tensor(trace.draw(trace.rng!, "gumbel", [batch, numSamples, outcomes]), "rng.gumbel");
  return tf.argMax(tf.add(tf.expandDims(normalized ? tf.log(logits) : logits, 1), noise), 2);
}
