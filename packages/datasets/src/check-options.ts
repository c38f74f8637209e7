import type { Binarization } from "./binarize.js";
import type { EpochOptions } from "./epoch.js";

/** @throws RangeError unless `value` is an integer of at least `min` and at most `max`. */
export function checkInteger(owner: string, name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER) {
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `>= ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`${owner}: ${name} must be an integer ${range}, got ${value}`);
  }
}

const BINARIZATIONS: readonly Binarization[] = ["dynamic", "static", "threshold", false];

/** @throws RangeError or TypeError if an option of an epoch over `length` images makes no sense. */
export function checkEpochOptions(owner: string, options: EpochOptions, length: number): void {
  const { batchSize, shuffle = false, rng, binarize = false, dropRemainder = false } = options;
  checkInteger(owner, "batchSize", batchSize, 1);
  if (dropRemainder && batchSize > length) {
    throw new RangeError(
      `${owner}: batchSize must be at most ${length}, the number of images, with dropRemainder, got ${batchSize}`,
    );
  }
  if (!BINARIZATIONS.includes(binarize)) {
    throw new RangeError(
      `${owner}: binarize must be "dynamic", "static", "threshold" or false, got ${JSON.stringify(binarize)}`,
    );
  }
  const drawn = shuffle
    ? "shuffle: true"
    : binarize === "dynamic" || binarize === "static"
      ? `binarize: "${binarize}"`
      : "";
  if (drawn !== "" && rng === undefined) throw new TypeError(`${owner}: ${drawn} needs rng, got none`);
}
