import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** One temperature for all variables, or one for each, trained with the model; `false`: it stays as given. */
export type LearnTemperature = false | "shared" | "per-variable";

/** The temperature of N variables: a number, or a variable (its logarithm) that training moves from there. */
export class LatentTemperature {
  /** The number, or where a learned one starts. */
  readonly start: number;
  readonly learned: LearnTemperature;
  readonly #log: tf.Variable | undefined;

  /** @throws RangeError unless `temperature` is a finite number > 0 and `learned` one of the names. */
  constructor(owner: string, temperature: number, learned: LearnTemperature, variables: number) {
    this.start = checkPositive(owner, "temperature", temperature);
    this.learned =
      learned === false
        ? false
        : checkOneOf<"shared" | "per-variable">(owner, "learnTemperature", learned, ["shared", "per-variable"]);
    if (this.learned === false) return;
    const shape = this.learned === "shared" ? [] : [variables];
    this.#log = tf.tidy(() => tf.variable(tf.fill(shape, Math.log(temperature))));
  }

  /** That of a step, where a schedule gives one; else the number, or a new tensor `[]` or `[N]`. */
  at(scheduled: tf.Scalar | undefined): number | tf.Tensor {
    if (scheduled !== undefined) return scheduled;
    return this.#log === undefined ? this.start : tf.exp(this.#log);
  }

  get trainableVariables(): tf.Variable[] {
    return this.#log === undefined ? [] : [this.#log];
  }

  /** What a checkpoint keeps beside the number. */
  config(): { readonly learnTemperature?: "shared" | "per-variable" } {
    return this.learned === false ? {} : { learnTemperature: this.learned };
  }

  dispose(): void {
    this.#log?.dispose();
  }
}

/** A temperature `[]` or `[N]` so that it broadcasts against `[..., N, K]`. */
export function overCategories(temperature: number | tf.Tensor): number | tf.Tensor {
  return typeof temperature === "number" || temperature.rank === 0 ? temperature : tf.expandDims(temperature, -1);
}
