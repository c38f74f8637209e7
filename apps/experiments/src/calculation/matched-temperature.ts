import { createRng, type MatchedTemperature, matchTemperature, type TemperatureFamily } from "@igr/core";
import { chooseEngine } from "../run/engine.js";
import { type Calculation, rounded } from "./calculation.js";

/** The matched temperature, or the reason why no temperature matches. */
export type MatchRecord =
  | Pick<MatchedTemperature, "temperature" | "standardError" | "share">
  | { readonly none: string };

export interface MatchSettings {
  readonly within: number;
  readonly fraction: number;
  readonly samples: number;
  readonly seed: number;
}

/** The rule of the paper's section 5: 75 % within 0.2 of a vertex. */
export const matchSettings: MatchSettings = { within: 0.2, fraction: 0.75, samples: 10_000, seed: 1 };

/** The temperature at which enough draws of a relaxed uniform variable lie near a vertex. */
export function matchCalculation(
  family: TemperatureFamily & (string | object),
  categories: number,
  settings: MatchSettings = matchSettings,
): Calculation<MatchRecord> {
  const { seed, ...options } = settings;
  return {
    title: `temperature of ${typeof family === "string" ? family : JSON.stringify(family)}, K = ${categories}`,
    settings: { kind: "matched-temperature", family, categories, ...settings } as { readonly kind: string },
    async compute({ onProgress, signal }) {
      await chooseEngine("cpu");
      try {
        const found = matchTemperature({
          ...options,
          family,
          categories,
          rng: createRng(seed),
          onProgress: ({ draws }) => onProgress(Math.min(1, draws / 25)),
          signal,
        });
        const { temperature, standardError, share } = found;
        return { temperature: rounded(temperature), standardError: rounded(standardError), share: rounded(share) };
      } catch (error) {
        // For some families no temperature satisfies the rule.
        if (error instanceof RangeError) return { none: error.message };
        throw error;
      }
    },
  };
}
