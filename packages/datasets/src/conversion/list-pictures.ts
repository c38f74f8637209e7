import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatasetError } from "../dataset-error.js";
import { MAX_PICTURE_BYTES, type Picture, type PictureTree } from "./pictures.js";
import { listZip } from "./zip-list.js";

const PICTURE = /\.(jpe?g|png|webp)$/i;
/** Hidden files and folders, and the files that macOS adds to archives. */
const HIDDEN = /(^|\/)(__MACOSX(\/|$)|\.)/;

/** "./a/./b.png" is "a/b.png": some archivers begin every name so. */
function withoutDots(name: string): string {
  return name
    .split("/")
    .filter((part) => part !== "." && part !== "")
    .join("/");
}

/** The pictures and folders of a zip archive, by name. */
export async function picturesOfZip(path: string): Promise<PictureTree> {
  const wanted = (name: string) => PICTURE.test(name) && !HIDDEN.test(withoutDots(name));
  const { entries, names } = await listZip(path, { maxEntryBytes: MAX_PICTURE_BYTES, wanted });
  const pictures = entries.map((entry) => ({
    name: withoutDots(entry.name),
    entry,
    bytes: entry.size,
    stamp: `${entry.crc32} ${entry.size}`,
  }));
  const folders = new Set<string>();
  for (const name of names) {
    // An archive may leave out its folders: the names of files tell them, too.
    const parts = withoutDots(name).split("/");
    for (let depth = name.endsWith("/") ? parts.length : parts.length - 1; depth > 0; depth--) {
      folders.add(parts.slice(0, depth).join("/"));
    }
  }
  return sorted({ pictures, folders: [...folders].filter((folder) => folder !== "" && !HIDDEN.test(folder)) });
}

/**
 * The pictures and folders below a folder, at any depth, by name. Links are followed, as in torchvision. Hidden files and folders
 * are skipped.
 * @throws DatasetError `unreadable`, also if a link leads to a folder that it lies in.
 */
export async function picturesOfFolder(folder: string): Promise<PictureTree> {
  const tree = { pictures: [] as Picture[], folders: [] as string[] };
  try {
    await addFolder(folder, "", [await realpath(folder)], tree);
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    const found = (cause as Error).message;
    throw new DatasetError({ reason: "unreadable", file: folder, expected: "a folder of pictures", found, cause });
  }
  return sorted(tree);
}

interface GrowingTree {
  readonly pictures: Picture[];
  readonly folders: string[];
}

/** Adds what lies below `root/prefix`; `around` are the folders from the root to this one, by their paths without links. */
async function addFolder(root: string, prefix: string, around: readonly string[], tree: GrowingTree): Promise<void> {
  for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (HIDDEN.test(entry.name)) continue;
    const status = entry.isSymbolicLink() ? await stat(join(root, name)) : entry;
    if (status.isDirectory()) {
      const target = entry.isSymbolicLink()
        ? await realpath(join(root, name))
        : join(around.at(-1) as string, entry.name);
      if (around.includes(target)) {
        const expected = "a link that doesn't lead to a folder around it";
        throw new DatasetError({ reason: "unreadable", file: join(root, name), expected, found: target });
      }
      tree.folders.push(name);
      await addFolder(root, `${name}/`, [...around, target], tree);
    } else if (status.isFile() && PICTURE.test(name)) {
      // Only files: a pipe would block for ever.
      const { size, mtimeMs } = await stat(join(root, name));
      tree.pictures.push({ name, bytes: size, stamp: `${size} ${mtimeMs}` });
    }
  }
}

/** Sorted by code units, which is the same order in every locale. */
function sorted({ pictures, folders }: GrowingTree): PictureTree {
  return {
    pictures: pictures.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    folders: folders.sort(),
  };
}
