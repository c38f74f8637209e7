import * as tf from "@tensorflow/tfjs-core";
import type { TrainableModel } from "../model/model.js";
import { boundsOf, checkSchedule, type Schedule, type Scheduled, scheduleAt } from "../schedule/schedule.js";

/** The schedule that every model supports: the optimizer's learning rate. */
export const LEARNING_RATE = "learningRate";

const NOT_NEGATIVE = new Set([LEARNING_RATE, "klWeight", "continuousCapacity", "discreteCapacity"]);

/**
 * The schedules of a training run, the model's own and those given to `fit`, as an input of the step: one vector with a
 * number for each schedule, or no input if there is no schedule.
 */
export class ScheduledInputs {
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** What the temperature's schedule does to the prior, in words; undefined without such a schedule. */
  readonly prior: string | undefined;
  readonly #names: readonly string[];

  /** @throws RangeError for a schedule that the model does not support, or that is out of range. */
  constructor(model: TrainableModel, given: Readonly<Record<string, Schedule>> = {}) {
    const known = [...model.schedulable, LEARNING_RATE];
    for (const [name, schedule] of Object.entries(given)) {
      if (!known.includes(name)) {
        const names = known.map((each) => `'${each}'`).join(" | ");
        throw new TypeError(`fit: schedules must be of ${names}, got '${name}'`);
      }
      checkSchedule("fit", `schedules.${name}`, schedule);
      const mustStay = (isAllowed: (value: number) => boolean, where: string) => {
        if (boundsOf(schedule).every(isAllowed)) return;
        throw new RangeError(`fit: schedules.${name} must stay ${where}, got ${JSON.stringify(schedule)}`);
      };
      if (NOT_NEGATIVE.has(name)) mustStay((value) => value >= 0, ">= 0");
      if (name === "hardWeight") mustStay((value) => value >= 0 && value <= 1, "in [0, 1]");
      if (name === "temperature") {
        const { temperatureLimit: limit = Number.POSITIVE_INFINITY } = model;
        // A temperature of 0 would divide by 0.
        mustStay((value) => value > 0 && value <= limit, Number.isFinite(limit) ? `in (0, ${limit}]` : "> 0");
      }
    }
    this.schedules = { ...model.schedules, ...given };
    this.#names = Object.keys(this.schedules);
    this.prior = given.temperature === undefined ? undefined : model.scheduledPrior;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** The values at a step, counted from 0. */
  valuesAt(step: number): Record<string, number> {
    return Object.fromEntries(Object.entries(this.schedules).map(([name, each]) => [name, scheduleAt(each, step)]));
  }

  /** The values at a step for a log; an empty record without schedules. */
  loggedAt(step: number): { readonly scheduled?: Readonly<Record<string, number>> } {
    return this.#names.length === 0 ? {} : { scheduled: this.valuesAt(step) };
  }

  /** The inputs of the step besides the images. */
  tensorsAt(step: number): tf.Tensor[] {
    if (this.#names.length === 0) return [];
    return [tf.tensor1d(Object.values(this.valuesAt(step)))];
  }

  /** The scalars by name, inside the step. */
  named([values]: readonly tf.Tensor[]): Scheduled {
    if (values === undefined) return {};
    return Object.fromEntries(
      this.#names.map((name, index) => [name, tf.reshape(tf.slice(values, [index], [1]), []) as tf.Scalar]),
    );
  }
}
