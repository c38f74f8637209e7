import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { folderOf } from "../../test/picture-folder.js";
import { DatasetError } from "../dataset-error.js";
import { parseIdxNumbers } from "../files/idx.js";
import { loadBinarizedMnist } from "./binarized-mnist.js";
import { loadEmnist } from "./emnist.js";
import { loadQmnist } from "./qmnist.js";
import { loadSilhouettes } from "./silhouettes.js";

const images = Uint8Array.from({ length: 2 * 784 }, (_, i) => (i * 7) % 251);
const imageFile = idxBytes([2, 28, 28], images);
const split = "test";
const verify = false;

/** An IDX file of big-endian 32-bit integers. */
function int32Idx(shape: number[], values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 * shape.length + 4 * values.length);
  bytes.set([0, 0, 12, shape.length]);
  for (const [i, value] of [...shape, ...values].entries()) bytes.writeInt32BE(value, 4 + 4 * i);
  return bytes;
}

// numpy: np.array([1, -2]).astype(type).tobytes(), after the header.
test.each([
  [0x08, "01fe", [1, 254]],
  [0x09, "01fe", [1, -2]],
  [0x0b, "0001fffe", [1, -2]],
  [0x0c, "00000001fffffffe", [1, -2]],
  [0x0d, "3f800000c0000000", [1, -2]],
  [0x0e, "3ff0000000000000c000000000000000", [1, -2]],
])("IDX elements of type %i", (code, hex, expected) => {
  const bytes = Buffer.concat([Buffer.from([0, 0, code, 1, 0, 0, 0, 2]), Buffer.from(hex, "hex")]);
  expect([...parseIdxNumbers(bytes, { file: "x" }).data]).toEqual(expected);
  expect(() => parseIdxNumbers(bytes.subarray(0, -1), { file: "x" })).toThrow(/expected \d+ bytes for shape \[2\]/);
});

describe("EMNIST", () => {
  const files = (labels: number[]) =>
    folderOf({
      "emnist-letters-test-images-idx3-ubyte.gz": gzipSync(imageFile),
      "emnist-letters-test-labels-idx1-ubyte": idxBytes([labels.length], labels),
    });

  test("stands upright, and letters count from 0", async () => {
    const dir = await files([1, 26]);
    const letters = await loadEmnist({ split, partition: "letters", dir, verify });
    expect([...letters.labels].map((label) => letters.classNames[label])).toEqual(["A", "Z"]);
    expect(letters.images[784 + 3 * 28 + 5]).toBe(images[784 + 5 * 28 + 3]);
  });

  test("rejects another number of images or labels, labels beyond the letters, and unknown names", async () => {
    const dir = await files([1, 26]);
    const load = (options: object) => loadEmnist({ split, partition: "letters", dir, ...options });
    await expect(load({})).rejects.toThrow(/expected 20800 images, found 2; the file may be that of another split/);
    const zero = { dir: await files([0, 1]), verify };
    await expect(load(zero)).rejects.toThrow(/expected labels from 1 to 26, found 0 for image 0/);
    await expect(load({ dir: await files([1]), verify })).rejects.toThrow(/expected shape \[2\], found \[1\]/);
    await expect(load({ partition: "words" })).rejects.toThrow('loadEmnist: partition must be "balanced", ');
    await expect(load({ split: "validation" })).rejects.toThrow('split must be "train" or "test", got "validation"');
  });
});

test("QMNIST's class is the first of eight columns; a table of another shape is refused", async () => {
  const rows = [7, 4, 100, 7, 37, 0, 0, 0, 2, 4, 101, 2, 32, 1, 0, 0];
  const files = async (labels: Uint8Array) =>
    folderOf({ "qmnist-test-images-idx3-ubyte": imageFile, "qmnist-test-labels-idx2-int": labels });
  const data = await loadQmnist({ split, dir: await files(int32Idx([2, 8], rows)), verify });
  expect([...data.labels]).toEqual([7, 2]);
  await expect(loadQmnist({ split, dir: await files(int32Idx([8, 2], rows)), verify })).rejects.toMatchObject({
    reason: "wrong-shape",
    message: expect.stringContaining("expected shape [2,8], found [8,2]"),
  });
});

