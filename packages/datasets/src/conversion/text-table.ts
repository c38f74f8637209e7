import { closeSync, openSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatasetError } from "../dataset-error.js";
import { listZip } from "./zip-list.js";
import { readZipEntry } from "./zip-read.js";

/** A list of a data set: each row has a name and integers. */
export interface TextTable {
  readonly path: string;
  /** Titles of the columns after the name; empty if the file has none. */
  readonly columns: readonly string[];
  readonly rows: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads `name.txt` or `name.csv` of a folder or of an archive (`.zip`). CelebA's authors publish `.txt`: an optional count, optional
 * titles, then names and integers between spaces. Kaggle has `.csv`. Undefined if there is neither.
 *
 * @throws DatasetError `bad-list` naming the line.
 */
export async function readTextTable(dir: string, name: string): Promise<TextTable | undefined> {
  if (/\.zip$/i.test(dir)) return readFromArchive(dir, name);
  for (const extension of ["txt", "csv"]) {
    const path = join(dir, `${name}.${extension}`);
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw new DatasetError({
        reason: "unreadable",
        file: path,
        expected: "a readable file",
        found: error.message,
        cause: error,
      });
    });
    if (text !== undefined) return parseTextTable(path, text);
  }
  return undefined;
}

const MAX_BYTES = 2 ** 27;

/** Reads the entry of that name in any folder of the archive. */
async function readFromArchive(archive: string, name: string): Promise<TextTable | undefined> {
  if ((await stat(archive).catch(() => undefined)) === undefined) return undefined;
  const isTable = (entry: string) =>
    new RegExp(`(^|/)${name}\\.(txt|csv)$`).test(entry) && !/(^|\/)(__MACOSX\/|\.[^/])/.test(entry);
  const { entries } = await listZip(archive, { maxEntryBytes: MAX_BYTES, wanted: isTable });
  const [entry] = entries;
  if (entry === undefined) return undefined;
  const descriptor = openSync(archive, "r");
  try {
    const text = new TextDecoder().decode(readZipEntry(descriptor, archive, entry));
    return parseTextTable(`${archive}: ${entry.name}`, text);
  } finally {
    closeSync(descriptor);
  }
}

/** See {@link readTextTable}. */
export function parseTextTable(path: string, text: string): TextTable {
  const rows = new Map<string, readonly number[]>();
  let columns: readonly string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const cells = line.split(/[\s,]+/).filter((cell) => cell !== "");
    if (cells.length === 0 || (index === 0 && cells.length === 1 && /^\d+$/.test(cells[0] as string))) continue;
    const [name, ...rest] = cells as [string, ...string[]];
    const isTitles = rows.size === 0 && columns.length === 0 && !/\.\w+$/.test(name);
    if (isTitles) {
      columns = name === "image_id" ? rest : cells;
      continue;
    }
    const numbers = rest.map(Number);
    const expected = "a name and integers";
    if (
      rest.length === 0 ||
      !numbers.every(Number.isInteger) ||
      (columns.length > 0 && rest.length !== columns.length)
    ) {
      throw new DatasetError({
        reason: "bad-list",
        file: `${path}:${index + 1}`,
        expected,
        found: JSON.stringify(line),
      });
    }
    if (rows.has(name)) {
      throw new DatasetError({
        reason: "bad-list",
        file: `${path}:${index + 1}`,
        expected: "each name once",
        found: name,
      });
    }
    rows.set(name, numbers);
  }
  return { path, columns, rows };
}
