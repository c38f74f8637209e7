/** Replacer and reviver of JSON, which has no NaN and no infinite numbers: they are the strings "NaN", "Infinity" and "-Infinity". */

const names: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

/** For `JSON.stringify`. */
export function numberToName(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? `${value}` : value;
}

/** For `JSON.parse`. */
export function nameToNumber(_: string, value: unknown): unknown {
  return names.includes(value) ? Number(value) : value;
}
