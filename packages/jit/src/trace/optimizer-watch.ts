import * as tf from "@tensorflow/tfjs-core";

/** The part of tf.train's optimizers that is not public: test/tfjs-contract.test.ts pins it. */
interface OptimizerInternals {
  iterations_?: number;
  minimize(...args: never[]): unknown;
  incrementIterations(): void;
}

/**
 * An optimizer that took steps during a trace. What it keeps in JavaScript is frozen into the graph (its learning rate,
 * which variables are its slots) or would stand still (its count of iterations).
 */
export class TracedOptimizer {
  /** Iterations before the trace; absent where none was counted. */
  readonly #iterations: number | undefined;
  readonly #settings: string;
  #slots: readonly tf.Variable[] = [];
  /** Iterations that one call of the function makes. */
  steps = 0;

  constructor(readonly optimizer: OptimizerInternals) {
    this.#iterations = optimizer.iterations_;
    this.#settings = settingsOf(optimizer);
  }

  /** False when a setting, such as the learning rate, is another than in the trace, or a slot another variable. */
  get isCurrent(): boolean {
    if (settingsOf(this.optimizer) !== this.#settings) return false;
    const slots = slotsOf(this.optimizer);
    return slots.length === this.#slots.length && slots.every((slot, i) => slot === this.#slots[i]);
  }

  /** Counts the iterations of `calls` calls, as eager execution would. */
  count(calls: number): void {
    if (this.steps > 0) this.optimizer.iterations_ = (this.optimizer.iterations_ ?? 0) + this.steps * calls;
  }

  /** Takes back what the trace itself counted. */
  restore(): void {
    this.#slots = slotsOf(this.optimizer);
    if (this.#iterations === undefined) delete this.optimizer.iterations_;
    else this.optimizer.iterations_ = this.#iterations;
  }
}

/**
 * Notices the optimizers that minimize or count an iteration, from its making to `restore`: those of tf.train do both, one
 * of the program's own maybe the former only. And those whose learning rate the function sets before: as it was then, so
 * that the next call finds another and does so again.
 */
export class OptimizerWatch {
  readonly #traced = new Map<OptimizerInternals, TracedOptimizer>();
  readonly #minimize: OptimizerInternals["minimize"];
  readonly #increment: OptimizerInternals["incrementIterations"];
  readonly #setRate: tf.SGDOptimizer["setLearningRate"];

  constructor() {
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

  get optimizers(): readonly TracedOptimizer[] {
    return [...this.#traced.values()];
  }

  /** Leaves tfjs and the optimizers as they were. */
  restore(): void {
    const prototype = tf.Optimizer.prototype as unknown as OptimizerInternals;
    prototype.minimize = this.#minimize;
    prototype.incrementIterations = this.#increment;
    tf.SGDOptimizer.prototype.setLearningRate = this.#setRate;
    for (const optimizer of this.optimizers) optimizer.restore();
  }
}

/** The numbers and switches of an optimizer, its count of iterations apart. */
function settingsOf(optimizer: object): string {
  const settings = Object.entries(optimizer).filter(
    ([name, value]) => name !== "iterations_" && (typeof value === "number" || typeof value === "boolean"),
  );
  return settings.map(([name, value]) => `${name}=${value}`).join();
}

/** The variables that an optimizer keeps, by themselves or in lists of `{ variable }`. */
function slotsOf(optimizer: object): tf.Variable[] {
  return Object.values(optimizer)
    .flatMap((value: unknown) => (Array.isArray(value) ? value.map((slot) => slot?.variable ?? slot) : [value]))
    .filter((value) => value instanceof tf.Variable);
}
