import { checkInteger, checkNumber, checkPositive, checkRng, openInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import { familyMember, type TemperatureFamily } from "./temperature-family.js";
import { sampledDistances } from "./vertex-proximity.js";

export type { TemperatureFamily };

/** Progress of {@link matchTemperature}: the temperature lies between `lowest` and `highest`. */
export interface MatchProgress {
  /** Number of finished draws of samples, from 1; there are about 25. */
  readonly draws: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Options of {@link matchTemperature}. */
export interface MatchTemperatureOptions {
  /** The family of relaxations whose temperature is searched. */
  readonly family: TemperatureFamily;
  /** Number of categories K, >= 2, equally likely; ignored if the family is a function. */
  readonly categories: number;
  /** The distance to the nearest vertex that counts as near, > 0; 0.2 by default, the paper's. */
  readonly within?: number;
  /** The share of samples that must be near, in (0, 1); 0.75 by default, the paper's. */
  readonly fraction?: number;
  /** Generator of the noise. All temperatures use one stream from a fork, so `rng` does not advance. */
  readonly rng: Rng;
  /** Samples at each temperature; 10,000 by default. */
  readonly samples?: number;
  /**
   * The lowest and the highest temperature that are considered; `[0.001, 10]` by default (up to 1 for interpolation).
   */
  readonly between?: readonly [number, number];
  /** Called after each draw of samples. An exception that it throws ends the search. */
  readonly onProgress?: (progress: MatchProgress) => void;
  /**
   * Aborts the search before the next draw by throwing its reason. The search is synchronous: abort it from
   * `onProgress`.
   */
  readonly signal?: AbortSignal;
}

/** Result of {@link matchTemperature}. */
export interface MatchedTemperature {
  readonly temperature: number;
  /** Its standard error: that of the share, divided by the slope of the share. */
  readonly standardError: number;
  /** The share of samples within the distance at that temperature: `fraction`, up to the resolution of a frequency. */
  readonly share: number;
  /** `sqrt(share (1 - share) / samples)`. */
  readonly shareStandardError: number;
}

/**
 * The temperature at which a given share of samples lies within a given distance of a vertex of the simplex: the
 * criterion for comparable relaxations in section 5 of Potapczynski, Loaiza-Ganem and Cunningham (2020), with 75 %
 * within 0.2 for equally likely categories. Bisection in the logarithm of the temperature, with the same noise at every
 * temperature, so that the share falls with it.
 *
 * Reads values and returns numbers; about 25 draws of `samples` points.
 *
 * @throws RangeError if a number is outside its domain, or `between` does not enclose the share; TypeError for an
 * unknown family or no `rng`.
 *
 * @example
 * ```ts
 * const { temperature } = matchTemperature({ family: "gumbel-softmax", categories: 50, rng: createRng(1) }); // near 0.15
 * ```
 */
export function matchTemperature(options: MatchTemperatureOptions): MatchedTemperature {
  const { family, categories, within = 0.2, fraction = 0.75, rng, samples = 10_000 } = options;
  const isInterpolation = typeof family === "object" && family?.transform === "interpolation";
  const [lowest, highest] = options.between ?? [0.001, isInterpolation ? 1 : 10];
  check({ ...options, within, fraction, samples, between: [lowest, highest] });
  const member = familyMember(family, categories, rng);
  let [low, high, draws] = [lowest, highest, 0];
  const shareAt = (temperature: number): number => {
    options.signal?.throwIfAborted();
    const share = tf.tidy(() => {
      const distances = sampledDistances("matchTemperature", member(temperature), rng.fork("samples"), samples);
      return tf.mean(tf.cast(tf.lessEqual(distances, within), "float32")).dataSync()[0] as number;
    });
    draws++;
    options.onProgress?.({ draws, lowest: low, highest: high });
    return share;
  };

  const [atLowest, atHighest] = [shareAt(lowest), shareAt(highest)];
  if (!(atLowest >= fraction && atHighest <= fraction)) {
    throw new RangeError(
      `matchTemperature: between must enclose a temperature with ${fraction} of the samples within ${within}, and at ${lowest} there are ${atLowest}, at ${highest} ${atHighest}`,
    );
  }
  while (high / low > 1.0005) {
    const middle = Math.sqrt(low * high);
    if (shareAt(middle) >= fraction) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const temperature = Math.sqrt(low * high);
  const share = shareAt(temperature);
  const shareStandardError = Math.sqrt((share * (1 - share)) / samples);
  const [below, above] = [Math.max(lowest, 0.95 * temperature), Math.min(highest, 1.05 * temperature)];
  const slope = (shareAt(below) - shareAt(above)) / (above - below);
  return { temperature, standardError: shareStandardError / slope, share, shareStandardError };
}

function check({
  categories,
  within = 0,
  fraction = 0,
  samples = 0,
  rng,
  between = [0, 0],
}: MatchTemperatureOptions): void {
  checkInteger("matchTemperature", "categories", categories, 2);
  checkInteger("matchTemperature", "samples", samples, 1);
  checkPositive("matchTemperature", "within", within);
  checkNumber("matchTemperature", "fraction", fraction, openInterval);
  const [lowest, highest] = between;
  if (!(lowest > 0 && lowest < highest && Number.isFinite(highest))) {
    throw new RangeError(
      `matchTemperature: between must be two temperatures > 0 in ascending order, got [${between.join(", ")}]`,
    );
  }
  checkRng("matchTemperature", rng, "fork");
}
