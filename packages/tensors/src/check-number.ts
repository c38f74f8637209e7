import { describeValue } from "./check-one-of.js";
import { type Domain, finite, positive } from "./domain.js";

/**
 * Checks that `value` is a number of `domain`, and returns it. @throws RangeError for another number; TypeError for a
 * value that is not a number.
 */
export function checkNumber(owner: string, argument: string, value: number, domain: Domain): number {
  if (!(typeof value === "number" && domain.contains(value))) throw numberError(owner, argument, value, domain.allowed);
  return value;
}

/**
 * Checks that `value` is a finite number > 0, and returns it. @throws RangeError for another number; TypeError for a
 * value that is not a number.
 */
export function checkPositive(owner: string, argument: string, value: number): number {
  return checkNumber(owner, argument, value, positive);
}

/**
 * Checks that `value` is a finite number, and returns it. @throws RangeError for another number; TypeError for a value
 * that is not a number.
 */
export function checkFinite(owner: string, argument: string, value: number): number {
  return checkNumber(owner, argument, value, finite);
}

/**
 * Checks that `value` is a whole number from `least` to `most`, and returns it. @throws RangeError for another number;
 * TypeError for a value that is not a number.
 */
export function checkInteger(
  owner: string,
  argument: string,
  value: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): number {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    const range = most === Number.POSITIVE_INFINITY ? `>= ${least}` : `from ${least} to ${most}`;
    throw numberError(owner, argument, value, `a whole number ${range}`);
  }
  return value;
}

/**
 * Checks that `values` is a list of whole numbers >= 0. @throws RangeError that names the first other number; TypeError
 * unless `values` is a list.
 */
export function checkIndices(owner: string, argument: string, values: ArrayLike<number>): void {
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
    throw new TypeError(`${owner}: ${argument} must be an array of whole numbers >= 0, got ${describeValue(values)}`);
  }
  const at = Array.from(values).findIndex((value) => !(Number.isInteger(value) && value >= 0));
  if (at >= 0) throw new RangeError(`${owner}: ${argument} must be whole numbers >= 0, got ${values[at]} at ${at}`);
}

function numberError(owner: string, argument: string, value: unknown, allowed: string): Error {
  const ErrorClass = typeof value === "number" ? RangeError : TypeError;
  return new ErrorClass(`${owner}: ${argument} must be ${allowed}, got ${describeValue(value)}`);
}
