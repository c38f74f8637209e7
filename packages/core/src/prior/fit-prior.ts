import { SoftmaxPlusPlus } from "@igr/bijectors";
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
import { IGR } from "../relaxations/igr.js";
import { makeTransform } from "../relaxations/igr-transform.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import { distanceToVertex } from "../vertex-proximity/distance-to-vertex.js";
import { cutStickBreakingMap } from "./cut-sticks-map.js";
import type { FitPriorOptions, FittedPrior } from "./fit-prior-options.js";
import { fitProbs } from "./fit-probs.js";
import { type FitSettings, fitRow, type RowFit } from "./fit-row.js";
import { bijectorMap, interpolationMap, type PriorMap, softmaxPlusPlusMap, stickBreakingMap } from "./prior-map.js";
import { checkAllPositive, priorObjective } from "./prior-objective.js";

export type { FitPriorOptions, FittedPrior };

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
    throw new TypeError(
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
  if (!(given instanceof tf.Tensor)) checkNumeric("fitPrior: target", given);
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
  rho,
  // With the cut the number of kept sticks moves, too, and the last of many sticks has far to go.
  learningRate = rho === undefined ? 0.01 : 0.03,
  start: { loc: startLoc = 0, scale: startScale = 1 } = {},
  scale = "free",
  transform = "softmax++",
  rng,
}: FitPriorOptions): Omit<FitSettings, "rng"> {
  for (const [name, count] of Object.entries({ steps, samples })) checkInteger("fitPrior", name, count, 1);
  const fixedScale = scale === "free" ? startScale : scale;
  for (const [name, value] of Object.entries({ learningRate, "start.scale": startScale, scale: fixedScale })) {
    checkPositive("fitPrior", name, value);
  }
  checkFinite("fitPrior", "start.loc", startLoc);
  if (rho !== undefined) {
    checkNumber("fitPrior", "rho", rho, openInterval);
    if (transform !== "stick-breaking") {
      throw new TypeError(
        `fitPrior: rho needs the transform 'stick-breaking', whose sticks it cuts, got ${typeof transform === "object" ? "a bijector" : `'${transform}'`}`,
      );
    }
  }
  checkRng("fitPrior", rng, "fill", "fork");
  return { steps, samples, learningRate, startLoc, startScale: fixedScale, hasFreeScale: scale === "free" };
}
