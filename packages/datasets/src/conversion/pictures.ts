import { closeSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { DatasetError } from "../dataset-error.js";
import type { ZipEntry } from "./zip-list.js";
import { readZipEntry } from "./zip-read.js";

/** The most bytes of a picture file. */
export const MAX_PICTURE_BYTES = 2 ** 28;

/** A picture file before it is converted: an entry of the origin's archive, or a file below the origin's folder. */
export interface Picture {
  /** Path in the archive or below the folder, with `/`. */
  readonly name: string;
  /** Where it lies in the archive; absent for files. */
  readonly entry?: ZipEntry;
  /** Length of the file, unpacked from the archive. */
  readonly bytes: number;
  /** CRC-32, or size and time of change: another stamp means another picture. */
  readonly stamp: string;
}

/** What an archive or a folder holds, sorted by name. */
export interface PictureTree {
  readonly pictures: readonly Picture[];
  /** Paths of all folders, also of those without pictures. */
  readonly folders: readonly string[];
}

/** Reads pictures of one origin, an archive or a folder, by their descriptions. */
export class PictureReader {
  readonly #origin: string;
  #descriptor: number | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Name of the picture for errors. */
  fileOf({ name, entry }: Picture): string {
    return entry === undefined ? `${this.#origin}/${name}` : `${this.#origin}: ${name}`;
  }

  /** @throws DatasetError if the picture can't be read, is damaged in the archive, or is too large. */
  async read(picture: Picture): Promise<Uint8Array> {
    if (picture.entry !== undefined) {
      this.#descriptor ??= openSync(this.#origin, "r");
      return readZipEntry(this.#descriptor, this.#origin, picture.entry);
    }
    const file = this.fileOf(picture);
    try {
      const handle = await open(file, "r");
      try {
        const { size } = await handle.stat();
        if (size > MAX_PICTURE_BYTES) {
          const expected = `at most ${MAX_PICTURE_BYTES} bytes`;
          throw new DatasetError({ reason: "too-large", file, expected, found: String(size) });
        }
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      if (cause instanceof DatasetError) throw cause;
      const found = (cause as Error).message;
      throw new DatasetError({ reason: "unreadable", file, expected: "a readable file", found, cause });
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
