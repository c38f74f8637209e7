/** @throws RangeError unless `value` is a finite number > 0. */
export function checkPositiveNumber(owner: string, argument: string, value: number): number {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${owner}: ${argument} must be a finite number > 0, got ${String(value)}`);
  }
  return value;
}
