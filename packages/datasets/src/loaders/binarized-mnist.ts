import { checkChoice } from "../check-options.js";
import { DatasetError, ownedBy } from "../dataset-error.js";
import { ImageDataset } from "../image-dataset.js";
import { checkCount, readUserFile, type UserFolderOptions } from "./user-file.js";

const FILES = {
  train: { name: "binarized_mnist_train.amat", length: 50_000 },
  validation: { name: "binarized_mnist_valid.amat", length: 10_000 },
  test: { name: "binarized_mnist_test.amat", length: 10_000 },
};
const PIXELS = 28 * 28;
/** A digit and white space for each of 50,000 images' pixels, and as much again: some files have more white space. */
const MAX_BYTES = 4 * 50_000 * PIXELS;

/** Which images to load and where from. */
export interface BinarizedMnistOptions extends UserFolderOptions {
  readonly split: keyof typeof FILES;
}

/**
 * MNIST with fixed bits, as Larochelle binarized it (Salakhutdinov and Murray 2008; Larochelle and Murray 2011): 28x28 in one channel,
 * 50,000 images to train, 10,000 for validation, 10,000 to test. Pixels are 0 or 255, so that every `binarize` of a batch gives the same bits.
 * The user's own files are `binarized_mnist_train.amat` and so on. They have no labels: all labels are 0.
 *
 * @throws DatasetError naming the file and line, what was expected and what was found.
 * @throws RangeError for an unknown split.
 *
 * @example
 * ```ts
 * (await loadBinarizedMnist({ split: "validation", dir: "data/binarized-mnist" })).length; // 10000
 * ```
 */
export async function loadBinarizedMnist(options: BinarizedMnistOptions): Promise<ImageDataset> {
  const { split, verify } = options;
  checkChoice("loadBinarizedMnist", "split", split, ["train", "validation", "test"]);
  const { name, length } = FILES[split];
  return ownedBy("loadBinarizedMnist", async () => {
    const { file, bytes } = await readUserFile(name, options, MAX_BYTES);
    const images = parseBits(bytes, file);
    if (images.length === 0) throw new DatasetError({ reason: "truncated", file, expected: "images", found: "none" });
    checkCount(file, length, images.length / PIXELS, verify);
    const labels = new Uint8Array(images.length / PIXELS);
    return new ImageDataset({ name: `binarized-mnist/${split}`, images, labels, imageShape: [28, 28, 1] });
  });
}

const [ZERO, ONE, NEWLINE, SPACE, RETURN, TAB] = [0x30, 0x31, 0x0a, 0x20, 0x0d, 0x09];

/** Lines of 784 bits with white space between them, as pixels 0 and 255. */
function parseBits(bytes: Uint8Array, file: string): Uint8Array {
  const images = new Uint8Array((bytes.length + 1) >> 1);
  let [count, line, begin, wasDigit] = [0, 1, 0, false];
  const refuse = (reason: "bad-list" | "truncated", expected: string, found: string) =>
    new DatasetError({ reason, file: `${file}:${line}`, expected, found });
  const endLine = () => {
    const bits = count - begin;
    if (bits !== 0 && bits !== PIXELS) throw refuse("truncated", `${PIXELS} bits in a line`, String(bits));
    begin = count;
    line += 1;
  };
  for (const byte of bytes) {
    const isDigit = byte === ZERO || byte === ONE;
    if (isDigit && !wasDigit) images[count++] = byte === ONE ? 255 : 0;
    else if (byte === NEWLINE) endLine();
    else if (byte !== SPACE && byte !== RETURN && byte !== TAB) {
      throw refuse("bad-list", "0 and 1 between spaces", JSON.stringify(String.fromCharCode(byte)));
    }
    wasDigit = isDigit;
  }
  endLine();
  return images.slice(0, count);
}
