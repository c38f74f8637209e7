import { describeValue } from "./check-one-of.js";

/** The methods of a generator that a caller may need. */
type Method = "normal" | "fill" | "fork" | "bits";

/**
 * Checks that `rng` is a random generator: that it has the methods that the caller uses.
 *
 * @throws TypeError if one of `methods` is missing.
 */
export function checkRng(owner: string, rng: unknown, ...methods: readonly [Method, ...Method[]]): void {
  const given = rng as Record<string, unknown> | null | undefined;
  if (!methods.every((method) => typeof given?.[method] === "function")) {
    throw new TypeError(
      `${owner}: rng must be a generator, as createRng(seed) of @igr/core makes one, got ${describeValue(rng)}`,
    );
  }
}
