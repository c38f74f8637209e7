import * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "../settings/settings.js";
import { FAMILIES, type Family, makeRelaxation, parametersOf } from "./families.js";
import { SharedNoise } from "./shared-noise.js";

/** The samples of one relaxation, row by row. */
export interface Scene {
  /** Points of the simplex, 3 numbers per sample. */
  readonly points: { readonly [family in Family]: Float32Array };
  /** The Gaussian pre-images, 2 numbers per sample. */
  readonly preImages: Float32Array;
}

let noise: { readonly seed: number; readonly samples: number; readonly shared: SharedNoise } | undefined;

/** The noise of a seed, kept until another seed is requested. */
export function noiseOf(seed: number, samples: number): SharedNoise {
  if (noise === undefined || noise.seed !== seed || noise.samples !== samples) {
    noise?.shared.dispose();
    noise = { seed, samples, shared: new SharedNoise(seed, samples) };
  }
  return noise.shared;
}

/** The same `samples` draws of noise through every relaxation at these settings. */
export function makeScene(settings: Settings, samples: number, hard = false): Scene {
  const rng = noiseOf(settings.seed, samples);
  const read: Partial<Record<Family, Float32Array>> = {};
  let preImages = new Float32Array();
  tf.tidy(() => {
    for (const family of FAMILIES) {
      const relaxed = makeRelaxation(family, parametersOf(family, settings), settings);
      read[family] = relaxed.sample(rng, [samples], { hard }).dataSync<"float32">();
    }
    const scale = tf.tensor1d([settings.scale1, settings.scale2]);
    const eps = tf.slice(rng.normals, [0, 0], [samples, 2]);
    preImages = tf
      .add(tf.mul(eps, scale), tf.tensor1d([settings.loc1, settings.loc2]))
      .dataSync<"float32">() as Float32Array<ArrayBuffer>;
  });
  return { points: read as Record<Family, Float32Array>, preImages };
}
