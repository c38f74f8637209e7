import type { Rng } from "../random/rng.js";
import { Adam } from "./adam.js";
import type { PriorMap } from "./prior-map.js";
import type { Objective } from "./prior-objective.js";

/** Options of {@link fitRow}. */
export interface FitSettings {
  readonly steps: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly startLoc: number;
  readonly startScale: number;
  readonly hasFreeScale: boolean;
  readonly rng: Rng;
}

/** The fitted parameters of one target, and the objective at each step. */
export interface RowFit {
  readonly loc: Float64Array;
  readonly scale: Float64Array;
  readonly losses: number[];
}

/** Stochastic gradient descent on the means and the logarithms of the scales of one target. */
export function fitRow(map: PriorMap, objective: Objective, settings: FitSettings): RowFit {
  const { steps, samples, hasFreeScale, rng } = settings;
  const dimension = map.categories - 1;
  // Means first, then logarithms of scales.
  const parameters = new Float64Array(2 * dimension).fill(settings.startLoc);
  parameters.fill(Math.log(settings.startScale), dimension);
  const gradient = new Float64Array(2 * dimension);
  const adam = new Adam(2 * dimension, settings.learningRate);
  const noise = new Float32Array(samples * dimension);
  const y = new Float64Array(samples * dimension);
  const slopes = new Float64Array(samples * dimension);
  const scores = new Float64Array(samples * dimension);
  const losses: number[] = [];
  const scales = () => parameters.subarray(dimension).map(Math.exp);

  for (let step = 0; step < steps; step++) {
    rng.fill("normal", noise);
    const scale = scales();
    writePreImages(parameters, scale, noise, y);
    writeScores(scale, noise, scores);
    losses.push(map.lossAndSlopes(y, samples, objective, slopes, scores));
    writeGradient(slopes, scale, noise, gradient);
    if (!hasFreeScale) gradient.fill(0, dimension);
    adam.update(parameters, gradient);
  }
  return { loc: parameters.slice(0, dimension), scale: scales(), losses };
}

/** Eq 16: y = loc + scale * noise, sample after sample. */
function writePreImages(loc: Float64Array, scale: Float64Array, noise: Float32Array, y: Float64Array): void {
  const dimension = scale.length;
  for (let k = 0; k < dimension; k++) {
    const [shift, factor] = [loc[k] as number, scale[k] as number];
    for (let index = k; index < y.length; index += dimension) y[index] = shift + factor * (noise[index] as number);
  }
}

/** The derivative of each pre-image's log-density by its mean. */
function writeScores(scale: Float64Array, noise: Float32Array, scores: Float64Array): void {
  const dimension = scale.length;
  for (let index = 0; index < scores.length; index++) {
    scores[index] = (noise[index] as number) / (scale[index % dimension] as number);
  }
}

/** Sums the samples' slopes into those of loc, then of log scale. */
function writeGradient(slopes: Float64Array, scale: Float64Array, noise: Float32Array, gradient: Float64Array): void {
  const dimension = scale.length;
  for (let k = 0; k < dimension; k++) {
    let [ofLoc, ofScale] = [0, 0];
    for (let index = k; index < slopes.length; index += dimension) {
      const slope = slopes[index] as number;
      ofLoc += slope;
      ofScale += slope * (noise[index] as number);
    }
    gradient[k] = ofLoc;
    gradient[dimension + k] = ofScale * (scale[k] as number);
  }
}
