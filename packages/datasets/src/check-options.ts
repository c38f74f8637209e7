/** @throws RangeError unless `value` is an integer of at least `min` and at most `max`. */
export function checkInteger(owner: string, name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER) {
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `>= ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`${owner}: ${name} must be an integer ${range}, got ${value}`);
  }
}
