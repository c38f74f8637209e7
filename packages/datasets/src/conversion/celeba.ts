import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkChoice, checkInteger, notAllowed } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { ImageDataset } from "../image-dataset.js";
import type { CelebAOptions } from "../loaders/celeba.js";
import { convertedImages } from "./convert.js";
import { picturesOfFolder, picturesOfZip } from "./list-pictures.js";
import { readImages } from "./read-images.js";
import { readTextTable, type TextTable } from "./text-table.js";

const OWNER = "loadCelebA";
const ARCHIVE = "img_align_celeba";
const SPLITS = ["train", "validation", "test"] as const;
const WHERE = "download it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, where its licence is, too";

/** See `loadCelebA`. */
export async function loadCelebA(options: CelebAOptions): Promise<ImageDataset> {
  const { split, dir, size = 64, crop = 178, attribute } = options;
  checkChoice(OWNER, "split", split, SPLITS);
  const part = SPLITS.indexOf(split);
  checkInteger(OWNER, "size", size, 1);
  checkInteger(OWNER, "crop", crop, 1);
  const partition = await requireTable(dir, "list_eval_partition");
  const attributes = attribute === undefined ? undefined : await requireTable(dir, "list_attr_celeba");
  const column = attributes?.columns.indexOf(attribute as string);
  if (column === -1) {
    throw notAllowed(OWNER, "attribute", attribute, `one of ${attributes?.columns.join(", ")}`, "string");
  }

  const folder = join(dir, ARCHIVE);
  const isArchive = /\.zip$/i.test(dir);
  const isUnpacked = !isArchive && !(await exists(`${folder}.zip`)) && (await exists(folder));
  const origin = isArchive ? dir : isUnpacked ? folder : `${folder}.zip`;
  const images = await convertedImages(
    {
      owner: OWNER,
      name: `celeba-${crop}-${size}`,
      origin,
      recipe: { crop: [crop, crop], channels: 3, size: [size, size], invert: false },
      list: () => (isUnpacked ? picturesOfFolder(folder) : picturesOfZip(origin)),
    },
    options,
  ).catch((error) => {
    if (!(error instanceof DatasetError) || error.reason !== "not-found") throw error;
    const { reason, file, expected, found } = error;
    throw new DatasetError({ reason, file, expected, found, advice: WHERE });
  });

  const names = images.manifest.names.map(baseName);
  checkNames(names, partition, origin);
  const indices = [...names.keys()].filter((i) => partition.rows.get(names[i] as string)?.[0] === part);
  const labels = Uint8Array.from(indices, (i) => labelOf(names[i] as string, attributes, column));
  return new ImageDataset({
    name: `celeba/${split}`,
    images: await readImages(images, indices, options),
    labels,
    imageShape: [size, size, 3],
    classNames: attribute === undefined ? [] : [`not ${attribute}`, attribute],
  });
}

async function requireTable(dir: string, name: string): Promise<TextTable> {
  const table = await readTextTable(dir, name);
  if (table !== undefined) return table;
  const expected = `${name}.txt or ${name}.csv`;
  throw new DatasetError({ reason: "not-found", file: dir, expected, found: "neither", advice: WHERE });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** @throws DatasetError unless each picture has one row and each row has one picture. */
function checkNames(names: readonly string[], { path, rows }: TextTable, origin: string): void {
  const unique = new Set(names);
  const twice = unique.size === names.length ? undefined : names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DatasetError({
      reason: "duplicate-name",
      file: origin,
      expected: "each picture once",
      found: `two of ${twice}`,
    });
  }
  for (const name of unique) {
    const part = rows.get(name)?.[0];
    if (part === undefined || part < 0 || part >= SPLITS.length) {
      const expected = `0, 1 or 2 for ${name}, a picture of ${origin}`;
      throw new DatasetError({ reason: "bad-list", file: path, expected, found: String(part ?? "no row") });
    }
  }
  if (rows.size !== unique.size) {
    const missing = [...rows.keys()].find((name) => !unique.has(name));
    const expected = `the ${rows.size} pictures of ${path}`;
    throw new DatasetError({
      reason: "truncated",
      file: origin,
      expected,
      found: `${unique.size}, without ${missing}`,
    });
  }
}

function labelOf(name: string, attributes: TextTable | undefined, column: number | undefined): number {
  if (attributes === undefined) return 0;
  const value = attributes.rows.get(name)?.[column as number];
  if (value !== 1 && value !== -1 && value !== 0) {
    const found = String(value ?? "no row");
    throw new DatasetError({ reason: "bad-list", file: attributes.path, expected: `1 or -1 for ${name}`, found });
  }
  return value === 1 ? 1 : 0;
}
