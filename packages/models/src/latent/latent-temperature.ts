import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Whether one temperature for all variables, or one for each, is learned; `false`: the temperature is fixed. */
export type LearnTemperature = false | "shared" | "per-variable";

/** The temperature of N variables: a fixed number, or a learned variable (the logarithm of the temperature). */
export class LatentTemperature {
  /** The fixed temperature, or the initial value of a learned one. */
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

  /** The temperature of a step if a schedule gives one; otherwise the fixed number, or a new tensor `[]` or `[N]`. */
  at(scheduled: tf.Scalar | undefined): number | tf.Tensor {
    if (scheduled !== undefined) return scheduled;
    return this.#log === undefined ? this.start : tf.exp(this.#log);
  }

  get trainableVariables(): tf.Variable[] {
    return this.#log === undefined ? [] : [this.#log];
  }

  /** What a checkpoint stores besides the number. */
  config(): { readonly learnTemperature?: "shared" | "per-variable" } {
    return this.learned === false ? {} : { learnTemperature: this.learned };
  }

  dispose(): void {
    this.#log?.dispose();
  }
}

/** A temperature `[]` or `[N]`, reshaped to broadcast against `[..., N, K]`. */
export function overCategories(temperature: number | tf.Tensor): number | tf.Tensor {
  return typeof temperature === "number" || temperature.rank === 0 ? temperature : tf.expandDims(temperature, -1);
}
