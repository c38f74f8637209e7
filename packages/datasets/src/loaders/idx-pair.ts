import { DatasetError } from "../dataset-error.js";
import { parseIdx, parseIdxNumbers } from "../files/idx.js";
import { ImageDataset } from "../image-dataset.js";
import { checkCount, readUserFile, type UserFile, type UserFolderOptions } from "./user-file.js";

/** A file of 28x28 images and one of labels, in IDX. */
export interface IdxPair {
  readonly name: string;
  readonly images: string;
  readonly labels: string;
  /** Number of images as published. */
  readonly length: number;
  /** Number of images of the largest split. */
  readonly largest: number;
  readonly classNames: readonly string[];
  /** Columns of the label file, whose first one is the class. By default the file is a vector. */
  readonly labelColumns?: number;
  /** The label of the first class. By default 0. */
  readonly firstLabel?: number;
  /** Whether images are stored column by column. By default false. */
  readonly isTransposed?: boolean;
}

const SIDE = 28;
/** The header of an array of three axes. */
const HEADER_BYTES = 16;
/** Bytes of the largest element type. */
const MAX_LABEL_BYTES = 8;

/** Reads both files and checks that they belong together. @throws DatasetError */
export async function loadIdxPair(pair: IdxPair, options: UserFolderOptions): Promise<ImageDataset> {
  const files = await readIdxPair(pair, options);
  return parseIdxPair(pair, files, options);
}

/** Both files as they are. @throws DatasetError */
export async function readIdxPair(pair: IdxPair, options: UserFolderOptions): Promise<readonly [UserFile, UserFile]> {
  const { largest, labelColumns = 1 } = pair;
  const images = readUserFile(pair.images, options, HEADER_BYTES + largest * SIDE * SIDE);
  const labels = readUserFile(pair.labels, options, HEADER_BYTES + largest * labelColumns * MAX_LABEL_BYTES);
  // If both fail, the error is that of the images, whichever comes first.
  labels.catch(() => {});
  return [await images, await labels];
}

/** The images of both files. @throws DatasetError */
export function parseIdxPair(
  pair: IdxPair,
  [imageFile, labelFile]: readonly [UserFile, UserFile],
  options: UserFolderOptions,
): ImageDataset {
  const { firstLabel = 0, labelColumns, classNames, name } = pair;
  const images = parseIdx(imageFile.bytes, { file: imageFile.file, shape: [undefined, SIDE, SIDE] });
  const length = images.shape[0] as number;
  checkCount(imageFile.file, pair.length, length, options.verify);
  const shape = labelColumns === undefined ? [length] : [length, labelColumns];
  const table = parseIdxNumbers(labelFile.bytes, { file: labelFile.file, shape });
  const labels = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const label = (table.data[i * (labelColumns ?? 1)] as number) - firstLabel;
    if (!Number.isInteger(label) || label < 0 || label >= classNames.length) {
      throw new DatasetError({
        reason: "wrong-shape",
        file: labelFile.file,
        expected: `labels from ${firstLabel} to ${firstLabel + classNames.length - 1}`,
        found: `${label + firstLabel} for image ${i}`,
      });
    }
    labels[i] = label;
  }
  const pixels = pair.isTransposed ? transposed(images.data) : images.data;
  return new ImageDataset({ name, images: pixels, labels, imageShape: [SIDE, SIDE, 1], classNames });
}

/** Every image with rows and columns exchanged. */
export function transposed(images: Uint8Array): Uint8Array {
  const result = new Uint8Array(images.length);
  for (let from = 0; from < images.length; from += SIDE * SIDE) {
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        result[from + row * SIDE + column] = images[from + column * SIDE + row] as number;
      }
    }
  }
  return result;
}
