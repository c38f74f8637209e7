import { checkChoice } from "../check-options.js";
import { DatasetError, ownedBy } from "../dataset-error.js";
import { joinAddress } from "../files/folder.js";
import { sha256 } from "../files/published-file.js";
import type { ImageDataset } from "../image-dataset.js";
import { type IdxPair, parseIdxPair, readIdxPair } from "./idx-pair.js";
import { FASHION_MNIST_SHA256, MNIST_SHA256 } from "./mnist-files.js";
import type { UserFile, UserFolderOptions } from "./user-file.js";

/** Which characters to load and where from. */
export interface KmnistOptions extends UserFolderOptions {
  readonly split: "train" | "test";
}

/** What is known of a split. The hashes are those of the packed files, as TFDS and torchvision have them. */
const SPLITS = {
  train: {
    prefix: "train",
    arrays: "kmnist-train",
    perClass: 6000,
    packed: [
      "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
      "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    ],
  },
  test: {
    prefix: "t10k",
    arrays: "kmnist-test",
    perClass: 1000,
    packed: [
      "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
      "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ],
  },
} as const;
const CLASSES = [..."おきすつなはまやれを"];

/**
 * Kuzushiji-MNIST: cursive Japanese characters of ten classes (Clanuwat et al. 2018; CC BY-SA 4.0), 28x28 in one channel, 60,000 to
 * train and 10,000 to test, from the user's own files: `train-images-idx3-ubyte.gz` and so on, or in Node
 * `kmnist-train-imgs.npz` and so on. The former have MNIST's names: keep them in a folder of their own. MNIST's and Fashion-MNIST's files are
 * refused; packed files must be the published ones byte for byte, and every class has the same number of images.
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
  const { split, verify = true } = options;
  checkChoice("loadKmnist", "split", split, ["train", "test"]);
  const { prefix, arrays, perClass } = SPLITS[split];
  const pair = {
    name: `kmnist/${split}`,
    images: `${prefix}-images-idx3-ubyte`,
    labels: `${prefix}-labels-idx1-ubyte`,
    length: 10 * perClass,
    largest: 60_000,
    classNames: CLASSES,
  };
  return ownedBy("loadKmnist", async () => {
    const files = await readFiles(pair, arrays, options);
    const dataset = parseIdxPair(pair, files, options);
    if (verify) await checkContents(split, files, dataset);
    return dataset;
  });
}

/** The IDX files, or where there are none the npz files, as if they were. */
async function readFiles(
  pair: IdxPair,
  arrays: string,
  options: KmnistOptions,
): Promise<readonly [UserFile, UserFile]> {
  try {
    return await readIdxPair(pair, options);
  } catch (error) {
    const place = joinAddress(options.dir, arrays);
    if (!(error instanceof DatasetError && error.reason === "not-found") || typeof place !== "string") throw error;
    const found = await (await import("#conversion")).readNpzPair(`${place}-imgs.npz`, `${place}-labels.npz`);
    if (found !== undefined) return found;
    const { reason, file, advice } = error;
    const expected = `${pair.images}(.gz) and ${pair.labels}(.gz), or ${arrays}-imgs.npz and ${arrays}-labels.npz`;
    throw new DatasetError({ reason, file, expected, found: "not all of them", advice });
  }
}

async function checkContents(
  split: "train" | "test",
  files: readonly [UserFile, UserFile],
  { labels }: ImageDataset,
): Promise<void> {
  const { perClass, packed } = SPLITS[split];
  for (const [i, { file, bytes, packed: whole }] of files.entries()) {
    const kind = i === 0 ? ("Images" as const) : ("Labels" as const);
    const hash = await sha256(bytes, file);
    const other = [
      ["MNIST", MNIST_SHA256],
      ["Fashion-MNIST", FASHION_MNIST_SHA256],
    ].find(([, known]) => (known as typeof MNIST_SHA256)[`${split}${kind}`] === hash);
    if (other !== undefined) {
      const advice = "their files have the same names: keep each data set in a folder of its own";
      throw new DatasetError({ reason: "wrong-hash", file, expected: "Kuzushiji-MNIST", found: `${other[0]}`, advice });
    }
    if (whole === bytes) continue;
    const found = await sha256(whole, file);
    if (found === packed[i]) continue;
    const expected = `SHA-256 ${packed[i]} of the packed bytes`;
    const advice =
      "unpack the file if you packed it yourself, or pass verify: false to read other data in the same format";
    throw new DatasetError({ reason: "wrong-hash", file, expected, found, advice });
  }
  for (const [label, name] of CLASSES.entries()) {
    const count = labels.filter((other) => other === label).length;
    if (count === perClass) continue;
    const expected = `${perClass} labels of each class`;
    const found = `${count} of class ${label} (${name})`;
    throw new DatasetError({ reason: "wrong-shape", file: files[1].file, expected, found });
  }
}
