import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatasetError } from "../dataset-error.js";
import { readPath } from "../files/read-file.js";
import { ImageDataset } from "../image-dataset.js";
import { type Labels, labelsOf } from "../labels.js";
import type { OmniglotOptions } from "../loaders/omniglot.js";
import { checkMatHeader, type MatMatrix, readMatFile } from "./mat-file.js";

const FILE = "chardata.mat";
/** Git's SHA-1 of the published file, which hashes "blob", the length and the bytes. */
const BLOB = "016a3536ffe5e1d38e42563a18d7a78bfaf643ec";
const SIDE = 28;
/** 784 x 24,345 numbers of 8 bytes, and room. */
const MAX_BYTES = 2 ** 28;
const VARIABLES = {
  train: { images: "data", alphabets: "target", characters: "targetchar" },
  test: { images: "testdata", alphabets: "testtarget", characters: "testtargetchar" },
} as const;

/** See `loadOmniglot`, partition "burda". */
export async function loadBurdaOmniglot({ split, dir, verify = true, signal }: OmniglotOptions): Promise<ImageDataset> {
  const path = join(dir, FILE);
  const bytes = await readPath(path, { maxBytes: MAX_BYTES, signal });
  if (bytes === undefined) {
    const advice = "download it from https://github.com/yburda/iwae/tree/master/datasets/OMNIGLOT";
    throw new DatasetError({ reason: "not-found", file: path, expected: "a file", found: "nothing", advice });
  }
  checkHeader(bytes, path);
  // The hash comes before unpacking: a small file may unpack to gigabytes.
  if (verify) checkBlob(bytes, path);
  const matrices = parse(bytes, path);
  const matrix = (name: string) => checkMatrix(matrices, name, path);
  const { length, images } = imagesOf(matrix(VARIABLES[split].images), path, VARIABLES[split].images);
  const { labels, classNames } = charactersOf(matrices, split, length);
  return new ImageDataset({ name: `omniglot-burda/${split}`, images, labels, imageShape: [SIDE, SIDE, 1], classNames });
}

/** The header is checked before the hash: "a header that begins <html>" says more than a hash. */
function checkHeader(bytes: Uint8Array, path: string): void {
  try {
    checkMatHeader(bytes);
  } catch (cause) {
    const found = (cause as Error).message;
    throw new DatasetError({ reason: "bad-mat", file: path, expected: "a MAT-file of version 5", found, cause });
  }
}

function parse(bytes: Uint8Array, path: string): Map<string, MatMatrix> {
  try {
    return readMatFile(bytes, { maxBytes: MAX_BYTES });
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const reason = isLarge ? "too-large" : "bad-mat";
    const expected = isLarge ? `at most ${MAX_BYTES} unpacked bytes` : "a whole MAT-file of version 5";
    throw new DatasetError({ reason, file: path, expected, found: isLarge ? "more" : (cause as Error).message, cause });
  }
}

function checkBlob(bytes: Uint8Array, path: string): void {
  const found = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  if (found === BLOB) return;
  const advice = "pass verify: false to read other data in the same format";
  const expected = `git's SHA-1 ${BLOB} of the published file`;
  throw new DatasetError({ reason: "wrong-hash", file: path, expected, found, advice });
}

function checkMatrix(matrices: ReadonlyMap<string, MatMatrix>, name: string, path: string): MatMatrix {
  const matrix = matrices.get(name);
  if (matrix?.shape.length === 2 && matrix.shape[0] === SIDE * SIDE) return matrix;
  const found = matrix ? `shape [${matrix.shape.join(",")}]` : `only ${[...matrices.keys()].join(", ") || "others"}`;
  const expected = `a matrix '${name}' of ${SIDE * SIDE} rows`;
  throw new DatasetError({ reason: "wrong-shape", file: path, expected, found });
}

/** Each column is an image, column by column as MATLAB has it. */
function imagesOf(matrix: MatMatrix, path: string, name: string): { length: number; images: Uint8Array } {
  const length = matrix.shape[1] as number;
  const images = new Uint8Array(matrix.length);
  for (let from = 0; from < matrix.length; from += SIDE * SIDE) {
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const value = matrix.at(from + pixel);
      if (!(value >= 0 && value <= 1)) {
        const expected = `intensities from 0 to 1 in '${name}'`;
        throw new DatasetError({ reason: "bad-mat", file: path, expected, found: String(value) });
      }
      const [column, row] = [Math.floor(pixel / SIDE), pixel % SIDE];
      images[from + row * SIDE + column] = Math.round(255 * value);
    }
  }
  return { length, images };
}

/** Labels of one part, and the class names "alphabet 7/character 12" of both parts. No names if the file lacks the characters. */
function charactersOf(
  matrices: ReadonlyMap<string, MatMatrix>,
  split: "train" | "test",
  length: number,
): { readonly labels: Labels; readonly classNames: string[] } {
  const keys = { train: keysOf(matrices, "train"), test: keysOf(matrices, "test") };
  const own = keys[split];
  if (own?.length !== length) return { labels: new Uint8Array(length), classNames: [] };
  const all = [...new Set([...(keys.train ?? []), ...(keys.test ?? [])])].sort((a, b) => a - b);
  const positions = new Map(all.map((key, label) => [key, label]));
  const labels = labelsOf(
    own.map((key) => positions.get(key) as number),
    all.length,
  );
  const nameOf = (key: number) => `alphabet ${Math.floor(key / SPAN) + 1}/character ${key % SPAN}`;
  return { labels, classNames: all.map(nameOf) };
}

/** More than the number of characters of any alphabet. */
const SPAN = 1000;

/** Alphabet and character of each image in one number, from a one-hot column and a number from 1. */
function keysOf(matrices: ReadonlyMap<string, MatMatrix>, split: "train" | "test"): number[] | undefined {
  const { alphabets: oneHots, characters: numbers } = VARIABLES[split];
  const [alphabets, characters] = [matrices.get(oneHots), matrices.get(numbers)];
  const [rows = 0, length = 0] = alphabets?.shape ?? [];
  if (!alphabets || !characters || characters.length !== length || alphabets.shape.length !== 2) return undefined;
  return Array.from({ length }, (_, image) => {
    let largest = 0;
    for (let row = 1; row < rows; row++) {
      if (alphabets.at(image * rows + row) > alphabets.at(image * rows + largest)) largest = row;
    }
    return largest * SPAN + characters.at(image);
  });
}
