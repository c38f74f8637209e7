import {
  distanceToVertex,
  type IGR,
  type OneHotCategorical,
  type RelaxedDistribution,
  vanishingFraction,
} from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "../settings/settings.js";
import { type Family, makeRelaxation, type Parameters, parametersOf } from "./families.js";
import { noiseOf } from "./scene.js";

/** Numbers about one relaxation. */
export interface Figures {
  /** P(argmax z = k): exact for softmax++ and the Gumbel-Softmax, by a lattice of 1,024 points or more for the others. */
  readonly probs: readonly number[];
  /** Distances of samples to the nearest vertex, in rising order. */
  readonly distances: Float32Array;
  /** Share of the derivatives d z_k / d parameter that are exactly 0 in float32. */
  readonly vanished: number;
  /** Share of those that are at most 1e-10. */
  readonly tiny: number;
}

const SAMPLES = 1000;

/** Figures of a relaxation, from the first 1,000 draws of the page's noise. */
export function figuresOf(family: Family, settings: Settings, noiseSamples: number): Figures {
  const rng = noiseOf(settings.seed, noiseSamples);
  let figures: Figures | undefined;
  tf.tidy(() => {
    const parameters = parametersOf(family, settings);
    const relaxed = makeRelaxation(family, parameters, settings);
    const z = relaxed.sample(rng, [SAMPLES]);
    const slopes = slopesOf(family, parameters, settings, noiseSamples);
    figures = {
      probs: Array.from(discreteProbs(relaxed).dataSync()),
      distances: distanceToVertex(z).dataSync<"float32">().slice().sort(),
      vanished: vanishingFraction(slopes).dataSync()[0] as number,
      tiny: vanishingFraction(slopes, { threshold: 1e-10 }).dataSync()[0] as number,
    };
  });
  return figures as Figures;
}

/** P(argmax z = k). */
function discreteProbs(relaxed: RelaxedDistribution): tf.Tensor {
  return "discreteProbs" in relaxed
    ? (relaxed as IGR).discreteProbs()
    : (relaxed.discrete() as OneHotCategorical).mean();
}

/**
 * d z_k / d parameter of each sample: one tensor `[samples, parameters]` for each category and parameter tensor. The
 * parameters are repeated for each sample, so that each sample has a separate derivative.
 */
export function slopesOf(
  family: Family,
  parameters: Parameters,
  settings: Settings,
  noiseSamples: number,
  samples = SAMPLES,
): tf.Tensor[] {
  const rng = noiseOf(settings.seed, noiseSamples);
  const names = Object.keys(parameters);
  const repeated = names.map((name) => {
    const each = parameters[name] as tf.Tensor;
    return tf.tile(tf.expandDims(each, 0), [samples, 1]);
  });
  const sampleOf = (...tensors: tf.Tensor[]) => {
    const named = Object.fromEntries(names.map((name, index) => [name, tensors[index] as tf.Tensor]));
    // A batch of `samples` distributions, one draw each: the same noise as `samples` draws of one.
    return makeRelaxation(family, named, settings).sample(rng, []);
  };
  return [0, 1, 2].flatMap((k) =>
    tf.grads((...tensors: tf.Tensor[]) => tf.sum(tf.slice(sampleOf(...tensors), [0, k], [samples, 1])))(repeated),
  );
}

/** Shares of vanished derivatives as the temperature falls, for the chart of the second part. */
export function vanishedAt(
  family: Family,
  settings: Settings,
  temperatures: readonly number[],
  samples = 300,
): number[] {
  return temperatures.map((temperature) =>
    tf.tidy(() => {
      const there = { ...settings, temperature };
      const slopes = slopesOf(family, parametersOf(family, there), there, samples, samples);
      return vanishingFraction(slopes).dataSync()[0] as number;
    }),
  );
}
