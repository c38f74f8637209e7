import { type Calculation, rounded } from "./calculation.js";

/** A small model with one variable of IGR-SB, and the data that it learns. */
export interface SticksPlan {
  /** Patterns of the data: an image is a pattern of which some pixels are flipped. */
  readonly clusters: number;
  /** Categories that are equally likely in the prior before training. */
  readonly priorCategories: number;
  readonly learnPrior: boolean;
  /** Share of the stick that the kept categories exceed (eq 25). */
  readonly rho: number;
  /** The maximum number of categories. */
  readonly maxCategories: number;
}

/** What all of these trainings share. */
export const sticksSettings = {
  steps: 3000,
  batchSize: 64,
  learningRate: 0.01,
  temperature: 0.3,
  pixels: 64,
  flipped: 0.05,
  seed: 1,
};
export type SticksSettings = typeof sticksSettings;

/** The numbers of a trained model on 1,024 new images. */
export interface SticksRecord {
  /** Mean number of categories that a draw keeps: before training, then after each twentieth of the steps. */
  readonly kept: readonly number[];
  /** Categories that are the largest of some image's draw. */
  readonly used: number;
  /** Nats per image. */
  readonly elbo: number;
}

/** How many categories IGR-SB keeps while a model learns data of a known number of clusters. */
export function sticksCalculation(
  plan: SticksPlan,
  settings: SticksSettings = sticksSettings,
): Calculation<SticksRecord> {
  return {
    title: `IGR-SB of ${plan.clusters} clusters`,
    settings: { kind: "kept-categories", ...plan, ...settings } as { readonly kind: string },
    async compute(options) {
      const { trainSticks } = await import("./train-sticks.js");
      const { kept, used, elbo } = await trainSticks(plan, settings, options);
      return { kept: kept.map(rounded), used, elbo: rounded(elbo) };
    },
  };
}

/** The largest bound that any model has on such data: minus the entropy of an image, in nats. */
export function bestBound({ clusters }: SticksPlan, { pixels, flipped }: SticksSettings): number {
  const bit = flipped * Math.log(flipped) + (1 - flipped) * Math.log1p(-flipped);
  return pixels * bit - Math.log(clusters);
}
