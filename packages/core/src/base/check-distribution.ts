import { Distribution } from "./distribution.js";

/** @throws TypeError unless `value` is a distribution. */
export function checkDistribution(owner: string, argument: string, value: unknown): asserts value is Distribution {
  if (!(value instanceof Distribution)) {
    throw new TypeError(`${owner}: ${argument} must be a distribution, got ${String(value)}`);
  }
}
