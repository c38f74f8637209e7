import { Concrete, createRng, IGR, vertexProximityCurve } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { chooseEngine } from "../run/engine.js";
import { type Calculation, rounded } from "./calculation.js";

/** Relaxations of a uniform variable: logits 0, or loc 0 and scale 1. */
export type UniformFamily = "gs" | "igr";

export const distanceSettings = { samples: 10_000, bins: 50, seed: 1 };
export type DistanceSettings = typeof distanceSettings;

export interface DistanceRecord {
  /** Share of the draws within 1/bins, 2/bins, ..., 1 of the nearest vertex. */
  readonly shares: readonly number[];
}

/** How far draws of a relaxed uniform variable lie from the nearest vertex of the simplex. */
export function distancesCalculation(
  family: UniformFamily,
  categories: number,
  temperature: number,
  settings: DistanceSettings = distanceSettings,
): Calculation<DistanceRecord> {
  return {
    title: `distances of ${family === "gs" ? "GS" : "IGR"}(${temperature}), K = ${categories}`,
    settings: { kind: "distances", family, categories, temperature, ...settings } as { readonly kind: string },
    async compute() {
      await chooseEngine("cpu");
      const { samples, bins, seed } = settings;
      const rng = createRng(seed).fork(`distances ${family} ${categories} ${temperature}`);
      const distances = Array.from({ length: bins }, (_, bin) => (bin + 1) / bins);
      const curve = vertexProximityCurve(memberOf(family, categories, temperature), { rng, samples, distances });
      const shares = Array.from(curve.shares.dataSync(), rounded);
      tf.dispose([curve.shares, curve.standardErrors]);
      return { shares };
    },
  };
}

function memberOf(family: UniformFamily, categories: number, temperature: number): Concrete | IGR {
  return family === "gs"
    ? new Concrete({ temperature, logits: Array(categories).fill(0) })
    : new IGR({ loc: Array(categories - 1).fill(0), scale: 1, temperature });
}
