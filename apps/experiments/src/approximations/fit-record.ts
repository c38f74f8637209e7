import { type Approximation, approximate, createRng, type Fit } from "@igr/core";
import { jit } from "@igr/jit";
import type { FitPlan, Study } from "./studies.js";

/** A fit as it is kept in a file. */
export interface FitRecord extends FitPlan {
  readonly before: Fit;
  readonly after: Fit;
  /** The losses of the first step, then of each 50th. */
  readonly losses: readonly number[];
  readonly seconds: number;
}

/** The fits of one target. */
export interface StudyRecord {
  /** The study's. */
  readonly name: string;
  /** Probabilities of the categories up to the last that any fit has. */
  readonly target: readonly number[];
  readonly fits: readonly FitRecord[];
}

/** Settings of every fit: those of the paper, but for the seed and the count. */
export const fitSettings = { steps: 1000, samples: 1000, learningRate: 0.01, countedSamples: 100_000, seed: 1 };

/** Fits every relaxation of a study, compiled. `onFit` hears of each as it is done. */
export async function runStudy(
  study: Study,
  settings: typeof fitSettings,
  onFit: (record: FitRecord) => void,
): Promise<StudyRecord> {
  let longest: readonly number[] = [];
  const fits: FitRecord[] = [];
  const { seed, ...options } = settings;
  for (const plan of study.fits) {
    const rng = createRng(seed);
    const fit = await approximate(study.target(), plan.relaxation, {
      ...options,
      temperature: plan.temperature,
      objective: plan.objective,
      ...(plan.objective === "probs" && { scale: 1 }),
      rng,
      compile: (f) => jit(f, { rng }),
    });
    const record = recordOf(plan, fit);
    fit.dispose();
    longest = fit.target.length > longest.length ? fit.target : longest;
    fits.push(record);
    onFit(record);
  }
  return { name: study.name, target: longest.map(rounded), fits };
}

function recordOf(plan: FitPlan, { before, after, losses, seconds }: Approximation): FitRecord {
  const kept = losses.filter((_, step) => step === 0 || (step + 1) % 50 === 0);
  const short = (fit: Fit): Fit => ({
    ...fit,
    pmf: fit.pmf.map(rounded),
    totalVariation: rounded(fit.totalVariation),
    kl: rounded(fit.kl),
    vertexProximity: rounded(fit.vertexProximity),
    averageK: fit.averageK && rounded(fit.averageK),
  });
  return { ...plan, before: short(before), after: short(after), losses: kept.map(rounded), seconds: rounded(seconds) };
}

/** Five digits, so that the kept files stay small. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
