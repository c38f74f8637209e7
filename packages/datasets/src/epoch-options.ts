import { checkInteger, notAllowed } from "./check-options.js";
import type { Binarization } from "./pixels/binarize.js";
import type { Rng } from "./rng.js";

/** Options of one pass over a data set. */
export interface EpochOptions {
  /** Images per batch, >= 1. */
  readonly batchSize: number;
  /** Whether the images come in random order. By default false, in their own order. */
  readonly shuffle?: boolean;
  /**
   * Generator of the order and of the pixels; needed for `shuffle`, `"dynamic"` and `"static"`. Each pass takes four
   * words of its stream and draws everything else from forks named by them: passes differ, and neither how much a
   * pass draws nor what else is forked from `rng` changes any other stream. Give data a fork of its own,
   * `rng.fork("data")`, or one per epoch, `rng.fork("data").fork("epoch 3")`, which repeats that epoch at any time.
   */
  readonly rng?: Rng;
  /** How pixels become numbers. By default false, intensities in [0, 1]. */
  readonly binarize?: Binarization;
  /** Whether a last batch of fewer than `batchSize` images is left out. By default false. */
  readonly dropRemainder?: boolean;
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
    throw notAllowed(owner, "binarize", binarize, '"dynamic", "static", "threshold" or false', "string");
  }
  const drawn = shuffle
    ? "shuffle: true"
    : binarize === "dynamic" || binarize === "static"
      ? `binarize: "${binarize}"`
      : "";
  if (drawn !== "" && rng === undefined) throw new TypeError(`${owner}: ${drawn} needs rng, got none`);
}
