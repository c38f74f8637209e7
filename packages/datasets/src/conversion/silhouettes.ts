import { join } from "node:path";
import { checkChoice } from "../check-options.js";
import { DatasetError } from "../dataset-error.js";
import { readPath } from "../files/read-file.js";
import { ImageDataset } from "../image-dataset.js";
import { transposed } from "../loaders/idx-pair.js";
import type { SilhouettesOptions } from "../loaders/silhouettes.js";
import { checkCount } from "../loaders/user-file.js";
import { type MatMatrix, readMatFile } from "./mat-file.js";

const FILE = "caltech101_silhouettes_28_split1.mat";
const MAX_BYTES = 2 ** 26;
const PIXELS = 28 * 28;
const CLASSES = 101;
const PARTS = {
  train: { name: "train", length: 4100 },
  validation: { name: "val", length: 2264 },
  test: { name: "test", length: 2307 },
};

/** See `loadSilhouettes`. */
export async function loadSilhouettes({ split, dir, verify, signal }: SilhouettesOptions): Promise<ImageDataset> {
  checkChoice("loadSilhouettes", "split", split, ["train", "validation", "test"]);
  const file = join(dir, FILE);
  const bytes = await readPath(file, { maxBytes: MAX_BYTES, signal });
  if (bytes === undefined) {
    const advice = "download it from https://people.cs.umass.edu/~marlin/data.shtml";
    throw new DatasetError({ reason: "not-found", file, expected: "a file", found: "nothing", advice });
  }
  const matrices = matricesOf(bytes, file);
  const { name, length } = PARTS[split];
  const images = matrixOf(matrices, `${name}_data`, [undefined, PIXELS], file);
  const count = images.shape[0] as number;
  checkCount(file, length, count, verify);
  const labels = matrixOf(matrices, `${name}_labels`, [count, 1], file);
  const numbers = Uint8Array.from({ length: count }, (_, i) => {
    const label = labels.at(i);
    if (Number.isInteger(label) && label >= 1 && label <= CLASSES) return label - 1;
    throw bad(file, `labels from 1 to ${CLASSES} in '${name}_labels'`, String(label));
  });
  const pixels = transposed(figuresOf(images, `${name}_data`, file));
  return new ImageDataset({ name: `silhouettes/${split}`, images: pixels, labels: numbers, imageShape: [28, 28, 1] });
}

function matricesOf(bytes: Uint8Array, file: string): Map<string, MatMatrix> {
  try {
    return readMatFile(bytes, { maxBytes: MAX_BYTES });
  } catch (cause) {
    throw bad(file, "a whole MAT-file of version 5", (cause as Error).message, cause);
  }
}

function matrixOf(
  matrices: ReadonlyMap<string, MatMatrix>,
  name: string,
  shape: readonly (number | undefined)[],
  file: string,
): MatMatrix {
  const matrix = matrices.get(name);
  const fits =
    matrix?.shape.length === shape.length && shape.every((size, i) => (size ?? matrix.shape[i]) === matrix.shape[i]);
  if (matrix !== undefined && fits) return matrix;
  const expected = `a matrix '${name}' of shape [${shape.map((size) => size ?? "any").join(",")}]`;
  const found = matrix ? `shape [${matrix.shape.join(",")}]` : `only ${[...matrices.keys()].join(", ") || "others"}`;
  throw new DatasetError({ reason: "wrong-shape", file, expected, found });
}

/** 255 for the figure, which is 0 in the file. Rows of the matrix are images, and its columns run fastest in memory. */
function figuresOf(matrix: MatMatrix, name: string, file: string): Uint8Array {
  const count = matrix.shape[0] as number;
  const images = new Uint8Array(count * PIXELS);
  for (let image = 0; image < count; image++) {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const value = matrix.at(pixel * count + image);
      if (value !== 0 && value !== 1) throw bad(file, `0 and 1 in '${name}'`, String(value));
      images[image * PIXELS + pixel] = 255 * (1 - value);
    }
  }
  return images;
}

function bad(file: string, expected: string, found: string, cause?: unknown): DatasetError {
  return new DatasetError({ reason: "bad-mat", file, expected, found, cause });
}
