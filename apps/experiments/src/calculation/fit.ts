import {
  type ApproximationFamily,
  approximate,
  Binomial,
  Categorical,
  type CountDistribution,
  createRng,
  type Fit,
  NegativeBinomial,
  Poisson,
  type PriorObjective,
} from "@igr/core";
import { jit } from "@igr/jit";
import { chooseEngine } from "../run/engine.js";
import { type Calculation, rounded } from "./calculation.js";

/** A discrete distribution, as JSON. */
export type TargetSpec =
  | { readonly type: "poisson"; readonly rate: number }
  | { readonly type: "binomial"; readonly totalCount: number; readonly probs: number }
  | { readonly type: "negative-binomial"; readonly totalCount: number; readonly probs: number }
  | { readonly type: "categorical"; readonly weights: readonly number[] };

/** A relaxation and how it is fitted. */
export interface FitPlan {
  readonly relaxation: ApproximationFamily;
  readonly temperature: number;
  readonly objective: PriorObjective;
}

/** Settings of every fit: the paper's, except for the seed and the count. */
export const fitSettings = { steps: 1000, samples: 1000, learningRate: 0.01, countedSamples: 100_000, seed: 1 };
export type FitSettings = typeof fitSettings;

/** A stored fit; an infinite divergence is null. */
export interface FitRecord {
  /** Probabilities of the target's categories, as many as in both fits. */
  readonly target: readonly number[];
  readonly before: KeptFit;
  readonly after: KeptFit;
  /** The losses of the first step and of every 50th step. */
  readonly losses: readonly number[];
}

export interface KeptFit extends Omit<Fit, "kl"> {
  readonly kl: number | null;
}

/** The fit of a relaxation to a target, compiled (eq 20). */
export function fitCalculation(
  title: string,
  target: TargetSpec,
  { relaxation, temperature, objective }: FitPlan,
  settings: FitSettings = fitSettings,
): Calculation<FitRecord> {
  const { seed, ...options } = settings;
  return {
    title,
    settings: { kind: "fit", target, relaxation, temperature, objective, ...settings } as { readonly kind: string },
    async compute({ onProgress, signal }) {
      await chooseEngine("cpu");
      const rng = createRng(seed);
      const fit = await approximate(distributionOf(target), relaxation, {
        ...options,
        temperature,
        objective,
        ...(objective === "probs" && { scale: 1 }),
        rng,
        compile: (f) => jit(f, { rng }),
        onProgress: ({ step, steps }) => onProgress(step / steps),
        signal,
      });
      fit.dispose();
      const kept = fit.losses.filter((_, step) => step === 0 || (step + 1) % 50 === 0);
      return {
        target: fit.target.map(rounded),
        before: short(fit.before),
        after: short(fit.after),
        losses: kept.map(rounded),
      };
    },
  };
}

function short(fit: Fit): KeptFit {
  return {
    ...fit,
    pmf: fit.pmf.map(rounded),
    totalVariation: rounded(fit.totalVariation),
    kl: Number.isFinite(fit.kl) ? rounded(fit.kl) : null,
    vertexProximity: rounded(fit.vertexProximity),
    averageK: fit.averageK && rounded(fit.averageK),
  };
}

function distributionOf(target: TargetSpec): CountDistribution {
  switch (target.type) {
    case "poisson":
      return new Poisson({ rate: target.rate });
    case "binomial":
      return new Binomial({ totalCount: target.totalCount, probs: target.probs });
    case "negative-binomial":
      return new NegativeBinomial({ totalCount: target.totalCount, probs: target.probs });
    case "categorical": {
      const total = target.weights.reduce((sum, weight) => sum + weight, 0);
      return new Categorical({ probs: target.weights.map((weight) => weight / total) });
    }
  }
}
