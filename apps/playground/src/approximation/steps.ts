import { type ApproximateProgress, approximate, createRng, type Fit } from "@igr/core";
import { normalized } from "./targets.js";

/** The state of the fit after some steps. */
export interface Progress extends Pick<Fit, "pmf" | "totalVariation" | "averageK"> {
  readonly step: number;
}

/** The relaxation to fit, and its target. */
export interface Problem {
  readonly family: "igr-sb" | "gumbel-softmax";
  /** Probabilities of the categories 0, 1, 2, ... */
  readonly target: readonly number[];
  readonly temperature: number;
  readonly seed: number;
  /** Categories of the Gumbel-Softmax; IGR-SB needs none. */
  readonly categories: number;
}

/** Number of steps, reports, and the signal that ends them. */
export interface Course {
  readonly steps: number;
  /** Steps between two reports. */
  readonly every: number;
  readonly report: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fits a relaxation to a discrete distribution by the mean of its samples (eq 20). The probabilities of IGR-SB are counted from
 * 1,000 samples, those of the Gumbel-Softmax are exact.
 */
export async function fitSteps(problem: Problem, { steps, every, report, signal }: Course): Promise<void> {
  const { family, target, temperature, seed, categories } = problem;
  const room = Math.min(256, Math.max(32, Math.ceil(1.5 * target.length))); // 1.5 times the categories of the target
  const fit = await approximate(
    normalized(target), // the table of a distribution with infinite support lacks its tail
    family === "igr-sb" ? { type: family, cap: room, onCap: "ignore" } : { type: family, categories },
    {
      temperature,
      rng: createRng(seed).fork("approximation"),
      steps,
      samples: 100,
      learningRate: 0.03,
      countedSamples: 1000,
      measureEvery: every,
      signal,
      onProgress: ({ step, fit: measured }: ApproximateProgress) => {
        if (measured) report({ ...measured, step });
      },
    },
  );
  fit.dispose();
}
