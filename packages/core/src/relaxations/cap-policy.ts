import * as tf from "@tensorflow/tfjs-core";
import { isTraced } from "../random/draw-listener.js";
import type { CutSticks } from "./cut-sticks.js";

/** What happens to samples that need more coordinates than the cap. */
export type OnCap = "error" | "warn" | "ignore";

/**
 * Handles samples that are cut at the cap. It acts outside of compiled functions, where data can be read, and warns
 * once.
 */
export class CapPolicy {
  readonly #onCap: OnCap;
  readonly #rho: number;
  readonly #cap: number;
  #hasWarned = false;

  constructor(onCap: OnCap, rho: number, cap: number) {
    this.#onCap = onCap;
    this.#rho = rho;
    this.#cap = cap;
  }

  /** @throws RangeError if a sample exceeds the cap and `onCap` is 'error'. */
  apply(owner: string, { passesCap }: CutSticks): void {
    if (this.#onCap === "ignore" || isTraced()) return;
    const passing = tf.tidy(() => tf.sum(passesCap).dataSync()[0] as number);
    if (passing === 0) return;
    const message = `${owner}: ${passing} of ${passesCap.size} samples hold at most rho = ${this.#rho} of the stick up to the cap of ${this.#cap} coordinates`;
    if (this.#onCap === "error") {
      throw new RangeError(`${message}; raise the cap, lower rho, or pass onCap: 'warn' to cut them there`);
    }
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      console.warn(`${message}, and are cut there`);
    }
  }
}
