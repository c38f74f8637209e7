import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { explainFileError } from "../cache/file-error.js";
import { NativeError } from "../native-error.js";
import type { Flavour } from "../tensorflow-versions.js";

/**
 * The most room that an installation takes, for the wheels and their unpacked files together, with a margin. Measured for 2.21: 1.3 GB
 * for cpu and 6.0 GB for a GPU after the installation, and 0.3 and 3 GB for the wheels during it.
 */
const needed: Readonly<Record<Flavour, number>> = { cpu: 2e9, gpu: 11e9 };

/** Bytes that this user can still write on the file system of `folder`, which need not exist yet. */
export function freeSpace(folder: string): number {
  const { bavail, bsize } = statfsSync(nearest(folder));
  return bavail * bsize;
}

/** @throws NativeError `not-writable` unless this user can create `folder` or write in it. */
export function checkWritable(folder: string): void {
  const existing = nearest(folder);
  try {
    // If the folder does not exist yet, the nearest existing path must be a folder: with the slash, a file is an error.
    accessSync(`${existing}/`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainFileError(error, "setup", folder);
  }
}

/** `folder`, or the nearest folder above it that exists. */
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