describe("binarized MNIST", () => {
  const line = (seed: number) => Array.from({ length: 784 }, (_, i) => ((i * seed) % 3 === 0 ? 1 : 0));
  const load = async (text: string, options: object = { verify }) =>
    loadBinarizedMnist({ split, dir: await folderOf({ "binarized_mnist_test.amat": Buffer.from(text) }), ...options });
  // numpy.savetxt(file, bits, fmt="%d") writes a space between and a newline after.
  const text = [2, 5].map((seed) => `${line(seed).join(" ")}\n`).join("");

  test("bits become 0 and 255, row by row, with or without the last newline", async () => {
    const expected = [...line(2), ...line(5)].map((bit) => 255 * bit);
    for (const form of [text, text.trimEnd(), text.replaceAll("\n", " \r\n")]) {
      expect([...(await load(form)).images]).toEqual(expected);
    }
  });

  test("rejects cut lines, other numbers, and another number of images", async () => {
    await expect(load(text.slice(0, -10))).rejects.toMatchObject({
      reason: "truncated",
      message: expect.stringMatching(/test\.amat:2: expected 784 bits in a line, found 77\d/),
    });
    await expect(load(text.replace("0", "2"))).rejects.toThrow(/amat:1: expected 0 and 1 between spaces, found "2"/);
    await expect(load(text.replace(" ", ""))).rejects.toMatchObject({
      reason: expect.stringMatching(/bad-list|truncated/),
    });
    await expect(load(text, {})).rejects.toThrow(/expected 10000 images, found 2/);
  });
});

describe("Caltech 101 Silhouettes, from a file of scipy's", () => {
  const load = async (options: object = { verify }) => {
    const bytes = await readFile(new URL("../../test/reference/silhouettes.mat", import.meta.url));
    return loadSilhouettes({
      split,
      dir: await folderOf({ "caltech101_silhouettes_28_split1.mat": bytes }),
      ...options,
    });
  };

  test("stand upright, the figure is 255, labels count from 0", async () => {
    const data = await load();
    expect([data.length, [...data.labels]]).toEqual([2, [5, 6]]);
    for (let i = 0; i < data.images.length; i++) {
      const [image, row, column] = [5 + Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
      expect(data.images[i], `row ${row}, column ${column}`).toBe((row + 2 * column + image) % 5 === 0 ? 255 : 0);
    }
    expect((await load({ split: "validation", verify })).length).toBe(2);
  });

  test("rejects another number of images and unknown splits", async () => {
    await expect(load({})).rejects.toThrow(/expected 2307 images, found 2/);
    await expect(load({ split: "valid" })).rejects.toThrow('loadSilhouettes: split must be "train", "validation" or');
  });
});

test.each([
  ["train", /matrix 'train_data' of shape \[any,784\], found shape \[784,3\]/, "transposed images"],
  ["validation", /matrix 'val_labels' of shape \[2,1\], found shape \[1,2\]/, "a table of labels of another shape"],
  ["test", /labels from 1 to 101 in 'test_labels', found 0/, "a label before the first class"],
] as const)("silhouettes, %s: %s (%s) is refused", async (part, message, _) => {
  const bytes = await readFile(new URL("../../test/reference/silhouettes-odd.mat", import.meta.url));
  const dir = await folderOf({ "caltech101_silhouettes_28_split1.mat": bytes });
  const refused = await loadSilhouettes({ split: part, dir, verify }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: "DatasetError", owner: "loadSilhouettes" });
  expect((refused as Error).message).toMatch(message);
});

