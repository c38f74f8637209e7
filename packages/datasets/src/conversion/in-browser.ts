import type { ImageDataset } from "../image-dataset.js";

/** What bundlers for browsers put in the place of this folder: archives and folders are read in Node only. */
function refuse(loader: string): () => Promise<ImageDataset> {
  return async () => {
    throw new Error(
      `${loader}: pictures are read and converted in Node only; serve the converted bytes and make an ImageDataset of them`,
    );
  };
}

/** A browser has no paths, so that nobody asks. */
export async function readNpzPair(): Promise<undefined> {
  return undefined;
}

export const loadCelebA = refuse("loadCelebA");
export const loadImageFolder = refuse("loadImageFolder");
export const loadOmniglot = refuse("loadOmniglot");
export const loadSilhouettes = refuse("loadSilhouettes");
