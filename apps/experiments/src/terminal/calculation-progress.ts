import type { ProgressStream } from "@igr/files/progress";
import type { Calculation } from "../calculation/calculation.js";
import { Progress } from "./progress.js";

/** Calculations in a terminal: how many are finished, and the progress of the current one; plain lines elsewhere. */
export class CalculationProgress {
  readonly #calculations: readonly Calculation[];
  readonly #progress: Progress;

  constructor(calculations: readonly Calculation[], stream: ProgressStream) {
    this.#calculations = calculations;
    this.#progress = new Progress(stream);
  }

  update(calculation: Calculation, share: number): void {
    const index = this.#calculations.indexOf(calculation);
    const [done, total] = [Math.round(100 * (index + share)), 100 * this.#calculations.length];
    this.#progress.update(
      { label: "percent", done: Math.round((100 * done) / total), total: 100, detail: calculation.title },
      { isLast: done === total },
    );
  }

  clear(): void {
    this.#progress.clear();
  }
}
