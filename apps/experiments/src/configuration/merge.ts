import type { PartialConfiguration } from "./schema.js";

/** Whether a value is an object that layers merge into, rather than replace. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * One configuration of several, the later over the earlier. Objects merge key by key, except where the later one is of another `kind`
 * (or, of data, `name`): then nothing is left of the earlier, whose options belong to the other kind.
 */
export function mergeLayers(...layers: readonly (PartialConfiguration | undefined)[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) {
      if (value === undefined) continue;
      const before = merged[key];
      const joins = isObject(before) && isObject(value) && !changesKind(before, value);
      merged[key] = joins ? mergeLayers(before, value) : isObject(value) ? mergeLayers(value) : value;
    }
  }
  return merged;
}

function changesKind(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  return ["kind", "name"].some((key) => key in before && key in after && before[key] !== after[key]);
}
