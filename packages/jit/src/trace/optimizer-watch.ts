import * as tf from "@tensorflow/tfjs-core";

/** The part of tf.train's optimizers that is not public: test/tfjs-contract.test.ts pins it. */
interface OptimizerInternals {
  iterations_?: number;
  incrementIterations(): void;
}

/**
 * An optimizer that took steps during a trace. What it keeps in JavaScript numbers is frozen into the graph (its
 * learning rate) or would stand still (its count of iterations).
 */
export class TracedOptimizer {
  /** Iterations before the trace; absent where none was counted. */
  readonly #iterations: number | undefined;
  readonly #settings: string;
  /** Iterations that one call of the function makes. */
  steps = 0;

  constructor(readonly optimizer: OptimizerInternals) {
    this.#iterations = optimizer.iterations_;
    this.#settings = settingsOf(optimizer);
  }

  /** False when a setting, such as the learning rate, is another than in the trace. */
  get isCurrent(): boolean {
    return settingsOf(this.optimizer) === this.#settings;
  }

  /** Counts the iterations of `calls` calls, as eager execution would. */
  count(calls: number): void {
    this.optimizer.iterations_ = (this.optimizer.iterations_ ?? 0) + this.steps * calls;
  }

  /** Takes back what the trace itself counted. */
  restore(): void {
    if (this.#iterations === undefined) delete this.optimizer.iterations_;
    else this.optimizer.iterations_ = this.#iterations;
  }
}

/** Notices the optimizers that count an iteration, from its making to `restore`. */
export class OptimizerWatch {
  readonly #traced = new Map<OptimizerInternals, TracedOptimizer>();
  readonly #increment: () => void;

  constructor() {
    const prototype = tf.Optimizer.prototype as unknown as OptimizerInternals;
    const increment = prototype.incrementIterations;
    const traced = this.#traced;
    this.#increment = increment;
    prototype.incrementIterations = function () {
      let known = traced.get(this);
      if (!known) {
        known = new TracedOptimizer(this);
        traced.set(this, known);
      }
      known.steps++;
      increment.call(this);
    };
  }

  get optimizers(): readonly TracedOptimizer[] {
    return [...this.#traced.values()];
  }

  /** Leaves tfjs and the optimizers as they were. */
  restore(): void {
    (tf.Optimizer.prototype as unknown as OptimizerInternals).incrementIterations = this.#increment;
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
