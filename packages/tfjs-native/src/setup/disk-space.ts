import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { NativeError } from "../native-error.js";
import type { Flavour } from "../tensorflow-versions.js";

/**
 * Room that an installation takes at its largest, the wheels and what is unpacked from them together, with some to spare.
 * Measured for 2.21: 1.3 GB for cpu and 6.0 GB for a GPU when done, and the wheels of 0.3 and 3 GB until then.
 */
const needed: Readonly<Record<Flavour, number>> = { cpu: 2e9, gpu: 11e9 };

/** Bytes that this user may still write where `folder` is, or will be. */
export function freeSpace(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
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
