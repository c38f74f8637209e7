import { checkChoice } from "../check-options.js";
import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import { loadIdxPair } from "./idx-pair.js";
import type { UserFolderOptions } from "./user-file.js";

/** Which digits to load and where from. */
export interface QmnistOptions extends UserFolderOptions {
  readonly split: "train" | "test";
}

/**
 * QMNIST: a reconstruction of MNIST from NIST's scans (Yadav and Bottou 2019), 28x28 in one channel, 60,000 images to train and 60,000 to
 * test, of which the first 10,000 are MNIST's. The user's own files are `qmnist-train-images-idx3-ubyte.gz`, `qmnist-train-labels-idx2-int.gz`
 * and so on. The first of the label table's eight columns is the class.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError if `split` is neither "train" nor "test".
 *
 * @example
 * ```ts
 * (await loadQmnist({ split: "test", dir: "data/qmnist" })).length; // 60000
 * ```
 */
export async function loadQmnist(options: QmnistOptions): Promise<ImageDataset> {
  const { split } = options;
  checkChoice("loadQmnist", "split", split, ["train", "test"]);
  const pair = {
    name: `qmnist/${split}`,
    images: `qmnist-${split}-images-idx3-ubyte`,
    labels: `qmnist-${split}-labels-idx2-int`,
    length: 60_000,
    largest: 60_000,
    classNames: [..."0123456789"],
    labelColumns: 8,
  };
  return ownedBy("loadQmnist", () => loadIdxPair(pair, options));
}
