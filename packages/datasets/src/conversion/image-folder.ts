import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { notAllowed } from "../check-options.js";
import { ImageDataset } from "../image-dataset.js";
import type { ImageFolderOptions } from "../loaders/image-folder.js";
import { heightAndWidth } from "../pixels/pad.js";
import { folderClasses, type Paths } from "./classes.js";
import { convertedImages } from "./convert.js";
import { picturesOfFolder, picturesOfZip } from "./list-pictures.js";
import { recipeText } from "./manifest.js";
import type { Recipe } from "./picture-shaper.js";
import { readImages } from "./read-images.js";

const OWNER = "loadImageFolder";

/** See `loadImageFolder`. */
export async function loadImageFolder(options: ImageFolderOptions): Promise<ImageDataset> {
  const { dir, size, channels = 3, crop = "square", invert = false, classNames } = options;
  const recipe: Recipe = {
    crop: cropOf(crop),
    channels: checkChannels(channels),
    size: heightAndWidth(OWNER, size),
    invert,
  };
  const origin = resolve(dir);
  const place = createHash("sha256")
    .update(`${origin}\n${recipeText(recipe)}`)
    .digest("hex")
    .slice(0, 16);
  const classes = (paths: Paths) => folderClasses(paths, { owner: OWNER, origin, classNames });
  const list = async () => {
    const tree = await (/\.zip$/i.test(origin) ? picturesOfZip(origin) : picturesOfFolder(origin));
    // Checked before the conversion too, which may take long.
    if (tree.pictures.length > 0) classes({ folders: tree.folders, names: tree.pictures.map(({ name }) => name) });
    return tree;
  };
  const images = await convertedImages({ owner: OWNER, name: `folder-${place}`, origin, recipe, list }, options);
  const { labels, classNames: found } = classes(images.manifest);
  return new ImageDataset({
    name: origin,
    images: await readImages(images, [...images.manifest.names.keys()], options),
    labels,
    imageShape: [...recipe.size, recipe.channels],
    classNames: found,
  });
}

function cropOf(crop: NonNullable<ImageFolderOptions["crop"]>): Recipe["crop"] {
  if (crop === "square" || crop === "none") return crop;
  if (typeof crop === "string") {
    throw notAllowed(OWNER, "crop", crop, '"square", "none", a side or [height, width]', "string");
  }
  return heightAndWidth(OWNER, crop);
}

function checkChannels(channels: number): 1 | 3 {
  if (channels !== 1 && channels !== 3) throw notAllowed(OWNER, "channels", channels, "1 or 3", "number");
  return channels;
}
