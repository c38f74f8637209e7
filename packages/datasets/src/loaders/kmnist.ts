import type { ImageDataset } from "../image-dataset.js";
import { loadIdxPair } from "./idx-pair.js";
import { checkChoice, type UserFolderOptions } from "./user-file.js";

/** Which characters to load and where from. */
export interface KmnistOptions extends UserFolderOptions {
  readonly split: "train" | "test";
}

/**
 * Kuzushiji-MNIST: cursive Japanese characters of ten classes (Clanuwat et al. 2018; CC BY-SA 4.0), 28x28 in one channel, 60,000 to
 * train and 10,000 to test, from the user's own files. They have MNIST's names: keep them in a folder of their own.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError if `split` is neither "train" nor "test".
 *
 * @example
 * ```ts
 * (await loadKmnist({ split: "test", dir: "data/kmnist" })).length; // 10000
 * ```
 */
export async function loadKmnist(options: KmnistOptions): Promise<ImageDataset> {
  const { split } = options;
  checkChoice("loadKmnist", "split", split, ["train", "test"]);
  const prefix = split === "train" ? "train" : "t10k";
  const pair = {
    name: `kmnist/${split}`,
    images: `${prefix}-images-idx3-ubyte`,
    labels: `${prefix}-labels-idx1-ubyte`,
    length: split === "train" ? 60_000 : 10_000,
    classNames: [..."おきすつなはまやれを"],
  };
  return loadIdxPair(pair, options);
}
