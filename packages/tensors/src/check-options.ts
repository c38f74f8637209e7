import { describeValue, listOf } from "./check-one-of.js";

/**
 * Checks that all options have known names, so that a misspelled name is an error instead of being ignored. The value
 * of an option may be `undefined`.
 *
 * @throws TypeError unless `options` is an object whose names are all known.
 *
 * @example
 * ```ts
 * checkOptions("fit", { learningRate: 0.1 }, ["learningRate", "epochs"]);
 * ```
 */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${owner}: options must be an object, got ${describeValue(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(`${owner}: options must be among ${listOf(known)}, got ${listOf(unknown)}`);
  }
}
