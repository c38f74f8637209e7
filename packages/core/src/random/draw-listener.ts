import type { DrawListener } from "./rng.js";

const key = Symbol.for("igr.drawListener");

/** The listener that a compiler has set to record draws; undefined outside of a trace. */
export function activeListener(): DrawListener | undefined {
  return (globalThis as { [key]?: DrawListener })[key];
}

/** Whether a compiler traces the caller: tensors have no data during a trace and must not be read. */
export function isTraced(): boolean {
  return activeListener() !== undefined;
}
