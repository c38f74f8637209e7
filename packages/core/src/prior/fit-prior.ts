import { type Bijector, SoftmaxPlusPlus } from "@igr/bijectors";
import {
  checkFinite,
  checkInteger,
  checkNumber,
  checkNumeric,
  checkOptions,
  checkPositive,
  checkRng,
  formatShape,
  openInterval,
  sumTolerance,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { cutKeepsLongest } from "../argmax/argmax-of-cut.js";
import type { Rng } from "../random/rng.js";
import { IGR } from "../relaxations/igr.js";
import { type IGRTransformName, makeTransform } from "../relaxations/igr-transform.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import { distanceToVertex } from "../vertex-proximity/distance-to-vertex.js";
import { cutStickBreakingMap } from "./cut-sticks-map.js";
import { fitProbs } from "./fit-probs.js";
import { type FitSettings, fitRow, type RowFit } from "./fit-row.js";
import { bijectorMap, interpolationMap, type PriorMap, softmaxPlusPlusMap, stickBreakingMap } from "./prior-map.js";
import { checkAllPositive, type PriorObjective, priorObjective } from "./prior-objective.js";

/** Options of {@link fitPrior}. */
export interface FitPriorOptions {
  /**
   * Probabilities to match, `[..., K]`, which are >= 0 and sum to 1 on the last axis. Each row of a batch is fitted
   * separately.
   */
  readonly target: tf.Tensor | tf.TensorLike;
  /** As in {@link IGR}; `'softmax++'` by default. */
  readonly transform?: IGRTransformName | Bijector;
  /** As in {@link IGR}, one number. */
  readonly temperature?: number;
  /** As in {@link IGR}, one number; 0.1 by default. */
  readonly delta?: number;
  /**
   * The objective; expectations are over the samples of a step:
   * - `'mean'` (default): `|E z - target|^2`, mean matching. It does not determine the scale, which stays near its
   * start.
   * - `'kl'`: `KL(E z || target)`, the objective of the authors' code. It does not determine the scale either.
   * - `'literal'`: `E |z - target|^2`, eq 20 as printed. Its minimum over the scale is a point mass at the target, so
   * that with a free scale the relaxation collapses.
   * - `'energy'`: the energy distance of z to the one-hot variable with the target's probabilities (Székely and Rizzo
   * 2013), which is 0 only for that variable itself: it moves the samples to the vertices, in the target's
   * proportions. As the scale grows, a gradient along the path no longer sees the last category, which wins only if
   * all coordinates are low: among ten equal categories it vanishes. `discreteProbs` shows this; `'probs'` keeps the
   * category.
   * - `'probs'`: P(argmax z = k) equal to the target, all > 0, by Newton's method and without samples. It needs a
   * fixed `scale`, since no probability changes when loc - temperature log(delta) and the scale are stretched
   * together; with one, loc is unique (but for the last stick of `'stick-breaking'`, which stays at the start). Not
   * available for custom bijectors.
   */
  readonly objective?: PriorObjective;
  /**
   * For `'stick-breaking'`: fits the relaxation that {@link InfiniteIGR} cuts at this stick mass, in (0, 1), with as
   * many sticks as the target has categories as its cap. Set it to the model's value if the model cuts: in eq 24
   * without a cut most of 50 sticks are nearly empty but still have a weight, so loc and scale fitted without a cut
   * describe another distribution once they are cut. By default eq 24 is not cut.
   */
  readonly rho?: number;
  /** Steps of Adam; 1,500 by default. */
  readonly steps?: number;
  /** Samples per step; 1,000 by default. */
  readonly samples?: number;
  /** Adam's learning rate, for the means and the logarithms of the scales; 0.01 by default. */
  readonly learningRate?: number;
  /** Initial values, one number for all coordinates; `{ loc: 0, scale: 1 }` by default. */
  readonly start?: { readonly loc?: number; readonly scale?: number };
  /** `'free'` (default), or a number that fixes every scale, so that only the means are fitted. */
  readonly scale?: "free" | number;
  /** Generator of the noise. */
  readonly rng: Rng;
}

/** Result of {@link fitPrior}. The tensors belong to the caller; `dispose` frees them. */
export interface FittedPrior {
  /** Means, `[..., K-1]` (`[..., K]` for `'stick-breaking'`). */
  readonly loc: tf.Tensor;
  /** Standard deviations, of the shape of `loc`. */
  readonly scale: tf.Tensor;
  /**
   * The objective at each step, over that step's samples, summed over targets; for `'probs'` at each step of Newton's
   * method.
   */
  readonly losses: readonly number[];
  /** Mean of 10,000 fresh samples, `[..., categories of the relaxation]`. */
  readonly mean: tf.Tensor;
  /** Share of those samples in which each category is the largest: an estimate of P(argmax z = k), +-0.005 at 1/2. */
  readonly argmaxProbs: tf.Tensor;
  /** P(argmax z = k), `[..., K]`, as {@link IGR.discreteProbs} computes it: exact for softmax++. */
  readonly discreteProbs: tf.Tensor;
  /**
   * Share of those samples within 0.2 of a vertex, `[...]`. A value near 0 shows a collapse: the samples are far from
   * discrete.
   */
  readonly vertexProximity: tf.Tensor;
  /** With `rho`, the average number of categories that those samples keep, `[...]`; otherwise undefined. */
  readonly keptCategories?: tf.Tensor;
  /** The stick mass of the cut in the fit; undefined without a cut. */
  readonly rho?: number;
  /** Frees the tensors above. */
  dispose(): void;
}

const OPTIONS: readonly (keyof FitPriorOptions)[] = [
  "target",
  "transform",
  "temperature",
  "delta",
  "objective",
  "rho",
  "steps",
  "samples",
  "learningRate",
  "start",
  "scale",
  "rng",
];

const diagnosticSamples = 10_000;

/**
 * Finds the Gaussian parameters with which an {@link IGR} relaxes given probabilities (Potapczynski, Loaiza-Ganem and
 * Cunningham 2020, eq 20): `loc` and `scale` are not probabilities themselves.
 *
 * Relaxations that are far from discrete can minimize most objectives: check `vertexProximity` and `discreteProbs`. For
 * `'stick-breaking'` the K probabilities are those of K sticks; the remainder, the last of K+1 categories, is not part
 * of the objective and appears in `mean`.
 *
 * `'interpolation'` jumps between vertices, and a pathwise gradient misses the jumps: its mean ends some hundredths
 * away from the target, as `mean` shows.
 *
 * Runs in plain float64 loops with closed-form gradients, on every backend: 1,500 steps of 1,000 samples for ten
 * categories take about a second. A custom bijector runs on the backend and takes longer.
 *
 * @throws RangeError if the target does not hold probabilities (for `'kl'`: all > 0) or a number is outside its domain;
 * TypeError for an unknown objective or transform.
 *
 * @example
 * ```ts
 * const prior = fitPrior({ target: [0.5, 0.3, 0.2], temperature: 0.5, rng: createRng(1) });
 * prior.mean; // about the target; prior.argmaxProbs and prior.vertexProximity say how discrete it is
 * const relaxed = new IGR({ loc: prior.loc, scale: prior.scale, temperature: 0.5 });
 * ```
 */
export function fitPrior(options: FitPriorOptions): FittedPrior {
  checkOptions("fitPrior", options, OPTIONS);
  const settings = { ...checkNumbers(options), rng: options.rng };
  const { rows, shape } = readTarget(options.target);
  const size = shape.at(-1) as number;
  // The sticks have the target's probabilities; the remainder is an additional category.
  const dimension = options.transform === "stick-breaking" ? size : size - 1;
  const fits = fitRows(options, rows, dimension, settings);

  const losses = Array.from({ length: Math.max(0, ...fits.map((fit) => fit.losses.length)) }, (_, step) =>
    fits.reduce((sum, fit) => sum + (fit.losses[step] ?? (fit.losses.at(-1) as number)), 0),
  );
  const parameterShape = [...shape.slice(0, -1), dimension];
  const loc = tf.tensor(
    fits.flatMap((fit) => [...fit.loc]),
    parameterShape,
    "float32",
  );
  const scale = tf.tensor(
    fits.flatMap((fit) => [...fit.scale]),
    parameterShape,
    "float32",
  );
  const diagnostics = diagnose(options, loc, scale);
  return {
    loc,
    scale,
    losses,
    ...(options.rho === undefined ? {} : { rho: options.rho }),
    ...diagnostics,
    dispose: () => tf.dispose([loc, scale, ...Object.values(diagnostics)]),
  };
}

function fitRows(options: FitPriorOptions, rows: number[][], dimension: number, settings: FitSettings): RowFit[] {
  const { objective = "mean", transform, temperature, delta } = options;
  if (objective !== "probs") {
    const map = makePriorMap(options, dimension);
    return rows.map((target) => fitRow(map, priorObjective(objective, target), settings));
  }
  if (settings.hasFreeScale) {
    throw new RangeError(
      "fitPrior: objective 'probs' needs a fixed scale, a number > 0, since the probabilities do not change when loc and scale are stretched together; got 'free'",
    );
  }
  if (typeof transform === "object" && !(transform instanceof SoftmaxPlusPlus)) {
    throw new TypeError(
      "fitPrior: objective 'probs' is for the transforms 'softmax++', 'stick-breaking' and 'interpolation', got a bijector",
    );
  }
  if (options.rho !== undefined && !cutKeepsLongest(options.rho, dimension)) {
    throw new RangeError(
      `fitPrior: objective 'probs' of cut sticks needs rho >= ${dimension} / ${dimension + 1}, from where on the longest stick of ${dimension} is always kept, got ${options.rho}`,
    );
  }
  const bijector = makeTransform("fitPrior", { transform, temperature, delta }, dimension);
  const scale = new Float64Array(dimension).fill(settings.startScale);
  return rows.map((target) => {
    checkAllPositive("probs", target);
    const { startLoc, steps } = settings;
    return { scale, ...fitProbs(bijector, dimension, target, { startLoc, steps, scale: settings.startScale }) };
  });
}

function makePriorMap(options: FitPriorOptions, dimension: number): PriorMap {
  const { transform = "softmax++", temperature, delta: given } = options;
  const delta = given ?? 0.1;
  const bijector = makeTransform("fitPrior", { transform, temperature, delta: given }, dimension);
  switch (transform) {
    case "softmax++":
      return softmaxPlusPlusMap(dimension, temperature as number, delta);
    case "stick-breaking":
      return options.rho === undefined
        ? stickBreakingMap(dimension, temperature as number, delta)
        : cutStickBreakingMap(dimension, temperature as number, delta, options.rho);
    case "interpolation":
      return interpolationMap(dimension, temperature as number);
    default:
      return bijectorMap(bijector, dimension);
  }
}

type Diagnostics = Pick<FittedPrior, "mean" | "argmaxProbs" | "discreteProbs" | "vertexProximity" | "keptCategories">;

function diagnose(options: FitPriorOptions, loc: tf.Tensor, scale: tf.Tensor): Diagnostics {
  const { transform, temperature, delta, rho, rng } = options;
  return tf.tidy(() => {
    if (rho === undefined) {
      const igr = new IGR({ loc, scale, transform, temperature, delta });
      return measures(igr.sample(rng, [diagnosticSamples]), igr.discreteProbs());
    }
    const cut = new InfiniteIGR({ loc, scale, temperature: temperature as number, delta, rho, onCap: "ignore" });
    const { value, effectiveK } = cut.sampleWithPreImage(rng, [diagnosticSamples]);
    return { ...measures(value, cut.discreteProbs()), keptCategories: tf.mean(effectiveK, 0) };
  });
}

function measures(z: tf.Tensor, discreteProbs: tf.Tensor): Diagnostics {
  return {
    mean: tf.mean(z, 0),
    argmaxProbs: tf.mean(tf.cast(tf.oneHot(tf.argMax(z, -1), z.shape.at(-1) as number), "float32"), 0),
    discreteProbs,
    vertexProximity: tf.mean(tf.cast(tf.lessEqual(distanceToVertex(z), 0.2), "float32"), 0),
  };
}

function readTarget(given: tf.Tensor | tf.TensorLike): { rows: number[][]; shape: number[] } {
  if (!(given instanceof tf.Tensor)) {
    checkNumeric("fitPrior: target", given);
  }
  const { data, shape } = tf.tidy(() => {
    const target = given instanceof tf.Tensor ? given : tf.tensor(given, undefined, "float32");
    return { data: [...target.dataSync()], shape: target.shape.slice() };
  });
  const size = shape.at(-1) ?? 0;
  if (size < 2) {
    throw new RangeError(
      `fitPrior: target must have at least 2 categories on its last axis, got shape ${formatShape(shape)}`,
    );
  }
  const rows = Array.from({ length: data.length / size }, (_, row) => data.slice(row * size, (row + 1) * size));
  for (const row of rows) {
    const sum = row.reduce((total, value) => total + value, 0);
    if (!row.every((value) => value >= 0) || !(Math.abs(sum - 1) <= sumTolerance(size))) {
      throw new RangeError(`fitPrior: target must hold probabilities >= 0 that sum to 1, got [${row.join(", ")}]`);
    }
  }
  return { rows, shape };
}

function checkNumbers({
  steps = 1500,
  samples = 1000,
  learningRate = 0.01,
  start: { loc: startLoc = 0, scale: startScale = 1 } = {},
  scale = "free",
  transform = "softmax++",
  rho,
  rng,
}: FitPriorOptions): Omit<FitSettings, "rng"> {
  for (const [name, count] of Object.entries({ steps, samples })) {
    checkInteger("fitPrior", name, count, 1);
  }
  const fixedScale = scale === "free" ? startScale : scale;
  for (const [name, value] of Object.entries({ learningRate, "start.scale": startScale, scale: fixedScale })) {
    checkPositive("fitPrior", name, value);
  }
  checkFinite("fitPrior", "start.loc", startLoc);
  if (rho !== undefined) {
    checkNumber("fitPrior", "rho", rho, openInterval);
    if (transform !== "stick-breaking") {
      throw new RangeError(
        `fitPrior: rho needs the transform 'stick-breaking', whose sticks it cuts, got ${typeof transform === "object" ? "a bijector" : `'${transform}'`}`,
      );
    }
  }
  checkRng("fitPrior", rng, "fill", "fork");
  return { steps, samples, learningRate, startLoc, startScale: fixedScale, hasFreeScale: scale === "free" };
}
