import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";

/** Which silhouettes to load and where from. */
export interface SilhouettesOptions {
  /** 4,100 silhouettes to train, 2,264 for validation, 2,307 to test. */
  readonly split: "train" | "validation" | "test";
  /** Folder with `caltech101_silhouettes_28_split1.mat`. */
  readonly dir: string;
  /** Whether the number of images must be the published one. By default true. */
  readonly verify?: boolean;
  /** Stops loading. */
  readonly signal?: AbortSignal;
}

/**
 * Caltech 101 Silhouettes (Marlin, Swersky, Chen and de Freitas 2010): outlines of objects of 101 classes, 28x28 in one channel, pixels 0 or
 * 255, from the user's own file. In the file the figure is 0 and the ground 1, and images lie column by column; here they stand
 * upright and **the figure is 255**, as ink is in MNIST (published readers differ: densities compare only where they agree). Labels count from 0,
 * in the file from 1. Node only.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError for an unknown split.
 *
 * @example
 * ```ts
 * (await loadSilhouettes({ split: "test", dir: "data/silhouettes" })).length; // 2307
 * ```
 */
export async function loadSilhouettes(options: SilhouettesOptions): Promise<ImageDataset> {
  return ownedBy("loadSilhouettes", async () => (await import("#conversion")).loadSilhouettes(options));
}
