import { checkChoice } from "../check-options.js";
import { ownedBy } from "../dataset-error.js";
import type { ImageDataset } from "../image-dataset.js";
import { loadIdxPair } from "./idx-pair.js";
import type { UserFolderOptions } from "./user-file.js";

const DIGITS = [..."0123456789"];
const CAPITALS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const MERGED = [...DIGITS, ...CAPITALS, ..."abdefghnqrt"];

// Numbers of images: tensorflow.org/datasets/catalog/emnist. The letters of the published files are 145,600, 26 classes of 4,800 and 800 images
// (nist.gov/itl/products-and-services/emnist-dataset); the paper and TFDS count 88,800 and 14,800 of 37 classes, which those files don't have.
const PARTITIONS = {
  balanced: { train: 112_800, test: 18_800, classNames: MERGED, firstLabel: 0 },
  byclass: {
    train: 697_932,
    test: 116_323,
    classNames: [...DIGITS, ...CAPITALS, ..."abcdefghijklmnopqrstuvwxyz"],
    firstLabel: 0,
  },
  bymerge: { train: 697_932, test: 116_323, classNames: MERGED, firstLabel: 0 },
  digits: { train: 240_000, test: 40_000, classNames: DIGITS, firstLabel: 0 },
  letters: { train: 124_800, test: 20_800, classNames: CAPITALS, firstLabel: 1 },
  mnist: { train: 60_000, test: 10_000, classNames: DIGITS, firstLabel: 0 },
};

/** Which characters to load and where from. */
export interface EmnistOptions extends UserFolderOptions {
  readonly split: "train" | "test";
  /** Which of the six data sets. By default `"balanced"`, 47 classes. */
  readonly partition?: keyof typeof PARTITIONS;
}

/**
 * EMNIST: handwritten letters and digits (Cohen, Afshar, Tapson and van Schaik 2017), 28x28 in one channel, from the user's own files
 * `emnist-balanced-train-images-idx3-ubyte.gz` and so on. The files hold each image transposed; here it stands upright, as in MNIST. The
 * labels of letters count from 1 in the file and from 0 here.
 *
 * @throws DatasetError naming the file, what was expected and what was found.
 * @throws RangeError for an unknown split or partition.
 *
 * @example
 * ```ts
 * const letters = await loadEmnist({ split: "test", partition: "letters", dir: "data/emnist" });
 * letters.length; // 20800
 * ```
 */
export async function loadEmnist(options: EmnistOptions): Promise<ImageDataset> {
  const { split, partition = "balanced" } = options;
  checkChoice("loadEmnist", "split", split, ["train", "test"]);
  checkChoice("loadEmnist", "partition", partition, Object.keys(PARTITIONS) as (keyof typeof PARTITIONS)[]);
  const { classNames, firstLabel, ...lengths } = PARTITIONS[partition];
  const prefix = `emnist-${partition}-${split}`;
  const pair = {
    name: `emnist-${partition}/${split}`,
    images: `${prefix}-images-idx3-ubyte`,
    labels: `${prefix}-labels-idx1-ubyte`,
    length: lengths[split],
    largest: 697_932,
    classNames,
    firstLabel,
    isTransposed: true,
  };
  return ownedBy("loadEmnist", () => loadIdxPair(pair, options));
}
