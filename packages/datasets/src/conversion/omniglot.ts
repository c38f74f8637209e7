import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkInteger } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { ImageDataset } from "../image-dataset.js";
import type { OmniglotOptions } from "../omniglot.js";
import { classesOf } from "./classes.js";
import { convertedImages } from "./convert.js";
import { picturesOfFolder, picturesOfZip } from "./list-pictures.js";
import { readImages } from "./read-images.js";

const OWNER = "loadOmniglot";
const ARCHIVES: Readonly<Record<string, string>> = { train: "images_background", test: "images_evaluation" };

/** See `loadOmniglot`. */
export async function loadOmniglot(options: OmniglotOptions): Promise<ImageDataset> {
  const { split, dir, size = 28 } = options;
  const archive = ARCHIVES[split];
  if (archive === undefined) {
    throw new RangeError(`${OWNER}: split must be "train" or "test", got ${JSON.stringify(split)}`);
  }
  checkInteger(OWNER, "size", size, 1);
  const folder = join(dir, archive);
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
    const advice = "download it from https://github.com/brendenlake/omniglot/tree/master/python";
    throw new DatasetError({ reason, file, expected, found, advice });
  });
  const { names } = images.manifest;
  const { labels, classNames } = classesOf(names.map((name) => characterOf(name, origin)));
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
