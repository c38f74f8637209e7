import type { TracedOptimizer } from "../trace/optimizer-watch.js";

/**
 * The status of a setting. "input": it has changed, so the next trace makes it an input. "proven": after a change a
 * trace gave the same graph. "used elsewhere": such a trace gave another graph.
 */
type Standing = "input" | "proven" | "used elsewhere";

/**
 * Determines which settings of optimizers may change between calls without a new compilation. A learning rate is an
 * input of the graph from the start; other settings become inputs when they change. The function may also use a setting
 * in JavaScript, so the first call after a change traces it again, and only a setting that gave the same graph can then
 * change freely.
 */
export class LiveSettings {
  readonly #standings = new WeakMap<object, Map<string, Standing>>();

  /** Whether a trace makes a setting of a tfjs optimizer an input. */
  isInput(optimizer: object, setting: string): boolean {
    return setting === "learningRate" || this.#standings.get(optimizer)?.has(setting) === true;
  }

  /** False if a new trace is needed before the graph can run again. */
  isCurrent(traced: TracedOptimizer): boolean {
    return traced.hasItsSlots && traced.changedSettings.every((setting) => this.#isLive(traced, setting));
  }

  /** False if a setting that is an input has changed for the first time. */
  isProven(traced: TracedOptimizer): boolean {
    return traced.changedSettings.every((setting) => this.#standing(traced, setting) === "proven");
  }

  /** Makes the settings that have changed since a trace inputs of the next one. */
  follow(traced: TracedOptimizer): void {
    for (const setting of traced.changedSettings) {
      if (this.#standing(traced, setting) === undefined) this.#set(traced, setting, "input");
    }
  }

  /** Records that the graph is the same after the changes. */
  prove(traced: TracedOptimizer): void {
    for (const setting of traced.changedSettings) {
      if (this.#isLive(traced, setting)) this.#set(traced, setting, "proven");
    }
  }

  /** Records that the graph is different after the changes. */
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