describe("rejected with loader, file, what is allowed and what was given:", () => {
  const emnist = { images: "emnist-balanced-test-images-idx3-ubyte", labels: "emnist-balanced-test-labels-idx1-ubyte" };
  const labels = idxBytes([2], [0, 1]);
  const bits = `${Array.from({ length: 784 }, (_, i) => i % 2).join(" ")}\n`;
  const amat = "binarized_mnist_test.amat";
  const mat = "caltech101_silhouettes_28_split1.mat";
  const loadEmnistHere = (dir: string) => loadEmnist({ split, dir, verify });
  const loadQmnistHere = (dir: string) => loadQmnist({ split, dir, verify });
  const loadBits = (dir: string) => loadBinarizedMnist({ split, dir, verify });
  const qmnist = { images: "qmnist-test-images-idx3-ubyte", labels: "qmnist-test-labels-idx2-int" };

  test.each<[string, (dir: string) => Promise<unknown>, Record<string, Uint8Array>, RegExp]>([
    [
      "the labels of the other split",
      loadEmnistHere,
      { [emnist.images]: imageFile, [emnist.labels]: idxBytes([3], [0, 1, 2]) },
      /^loadEmnist: .*labels-idx1-ubyte: expected shape \[2\], found \[3\]/,
    ],
    [
      "images with the axis of images last",
      loadEmnistHere,
      { [emnist.images]: idxBytes([28, 28, 2], images), [emnist.labels]: labels },
      /^loadEmnist: .*images-idx3-ubyte: expected shape \[any,28,28\], found \[28,28,2\]/,
    ],
    [
      "cut images",
      loadEmnistHere,
      { [emnist.images]: imageFile.subarray(0, -100), [emnist.labels]: labels },
      /^loadEmnist: .*images-idx3-ubyte: expected 1584 bytes for shape \[2,28,28\], found 1484 bytes/,
    ],
    [
      "cut packed images",
      loadEmnistHere,
      { [`${emnist.images}.gz`]: gzipSync(imageFile).subarray(0, -100), [emnist.labels]: labels },
      /^loadEmnist: .*images-idx3-ubyte\.gz: expected a complete gzip file/,
    ],
    [
      "images for labels",
      loadEmnistHere,
      { [emnist.images]: imageFile, [emnist.labels]: imageFile },
      /^loadEmnist: .*labels-idx1-ubyte: expected an IDX file of numbers with 1 axes/,
    ],
    [
      "MNIST's vector of labels for a table",
      loadQmnistHere,
      { [qmnist.images]: imageFile, [qmnist.labels]: labels },
      /^loadQmnist: .*labels-idx2-int: expected an IDX file of numbers with 2 axes/,
    ],
    [
      "a table of fewer columns",
      loadQmnistHere,
      { [qmnist.images]: imageFile, [qmnist.labels]: int32Idx([2, 7], new Array(14).fill(0)) },
      /^loadQmnist: .*expected shape \[2,8\], found \[2,7\]/,
    ],
    [
      "a class beyond the last",
      loadQmnistHere,
      { [qmnist.images]: imageFile, [qmnist.labels]: int32Idx([2, 8], [10, ...new Array(15).fill(0)]) },
      /^loadQmnist: .*expected labels from 0 to 9, found 10 for image 0/,
    ],
    [
      "pixels as lines",
      loadBits,
      { [amat]: Buffer.from("0 1 1\n".repeat(784)) },
      /^loadBinarizedMnist: .*amat:1: expected 784 bits in a line, found 3/,
    ],
    ["nothing", loadBits, { [amat]: Buffer.from("\n") }, /^loadBinarizedMnist: .*amat: expected images, found none/],
    [
      "a page",
      loadBits,
      { [amat]: Buffer.from("<html>") },
      /^loadBinarizedMnist: .*amat:1: expected 0 and 1 between spaces, found "<"/,
    ],
    [
      "a cut .mat",
      (dir) => loadSilhouettes({ split, dir, verify }),
      { [mat]: Buffer.from(bits) },
      /^loadSilhouettes: .*\.mat: expected a whole MAT-file of version 5/,
    ],
    ["no file", loadQmnistHere, {}, /^loadQmnist: .*: expected qmnist-test-images-idx3-ubyte or .*\.gz, found neither/],
  ])("%s", async (_, load, files, message) => {
    const refused = await load(await folderOf(files)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatasetError);
    expect((refused as Error).message).toMatch(message);
  });
});

test.each([
  ["balanced", 112_800, 18_800, 47],
  ["byclass", 697_932, 116_323, 62],
  ["bymerge", 697_932, 116_323, 47],
  ["digits", 240_000, 40_000, 10],
  ["letters", 124_800, 20_800, 26],
  ["mnist", 60_000, 10_000, 10],
  // tensorflow.org/datasets/catalog/emnist; letters: nist.gov/itl/products-and-services/emnist-dataset (145,600 of 26 classes).
] as const)(
  "EMNIST %s has %i images to train, %i to test, and %i classes",
  async (partition, train, testing, classes) => {
    for (const [part, count] of [
      ["train", train],
      ["test", testing],
    ] as const) {
      const files = (labels: number[]) =>
        folderOf({
          [`emnist-${partition}-${part}-images-idx3-ubyte`]: imageFile,
          [`emnist-${partition}-${part}-labels-idx1-ubyte`]: idxBytes([2], labels),
        });
      const load = async (labels: number[], options: object) =>
        loadEmnist({ split: part, partition, dir: await files(labels), ...options });
      await expect(load([1, 1], {})).rejects.toThrow(`expected ${count} images, found 2`);
      expect((await load([1, 1], { verify })).classNames.length).toBe(classes);
    }
  },
);
