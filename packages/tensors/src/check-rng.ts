import { describeValue } from "./check-one-of.js";

/** What a generator may be asked for. */
type Method = "normal" | "fill" | "fork" | "bits";

/**
 * A generator of random numbers: what has the methods that its user calls.
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
