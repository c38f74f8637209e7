import { checkFinite, checkInteger, checkPositive, checkRng, requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { relaxationName } from "../base/relaxation-name.js";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { CountDistribution } from "../distributions/counts/count-distribution.js";
import type { PriorObjective } from "../prior/prior-objective.js";
import type { Rng } from "../random/rng.js";
import type { CompiledFunction } from "./compiled-function.js";
import { type ApproximationFamily, type IgrSbApproximation, makeFamily, tensorOf } from "./family.js";
import { compareToTarget, type Fit } from "./fit.js";
import { type Frequencies, measure } from "./frequencies.js";
import { readTarget } from "./target.js";
import type { ApproximateProgress } from "./train.js";
import { train } from "./train.js";

/** Options of {@link approximate}. */
export interface ApproximateOptions {
  /** Temperature of the relaxation, > 0. */
  readonly temperature: number;
  /** Generator of the noise. */
  readonly rng: Rng;
  /** Steps of Adam; 1,000 by default. */
  readonly steps?: number;
  /** Samples of each step; 1,000 by default. */
  readonly samples?: number;
  /** Adam's learning rate; 0.01 by default. */
  readonly learningRate?: number;
  /**
   * The objective, as in {@link fitPrior}; `'mean'` by default. `'probs'` is the squared distance of P(argmax z) from
   * the target: it needs a fixed `scale`, and does not train flows. Of a target with infinite support only the
   * relaxation's categories count; the remainder is ignored.
   */
  readonly objective?: PriorObjective;
  /**
   * Initial values of the Gaussian coordinates. By default `scale` is 1 and `loc` is 0; for `'igr-sb'` the default
   * `loc` is -log(mean), with which the stick lengths have the target's mean.
   */
  readonly start?: { readonly loc?: number; readonly scale?: number };
  /** `'free'` (default), or a number that fixes every standard deviation. Without effect on `'gs'`. */
  readonly scale?: "free" | number;
  /** Number of samples from which the probabilities before and after the fit are counted; 100,000 by default. */
  readonly countedSamples?: number;
  /**
   * A compiler for the steps, such as `(f) => jit(f, { rng })` with @igr/jit and the same rng. By default the steps run
   * op by op.
   */
  readonly compile?: (f: (...inputs: tf.Tensor[]) => tf.Tensor[]) => CompiledFunction;
  /** Called after each step. An exception that it throws ends the fit. */
  readonly onProgress?: (progress: ApproximateProgress) => void;
  /**
   * Measures the fit after every so many steps, by `countedSamples` samples where probabilities are counted, and gives
   * it to `onProgress`. By default it is measured before the first step and after the last one. The steps are the same
   * either way.
   */
  readonly measureEvery?: number;
  /** Aborts the fit between two steps: the promise rejects with the signal's reason, and no tensor stays in memory. */
  readonly signal?: AbortSignal;
}

/** Result of {@link approximate}. The tensors belong to the caller; `dispose` frees them. */
export interface Approximation {
  /** The fitted relaxation, which uses the tensors in `parameters`. */
  readonly relaxed: RelaxedDistribution;
  /** `logits`, or `loc` and `scale`, and the parameters of the flow. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** The target's probabilities, as many as `before.pmf` and `after.pmf` have. */
  readonly target: readonly number[];
  /** The relaxation before the first step. */
  readonly before: Fit;
  /** The fitted relaxation. */
  readonly after: Fit;
  /** The objective at each step, over that step's samples. */
  readonly losses: readonly number[];
  /** Total time: compilation, steps, and the samples that are counted before and after them. */
  readonly seconds: number;
  /** Time of the steps, compilation included. */
  readonly trainingSeconds: number;
  /** Frees the tensors of `parameters`. */
  dispose(): void;
}

/**
 * Fits a relaxation to a discrete distribution by gradients through its samples (Potapczynski, Loaiza-Ganem and
 * Cunningham 2020, eq 20, section 5.1 and appendix E), and counts the probabilities of its categories before and after.
 *
 * The target is a distribution of counts such as Poisson, or probabilities of the categories 0, 1, 2, ... `'igr-sb'`
 * needs no number of categories: it grows while samples need more. The other relaxations use the first K categories of
 * a target with infinite support. Probabilities are exact for `'gs'` and `'igr'` and frequencies of `countedSamples`
 * for the others: of 100,000 samples of a perfect fit to Poisson(50) the total variation is 0.007.
 *
 * @throws TypeError if `target` is neither a distribution nor numbers; RangeError for an unknown relaxation or
 * objective, numbers outside their domain, an invalid target, `'kl'` with probabilities of 0, or if `'igr-sb'` exceeds
 * its cap; Error if tfjs has no gradients.
 *
 * @example
 * ```ts
 * const options = { temperature: 0.1, rng: createRng(1), steps: 20, samples: 50, countedSamples: 1000 };
 * const fit = await approximate([0.5, 0.3, 0.2], "igr", options);
 * fit.after.totalVariation < fit.before.totalVariation; // true
 * fit.dispose();
 * ```
 */
export async function approximate(
  target: CountDistribution | tf.Tensor | tf.TensorLike,
  relaxation: ApproximationFamily | ApproximationFamily["type"],
  options: ApproximateOptions,
): Promise<Approximation> {
  requireGradients("approximate");
  const settings = checkOptions(options);
  const read = readTarget(target);
  const spec = (
    typeof relaxation === "object" && relaxation ? relaxation : { type: relaxation }
  ) as ApproximationFamily;
  const { rng } = settings;
  const name = relaxationName(spec.type);
  if (settings.objective === "probs" && settings.hasFreeScale && name !== "gumbel-softmax") {
    throw new TypeError(
      "approximate: objective 'probs' needs a fixed scale, since P(argmax z) does not determine it; pass scale: 1",
    );
  }
  const family = makeFamily(spec, { ...settings, target: read });
  const onCap = (name === "igr-stick-breaking" ? (spec as IgrSbApproximation).onCap : undefined) ?? "error";

  const started = performance.now();
  settings.signal?.throwIfAborted();
  const before = await measure(family, { ...settings, rng: rng.fork("before") });
  const began = performance.now();
  const beside = (found: Frequencies) => compareToTarget(found, read.logProbs(Math.max(read.size, found.probs.length)));
  const losses = await train(family, read, {
    ...settings,
    onCap,
    measure: async (step) => beside(await measure(family, { ...settings, rng: rng.fork(`step ${step}`) })),
  });
  const trainingSeconds = (performance.now() - began) / 1000;
  const after = await measure(family, { ...settings, rng: rng.fork("after") });

  const size = Math.max(read.size, before.probs.length, after.probs.length);
  const logProbs = read.logProbs(size);
  const parameters = tf.tidy(() => ({ ...family.parameters(family.trained.map(tensorOf)) }));
  return {
    relaxed: family.distribution(parameters),
    parameters,
    target: Array.from(logProbs, Math.exp),
    before: compareToTarget(before, logProbs),
    after: compareToTarget(after, logProbs),
    losses,
    seconds: (performance.now() - started) / 1000,
    trainingSeconds,
    dispose: () => tf.dispose(parameters),
  };
}

interface Settings {
  readonly temperature: number;
  readonly rng: Rng;
  readonly steps: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly objective: PriorObjective;
  readonly loc: number | undefined;
  readonly scale: number;
  readonly hasFreeScale: boolean;
  readonly countedSamples: number;
  readonly compile: NonNullable<ApproximateOptions["compile"]>;
  readonly onProgress: ApproximateOptions["onProgress"];
  readonly signal: AbortSignal | undefined;
  readonly measureEvery: number;
}

function checkOptions({
  temperature,
  rng,
  steps = 1000,
  samples = 1000,
  learningRate = 0.01,
  objective = "mean",
  start = {},
  scale = "free",
  countedSamples = 100_000,
  compile = opByOp,
  onProgress,
  signal,
  measureEvery,
}: ApproximateOptions): Settings {
  for (const [name, count] of Object.entries({ steps, samples, countedSamples })) {
    checkInteger("approximate", name, count, 1);
  }
  const { loc, scale: startScale = 1 } = start;
  const fixedScale = scale === "free" ? startScale : scale;
  for (const [name, value] of Object.entries({
    temperature,
    learningRate,
    "start.scale": startScale,
    scale: fixedScale,
  })) {
    checkPositive("approximate", name, value);
  }
  if (loc !== undefined) checkFinite("approximate", "start.loc", loc);
  checkRng("approximate", rng, "normal", "fork");
  if (typeof compile !== "function") {
    throw new TypeError(
      `approximate: compile must be a function such as (f) => jit(f, { rng }), got ${String(compile)}`,
    );
  }
  return {
    temperature,
    rng,
    steps,
    samples,
    learningRate,
    objective,
    loc,
    scale: fixedScale,
    hasFreeScale: scale === "free",
    countedSamples,
    compile,
    onProgress,
    signal,
    measureEvery:
      measureEvery === undefined
        ? Number.POSITIVE_INFINITY
        : checkInteger("approximate", "measureEvery", measureEvery, 1),
  };
}

function opByOp(f: (...inputs: tf.Tensor[]) => tf.Tensor[]): CompiledFunction {
  return (...inputs) => tf.tidy(() => f(...inputs));
}
