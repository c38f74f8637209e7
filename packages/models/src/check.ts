/** A finite number > 0, or a RangeError that names its owner. */
export function checkPositive(owner: string, argument: string, value: number): number {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${owner}: ${argument} must be a finite number > 0, got ${value}`);
  }
  return value;
}

/** An integer >= `least`, or a RangeError that names its owner. */
export function checkInteger(owner: string, argument: string, value: number, least: number): number {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${owner}: ${argument} must be an integer >= ${least}, got ${value}`);
  }
  return value;
}

/** A generator of @igr/core, or a TypeError that names its owner. */
export function checkRng(owner: string, rng: unknown): void {
  if (typeof (rng as { fork?: unknown } | undefined)?.fork === "function") return;
  throw new TypeError(
    `${owner}: rng must be a generator, such as createRng(1) of @igr/core, got ${rng === null ? "null" : typeof rng}`,
  );
}

/** A list of integers >= 0, or a RangeError that names its owner and the first number that is none. */
export function checkIndices(owner: string, argument: string, values: ArrayLike<number>): void {
  const at = Array.from(values).findIndex((value) => !(Number.isInteger(value) && value >= 0));
  if (at >= 0) throw new RangeError(`${owner}: ${argument} must be integers >= 0, got ${values[at]} at ${at}`);
}

/** One of the names in `allowed`, or a RangeError that lists them. */
export function checkOneOf<T extends string>(owner: string, argument: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    const names = allowed.map((name) => `'${name}'`).join(" | ");
    throw new RangeError(`${owner}: ${argument} must be ${names}, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** The product of a shape's sizes. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}
