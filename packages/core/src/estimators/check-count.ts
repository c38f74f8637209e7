/** @throws RangeError unless `value` is a whole number >= `atLeast`. */
export function checkCount(owner: string, argument: string, value: number, atLeast = 1): number {
  if (!(Number.isInteger(value) && value >= atLeast)) {
    throw new RangeError(`${owner}: ${argument} must be a whole number >= ${atLeast}, got ${String(value)}`);
  }
  return value;
}
