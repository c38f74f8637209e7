import type { DrawListener } from "./rng.js";

const key = Symbol.for("igr.drawListener");

/** What a compiler has set to see draws, or undefined outside a trace. */
export function activeListener(): DrawListener | undefined {
  return (globalThis as { [key]?: DrawListener })[key];
}

/** Whether a compiler traces the caller: tensors have no data then, and nothing may be read. */
export function isTraced(): boolean {
  return activeListener() !== undefined;
}
