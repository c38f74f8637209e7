import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkChoice, checkInteger } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { ImageDataset } from "../image-dataset.js";
import type { OmniglotOptions } from "../loaders/omniglot.js";
import { checkNotEmpty, numbered } from "./classes.js";
import { convertedImages } from "./convert.js";
import { picturesOfFolder, picturesOfZip } from "./list-pictures.js";
import { loadBurdaOmniglot } from "./omniglot-burda.js";
import { readImages } from "./read-images.js";

const OWNER = "loadOmniglot";
const ARCHIVES = {
  train: { name: "images_background", drawings: 19_280, characters: 964 },
  test: { name: "images_evaluation", drawings: 13_180, characters: 659 },
};
const WHERE = "download it from https://github.com/brendenlake/omniglot/tree/master/python";

/** See `loadOmniglot`. */
export async function loadOmniglot(options: OmniglotOptions): Promise<ImageDataset> {
  const { split, partition = "alphabets", dir, size = 28, verify = true } = options;
  checkChoice(OWNER, "split", split, ["train", "test"]);
  checkChoice(OWNER, "partition", partition, ["alphabets", "burda"]);
  checkInteger(OWNER, "size", size, 1);
  if (partition === "burda") {
    if (size === 28) return loadBurdaOmniglot(options);
    throw new RangeError(`${OWNER}: size must be 28 for the partition "burda" (then .resized(..)), got ${size}`);
  }
  const archive = ARCHIVES[split];
  const folder = join(dir, archive.name);
  const zip = await stat(`${folder}.zip`).catch(() => undefined);
  const isUnpacked = zip === undefined && (await stat(folder).catch(() => undefined)) !== undefined;
  const origin = isUnpacked ? folder : `${folder}.zip`;
  const images = await convertedImages(
    {
      owner: OWNER,
      name: `omniglot-${split}-${size}`,
      origin,
      recipe: { crop: "none", channels: 1, size: [size, size], invert: true },
      list: () => (isUnpacked ? picturesOfFolder(folder) : picturesOfZip(origin)),
    },
    options,
  ).catch((error) => {
    if (!(error instanceof DatasetError) || error.reason !== "not-found") throw error;
    const { reason, file, expected, found } = error;
    throw new DatasetError({ reason, file, expected, found, advice: WHERE });
  });
  const { names, folders } = images.manifest;
  const characters = names.map((name) => characterOf(name, origin));
  const classNames = [...new Set(characters)].sort();
  if (verify && (names.length !== archive.drawings || classNames.length !== archive.characters)) {
    throw new DatasetError({
      reason: "truncated",
      file: origin,
      expected: `${archive.drawings} drawings of ${archive.characters} characters`,
      found: `${names.length} of ${classNames.length}`,
      advice: `${WHERE}, or pass verify: false to read other data in the same layout`,
    });
  }
  checkNotEmpty(innermost(folders), names.map(folderOf), origin);
  const { labels } = numbered(characters, classNames);
  return new ImageDataset({
    name: `omniglot/${split}`,
    images: await readImages(images, [...names.keys()], options),
    labels,
    imageShape: [size, size, 1],
    classNames,
  });
}

/** "Greek/character07" of "images_background/Greek/character07/0396_11.png". */
function characterOf(name: string, origin: string): string {
  const [character, alphabet] = name.split("/").slice(0, -1).reverse();
  if (character === undefined || alphabet === undefined) {
    const expected = "pictures in folders of an alphabet and a character";
    throw new DatasetError({ reason: "wrong-shape", file: origin, expected, found: name });
  }
  return `${alphabet}/${character}`;
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** The folders that no other lies in. */
function innermost(folders: readonly string[]): string[] {
  const outer = new Set(folders.map(folderOf));
  return folders.filter((folder) => !outer.has(folder));
}
