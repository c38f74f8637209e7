import * as tf from "@tensorflow/tfjs-core";
import { OneHotCategorical } from "../src/distributions/one-hot-categorical.js";
import type { GradientEstimator, Loss } from "../src/estimators/gradient-estimator.js";
import { createRng } from "../src/random/create-rng.js";
import type { Rng } from "../src/random/rng.js";

/** Every outcome of `variables` categories each of `categories`, `[K^N, N, K]` one-hot, and its probability under the logits. */
export function outcomes(logits: readonly (readonly number[])[]): { draws: tf.Tensor3D; probs: Float64Array } {
  const [variables, categories] = [logits.length, logits[0]!.length];
  const probs = logits.map(softmax);
  const count = categories ** variables;
  const indices = Array.from({ length: count }, (_, code) =>
    logits.map((_, n) => Math.floor(code / categories ** n) % categories),
  );
  return {
    draws: tf.cast(tf.oneHot(tf.tensor2d(indices, [count, variables], "int32"), categories), "float32") as tf.Tensor3D,
    probs: Float64Array.from(indices, (draw) => draw.reduce((product, k, n) => product * probs[n]![k]!, 1)),
  };
}

/** d E loss / d logits in float64, from the loss's values at every outcome. */
export function exactGradient(logits: readonly (readonly number[])[], loss: Loss): number[] {
  return tf.tidy(() => {
    const { draws, probs } = outcomes(logits);
    const values = loss(draws).dataSync();
    const z = draws.dataSync();
    const p = logits.flatMap(softmax);
    return p.map((each, k) =>
      probs.reduce((sum, w, row) => sum + w * values[row]! * (z[row * p.length + k]! - each), 0),
    );
  });
}

/** Mean and total variance of an estimate. */
export interface EstimateMoments {
  readonly mean: number[];
  readonly variance: number;
}

/**
 * Mean and variance of an estimate that is a function of its draws: by enumeration of every outcome, or of every tuple of
 * `samples` outcomes. What it draws beside Gumbel noise for these comes from a seeded generator.
 */
export function enumeratedMoments(
  estimator: GradientEstimator<OneHotCategorical>,
  logits: readonly (readonly number[])[],
  loss: Loss,
): EstimateMoments {
  return tf.tidy(() => {
    const { draws, probs } = outcomes(logits);
    const samples = estimator.samples ?? 1;
    const tuples = probs.length ** samples;
    const place = (sample: number) =>
      Array.from({ length: tuples }, (_, code) => Math.floor(code / probs.length ** sample) % probs.length);
    const forced = Array.from({ length: samples }, (_, sample) =>
      tf.gather(draws, tf.tensor1d(place(sample), "int32")),
    );
    const noise = tf.mul(1e4, estimator.samples === undefined ? forced[0]! : tf.stack(forced));
    const weights = Float64Array.from({ length: tuples }, (_, code) =>
      forced.reduce(
        (product, _, sample) => product * probs[Math.floor(code / probs.length ** sample) % probs.length]!,
        1,
      ),
    );
    const rows = tf.tile(tf.tensor3d([logits.map((row) => [...row])]), [tuples, 1, 1]);
    const estimates = tf
      .grad((x) => tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), loss, forcedRng(noise))))(rows)
      .dataSync();
    const size = logits.flat().length;
    const moment = (power: number, k: number) =>
      weights.reduce((sum, w, row) => sum + w * estimates[row * size + k]! ** power, 0);
    const mean = Array.from({ length: size }, (_, k) => moment(1, k));
    const variance = mean.reduce((sum, each, k) => sum + moment(2, k) - each ** 2, 0);
    return { mean, variance };
  });
}

/** A generator whose first Gumbel noise is `noise`: so large that it decides what is drawn. */
export function forcedRng(noise: tf.Tensor, kind: "gumbel" | "uniform" = "gumbel"): Rng {
  const rng = createRng("after the forced draw");
  let isFirst = true;
  return new Proxy(rng, {
    get(target, property) {
      if (property === kind && isFirst) {
        return () => {
          isFirst = false;
          return tf.clone(noise);
        };
      }
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** `|a - b| / |b|`, Euclidean. */
export function relativeDistance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((each, k) => each - b[k]!)) / Math.hypot(...b);
}

/** Logits of N variables of K categories. */
export function someLogits(variables: number, categories: number, seed = 1): number[][] {
  return tf.tidy(() => createRng(seed).normal([variables, categories]).arraySync() as number[][]);
}

/** Losses `[..., N, K] -> [...]` of each kind, with coefficients that join the variables. */
export function someLosses(variables: number, categories: number): Record<"linear" | "quadratic" | "network", Loss> {
  const size = variables * categories;
  const rng = createRng(`losses ${size}`);
  const [linear, square, hidden, out] = tf.tidy(() =>
    [rng.normal([size, 1]), tf.mul(rng.normal([size, size]), 0.5), rng.normal([size, 6]), rng.normal([6, 1])].map((x) =>
      tf.keep(x),
    ),
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const flat = (z: tf.Tensor) => tf.reshape(z, [-1, size]);
  const back = (value: tf.Tensor, z: tf.Tensor) => tf.reshape(value, z.shape.slice(0, -2));
  return {
    linear: (z) => back(tf.matMul(flat(z), linear), z),
    quadratic: (z) => {
      const x = flat(z);
      return back(tf.add(tf.matMul(x, linear), tf.sum(tf.mul(tf.matMul(x, square), x), 1, true)), z);
    },
    // The shift: tanh is odd, so that it would have no second order at 0.
    network: (z) => back(tf.matMul(tf.tanh(tf.add(tf.matMul(flat(z), hidden), 0.7)), out), z),
  };
}

function softmax(row: readonly number[]): number[] {
  const weights = row.map((logit) => Math.exp(logit - Math.max(...row)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
