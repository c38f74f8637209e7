import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { explainFileError } from "../cache/file-error.js";
import { NativeError } from "../native-error.js";
import type { Flavour } from "../tensorflow-versions.js";

/**
 * Room that an installation takes at its largest, the wheels and what is unpacked from them together, with some to spare.
 * Measured for 2.21: 1.3 GB for cpu and 6.0 GB for a GPU when done, and the wheels of 0.3 and 3 GB until then.
 */
const needed: Readonly<Record<Flavour, number>> = { cpu: 2e9, gpu: 11e9 };

/** Bytes that this user may still write where `folder` is, or will be. */
export function freeSpace(folder: string): number {
  const { bavail, bsize } = statfsSync(nearest(folder));
  return bavail * bsize;
}

/** @throws NativeError `not-writable` unless this user may make, or write in, `folder`. */
export function checkWritable(folder: string): void {
  const existing = nearest(folder);
  try {
    // Where the folder is still to be made, the nearest one must be a folder: the slash refuses a file.
    accessSync(`${existing}/`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainFileError(error, "setup", folder);
  }
}

/** `folder`, or the innermost around it that is there. */
function nearest(folder: string): string {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  return existing;
}

/** @throws NativeError `disk-full` before anything is downloaded. */
export function checkDiskSpace(folder: string, flavour: Flavour, free = freeSpace(folder)): void {
  if (free >= needed[flavour]) return;
  throw new NativeError(
    "disk-full",
    `setup: ${folder} has ${(free / 1e9).toFixed(1)} GB free, TensorFlow needs ${needed[flavour] / 1e9} GB while it is unpacked; ` +
      "make room, or name another place by IGR_TFJS_NATIVE_CACHE",
  );
}
