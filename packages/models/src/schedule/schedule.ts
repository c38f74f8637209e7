import { checkFinite, checkInteger, checkOneOf, describeValue } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";

/** A number that changes from `from` to `to` over `steps` training steps and then stays at `to`. */
export interface Ramp {
  /**
   * The path between them, s = step / steps: `'linear'`: from + (to - from) s; `'exponential'`: from (to / from)^s,
   * which must have the same sign; `'cosine'`: to + (from - to) (1 + cos(pi s)) / 2.
   */
  readonly kind: "linear" | "exponential" | "cosine";
  /** The value at step 0, after the warmup. */
  readonly from: number;
  /** The value from step `steps` on. */
  readonly to: number;
  /** Training steps from `from` to `to`, >= 1. */
  readonly steps: number;
  /** Upper limit of the value; no limit by default. */
  readonly max?: number;
  /** Steps before the ramp begins, as in {@link Constant}. */
  readonly warmup?: number;
}

/** A constant number, optionally after a warmup. */
export interface Constant {
  readonly kind: "constant";
  /** The value after the warmup. */
  readonly value: number;
  /**
   * Number of warmup steps, >= 1; no warmup by default. At warmup step s the value is (s + 1) / (warmup + 1) times the
   * first value after the warmup, so it is never 0.
   */
  readonly warmup?: number;
}

/**
 * A number as a function of the training step, as plain JSON: a number, a {@link Constant}, or a {@link Ramp}.
 * A compiled step receives the value as a tensor, so it is not traced again.
 */
export type Schedule = number | Constant | Ramp;

/** The values of schedules at one training step, by name. */
export type Scheduled = Readonly<Record<string, tf.Scalar>>;

/**
 * The value of a schedule at a step; the first step of training is step 0.
 *
 * @example
 * ```ts
 * scheduleAt({ kind: "linear", from: 0, to: 5, steps: 25000 }, 12500); // 2.5
 * scheduleAt({ kind: "cosine", from: 1, to: 0.5, steps: 100 }, 1000); // 0.5
 * scheduleAt({ kind: "cosine", from: 1, to: 0.5, steps: 100, warmup: 9 }, 4); // 0.5, of 1 at step 9
 * ```
 */
export function scheduleAt(schedule: Schedule, step: number): number {
  if (typeof schedule === "number") return schedule;
  const { warmup = 0 } = schedule;
  if (step < warmup) return (warmValue(schedule, 0) * (step + 1)) / (warmup + 1);
  return warmValue(schedule, step - warmup);
}

/** The value `step` steps after the warmup. */
function warmValue(schedule: Constant | Ramp, step: number): number {
  if (schedule.kind === "constant") return schedule.value;
  return Math.min(rampAt(schedule, step), schedule.max ?? Number.POSITIVE_INFINITY);
}

function rampAt({ kind, from, to, steps }: Ramp, step: number): number {
  const share = Math.min(1, Math.max(0, step / steps));
  if (share === 1) return to;
  switch (kind) {
    case "linear":
      return from + (to - from) * share;
    case "exponential":
      return from * (to / from) ** share;
    case "cosine":
      return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
  }
}

/** The final value of a schedule. */
export function finalValue(schedule: Schedule): number {
  return scheduleAt(schedule, Number.POSITIVE_INFINITY);
}

/** Values that bound all others of a schedule: at its first step, after the warmup, and at its end. */
export function boundsOf(schedule: Schedule): number[] {
  const warmup = typeof schedule === "number" ? 0 : (schedule.warmup ?? 0);
  return [scheduleAt(schedule, 0), scheduleAt(schedule, warmup), finalValue(schedule)];
}

const CONSTANT = { kind: "checked", value: "checked", warmup: "optional" } as const;
const RAMP = {
  kind: "checked",
  from: "checked",
  to: "checked",
  steps: "checked",
  max: "optional",
  warmup: "optional",
} as const;

const KINDS = ["constant", "linear", "exponential", "cosine"] as const;

/**
 * @throws TypeError for an unknown property or a value of another kind; RangeError naming the owner and the schedule if a
 * number in it or its kind is invalid.
 */
export function checkSchedule(owner: string, name: string, schedule: Schedule): Schedule {
  if (typeof schedule === "number") return checkFinite(owner, name, schedule);
  if (typeof schedule !== "object" || schedule === null) {
    throw new TypeError(`${owner}: ${name} must be a finite number or a schedule, got ${describeValue(schedule)}`);
  }
  checkOneOf(owner, `${name}.kind`, schedule.kind, KINDS);
  if (schedule.warmup !== undefined) checkInteger(owner, `${name}.warmup`, schedule.warmup, 1);
  if (schedule.kind === "constant") {
    checkNamedOptions(`${owner}: ${name}`, schedule, CONSTANT);
    checkFinite(owner, `${name}.value`, schedule.value);
    return schedule;
  }
  checkNamedOptions(`${owner}: ${name}`, schedule, RAMP);
  const { kind, from, to, steps, max = 0 } = schedule;
  checkInteger(owner, `${name}.steps`, steps, 1);
  for (const [property, value] of Object.entries({ from, to, max })) checkFinite(owner, `${name}.${property}`, value);
  if (kind === "exponential" && !(from * to > 0)) {
    throw new RangeError(
      `${owner}: ${name} must be an exponential schedule between two numbers of one sign, neither 0, got ${JSON.stringify(schedule)}`,
    );
  }
  return schedule;
}
