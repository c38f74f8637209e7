import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import { OptimizerSettings, type SettingInput, type SettingsTrace } from "./optimizer-settings.js";

/** The part of tf.train's optimizers that is not public: test/tfjs-contract.test.ts pins it. */
interface OptimizerInternals {
  iterations_?: number;
  minimize(...args: never[]): unknown;
  incrementIterations(): void;
}

/**
 * An optimizer that took steps during a trace. What it keeps in JavaScript is an input of the graph (its learning rate), is
 * frozen into the graph (other settings, the choice of slots) or would not advance (its count of iterations).
 */
export class TracedOptimizer {
  /** Iterations before the trace; absent if it does not count them. */
  readonly #iterations: number | undefined;
  readonly #settings: ReadonlyMap<string, number | boolean>;
  #slots: readonly tf.Variable[] = [];
  /** The settings that are inputs of the graph. */
  readonly #inputs = new Set<string>();
  /** Iterations that one call of the function makes. */
  steps = 0;

  constructor(readonly optimizer: OptimizerInternals) {
    this.#iterations = optimizer.iterations_;
    this.#settings = settingsOf(optimizer);
  }

  /** False if a slot is another variable than in the trace. */
  get hasItsSlots(): boolean {
    const slots = slotsOf(this.optimizer);
    return slots.length === this.#slots.length && slots.every((slot, i) => slot === this.#slots[i]);
  }

  /** The settings that have changed since the start of the trace. */
  get changedSettings(): string[] {
    const now = settingsOf(this.optimizer);
    return [...new Set([...now.keys(), ...this.#settings.keys()])].filter(
      (name) => now.get(name) !== this.#settings.get(name),
    );
  }

  /** True for a setting that the graph reads at each call. */
  isInput(setting: string): boolean {
    return this.#inputs.has(setting);
  }

  /** Counts the iterations of `calls` calls, as eager execution would. */
  count(calls: number): void {
    if (this.steps > 0) this.optimizer.iterations_ = (this.optimizer.iterations_ ?? 0) + this.steps * calls;
  }

  /** Undoes the iterations that the trace itself counted. */
  finish(settings: OptimizerSettings): void {
    this.#slots = slotsOf(this.optimizer);
    if (this.#iterations === undefined) delete this.optimizer.iterations_;
    else this.optimizer.iterations_ = this.#iterations;
    // A function that changes settings itself has to do so at each call.
    if (this.changedSettings.length > 0) settings.freeze(this.optimizer);
    else {
      for (const { optimizer, setting } of settings.inputs) if (optimizer === this.optimizer) this.#inputs.add(setting);
    }
  }
}

/**
 * Records the optimizers that minimize or count an iteration, from its construction to `restore`. Optimizers of
 * tf.train do both; an optimizer of the program may only minimize. It also records optimizers whose learning rate the
 * function sets, with the previous rate, so that the next call sees a change and traces again.
 */
export class OptimizerWatch {
  readonly #traced = new Map<OptimizerInternals, TracedOptimizer>();
  readonly #settings: OptimizerSettings;
  readonly #minimize: OptimizerInternals["minimize"];
  readonly #increment: OptimizerInternals["incrementIterations"];
  readonly #setRate: tf.SGDOptimizer["setLearningRate"];

  constructor(trace: SettingsTrace) {
    const prototype = tf.Optimizer.prototype as unknown as OptimizerInternals;
    const { minimize, incrementIterations } = prototype;
    const traced = this.#traced;
    const watched = (optimizer: OptimizerInternals) => {
      let known = traced.get(optimizer);
      if (!known) {
        known = new TracedOptimizer(optimizer);
        traced.set(optimizer, known);
      }
      return known;
    };
    this.#settings = new OptimizerSettings(trace, (optimizer) => watched(optimizer as OptimizerInternals));
    this.#minimize = minimize;
    this.#increment = incrementIterations;
    const { setLearningRate } = tf.SGDOptimizer.prototype;
    this.#setRate = setLearningRate;
    tf.SGDOptimizer.prototype.setLearningRate = function (rate) {
      watched(this as unknown as OptimizerInternals);
      setLearningRate.call(this, rate);
    };
    prototype.minimize = function (...args) {
      watched(this);
      return minimize.apply(this, args);
    };
    prototype.incrementIterations = function () {
      watched(this).steps++;
      incrementIterations.call(this);
    };
  }

  /** The input behind a number of which a tensor is made. */
  inputFor(number: number): Value | undefined {
    return this.#settings.valueOf(number);
  }

  get settings(): readonly SettingInput[] {
    return this.#settings.inputs;
  }

  get optimizers(): readonly TracedOptimizer[] {
    return [...this.#traced.values()];
  }

  /** Leaves tfjs and the optimizers as they were. */
  restore(): void {
    const prototype = tf.Optimizer.prototype as unknown as OptimizerInternals;
    prototype.minimize = this.#minimize;
    prototype.incrementIterations = this.#increment;
    tf.SGDOptimizer.prototype.setLearningRate = this.#setRate;
    this.#settings.restore();
    for (const optimizer of this.optimizers) optimizer.finish(this.#settings);
  }
}

/** The numbers and flags of an optimizer, except its count of iterations. */
function settingsOf(optimizer: object): ReadonlyMap<string, number | boolean> {
  const settings = Object.entries(optimizer).filter(
    ([name, value]) => name !== "iterations_" && (typeof value === "number" || typeof value === "boolean"),
  );
  return new Map(settings as [string, number | boolean][]);
}

/** The variables that an optimizer keeps, directly or in lists of `{ variable }`. */
function slotsOf(optimizer: object): tf.Variable[] {
  return Object.values(optimizer)
    .flatMap((value: unknown) => (Array.isArray(value) ? value.map((slot) => slot?.variable ?? slot) : [value]))
    .filter((value) => value instanceof tf.Variable);
}
