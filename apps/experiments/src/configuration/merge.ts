import type { PartialConfiguration } from "./schema.js";

/** Whether a value is an object that layers merge instead of replacing it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Merges several configurations; later ones override earlier ones. Objects merge key by key. An object of another
 * `kind` (for data, `name`) replaces the earlier one, whose options belong to its own kind.
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
