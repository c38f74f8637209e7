import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatasetError } from "../dataset-error.js";
import { MAX_PICTURE_BYTES, type Picture } from "./pictures.js";
import { listZip } from "./zip-list.js";

const PICTURE = /\.(jpe?g|png|webp)$/i;

/** Whether a path names a picture; what archivers of macOS add beside each file does not. */
function isPicture(name: string): boolean {
  return PICTURE.test(name) && !/(^|\/)(__MACOSX\/|\.)/.test(withoutDots(name));
}

/** "./a/./b.png" is "a/b.png": some archivers begin every name so. */
function withoutDots(name: string): string {
  return name
    .split("/")
    .filter((part) => part !== ".")
    .join("/");
}

/** The pictures of a zip archive, by name. */
export async function picturesOfZip(path: string): Promise<Picture[]> {
  const entries = await listZip(path, { maxEntryBytes: MAX_PICTURE_BYTES, wanted: isPicture });
  return entries
    .map((entry) => ({
      name: withoutDots(entry.name),
      entry,
      bytes: entry.size,
      stamp: `${entry.crc32} ${entry.size}`,
    }))
    .sort(byName);
}

/**
 * The pictures below a folder, at any depth, by name; hidden files and links to folders are left out.
 * @throws DatasetError `unreadable`
 */
export async function picturesOfFolder(folder: string): Promise<Picture[]> {
  try {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = files
      .filter((file) => file.isFile() || file.isSymbolicLink())
      .map((file) => join(file.parentPath, file.name).slice(join(folder, "/").length).replaceAll("\\", "/"))
      .filter(isPicture);
    const pictures: Picture[] = [];
    for (const name of names) {
      const status = await stat(join(folder, name));
      // A link may lead to a pipe, which would wait for ever, or to a folder.
      if (!status.isFile()) continue;
      const { size, mtimeMs } = status;
      pictures.push({ name, bytes: size, stamp: `${size} ${mtimeMs}` });
    }
    return pictures.sort(byName);
  } catch (cause) {
    const found = (cause as Error).message;
    throw new DatasetError({ reason: "unreadable", file: folder, expected: "a folder of pictures", found, cause });
  }
}

/** By code units: the same order in every language setting. */
function byName(a: Picture, b: Picture): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
