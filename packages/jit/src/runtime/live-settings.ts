import type { TracedOptimizer } from "../trace/optimizer-watch.js";

/**
 * What is known of a setting. "input": it has changed, so that the next trace makes an input of it. "proven": it has changed, and
 * a trace then gave the same graph. "used elsewhere": such a trace gave another graph.
 */
type Standing = "input" | "proven" | "used elsewhere";

/**
 * Which settings of optimizers may change from call to call without a new compilation. A learning rate is an input of the graph
 * from the start, other settings once they have changed. Since the function may also compute with a setting in JavaScript,
 * the first call after a change traces it again: only where the graph is the same it is used from then on.
 */
export class LiveSettings {
  readonly #standings = new WeakMap<object, Map<string, Standing>>();

  /** Whether a trace makes an input of a setting, where the optimizer is one of tfjs'. */
  isInput(optimizer: object, setting: string): boolean {
    return setting === "learningRate" || this.#standings.get(optimizer)?.has(setting) === true;
  }

  /** False where a new trace is needed before the graph can run again. */
  isCurrent(traced: TracedOptimizer): boolean {
    return traced.hasItsSlots && traced.changedSettings.every((setting) => this.#isLive(traced, setting));
  }

  /** False where a setting that is an input has changed for the first time. */
  isProven(traced: TracedOptimizer): boolean {
    return traced.changedSettings.every((setting) => this.#standing(traced, setting) === "proven");
  }

  /** Makes the settings that have changed since a trace inputs of the next one. */
  follow(traced: TracedOptimizer): void {
    for (const setting of traced.changedSettings) {
      if (this.#standing(traced, setting) === undefined) this.#set(traced, setting, "input");
    }
  }

  /** Notes that the graph is the same after the changes. */
  prove(traced: TracedOptimizer): void {
    for (const setting of traced.changedSettings) {
      if (this.#isLive(traced, setting)) this.#set(traced, setting, "proven");
    }
  }

  /** Notes that the graph is another after the changes. */
  blame(traced: TracedOptimizer): void {
    for (const setting of traced.changedSettings) this.#set(traced, setting, "used elsewhere");
  }

  #isLive(traced: TracedOptimizer, setting: string): boolean {
    return traced.isInput(setting) && this.#standing(traced, setting) !== "used elsewhere";
  }

  #standing({ optimizer }: TracedOptimizer, setting: string): Standing | undefined {
    return this.#standings.get(optimizer)?.get(setting);
  }

  #set({ optimizer }: TracedOptimizer, setting: string, standing: Standing): void {
    const known = this.#standings.get(optimizer) ?? new Map<string, Standing>();
    this.#standings.set(optimizer, known.set(setting, standing));
  }
}
