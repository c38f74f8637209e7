import type { ImageDataset } from "../image-dataset.js";

/** Bundlers for browsers replace this folder by this file: only Node reads archives and folders. */
function refuse(loader: string): () => Promise<ImageDataset> {
  return async () => {
    throw new Error(
      `${loader}: only Node reads and converts pictures; serve the converted bytes and make an ImageDataset of them`,
    );
  };
}

/** Only paths can lead to npz files, and browsers have none. */
export async function readNpzPair(): Promise<undefined> {
  return undefined;
}

export const loadCelebA = refuse("loadCelebA");
export const loadImageFolder = refuse("loadImageFolder");
export const loadOmniglot = refuse("loadOmniglot");
export const loadSilhouettes = refuse("loadSilhouettes");
