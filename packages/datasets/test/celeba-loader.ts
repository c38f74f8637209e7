import { type CelebAOptions, loadCelebA } from "../src/loaders/celeba.js";
import { writeCelebA } from "./celeba-files.js";
import { temporaryFolder } from "./temporary-folder.js";

/** A folder with the files of `count` faces, and a loader of it that converts in this process. */
export async function celebA(count: number, entries?: Parameters<typeof writeCelebA>[2]) {
  const dir = await temporaryFolder();
  const cacheDir = await temporaryFolder();
  await writeCelebA(dir, count, entries);
  const load = (options: Partial<CelebAOptions> = {}) =>
    loadCelebA({ split: "train", dir, cacheDir, workers: 0, ...options });
  return { dir, cacheDir, load };
}
