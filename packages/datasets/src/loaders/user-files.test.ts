import { readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fashionMnist from "@igr/data-fashion-mnist";
import * as mnist from "@igr/data-mnist";
import { describe, expect, test } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { folderOf } from "../../test/picture-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
import { DatasetError } from "../dataset-error.js";
import { parseIdxNumbers } from "../files/idx.js";
import { loadBinarizedMnist } from "./binarized-mnist.js";
import { loadEmnist } from "./emnist.js";
import { loadKmnist } from "./kmnist.js";
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

  test("refuses another number of images or labels, labels that no letter has, and unknown names", async () => {
    const dir = await files([1, 26]);
    const load = (options: object) => loadEmnist({ split, partition: "letters", dir, ...options });
    await expect(load({})).rejects.toThrow(/expected 20800 images, found 2; the file may be that of another split/);
    const zero = { dir: await files([0, 1]), verify };
    await expect(load(zero)).rejects.toThrow(/expected labels from 1 to 26, found 0 for image 0/);
    await expect(load({ dir: await files([1]), verify })).rejects.toThrow(/expected shape \[2\], found \[1\]/);
    await expect(load({ partition: "words" })).rejects.toThrow('loadEmnist: partition must be "balanced" or');
    await expect(load({ split: "validation" })).rejects.toThrow('split must be "train" or "test", got "validation"');
  });
});

describe("KMNIST", () => {
  test("has MNIST's names", async () => {
    const dir = await folderOf({
      "t10k-images-idx3-ubyte": imageFile,
      "t10k-labels-idx1-ubyte": idxBytes([2], [9, 0]),
    });
    const data = await loadKmnist({ split, dir, verify });
    expect([[...data.labels], data.classNames.length, data.images]).toEqual([[9, 0], 10, images]);
    await expect(loadKmnist({ split: "train", dir })).rejects.toMatchObject({
      reason: "not-found",
      message: expect.stringMatching(/^loadKmnist: .*train-labels-idx1-ubyte\(\.gz\), or kmnist-train-imgs\.npz and/),
    });
  });

  test("is told from MNIST and Fashion-MNIST, whose files have the same names", async () => {
    for (const [name, files] of [
      ["MNIST", mnist],
      ["Fashion-MNIST", fashionMnist],
    ] as const) {
      const read = ({ url }: { url: URL }) => readFile(url);
      const [imagesGz, labelsGz] = [await read(files.testImages), await read(files.testLabels)];
      const unpacked = {
        "t10k-images-idx3-ubyte": gunzipSync(imagesGz),
        "t10k-labels-idx1-ubyte": gunzipSync(labelsGz),
      };
      const packed = { "t10k-images-idx3-ubyte.gz": imagesGz, "t10k-labels-idx1-ubyte.gz": labelsGz };
      for (const dir of [await folderOf(unpacked), await folderOf(packed)]) {
        const mistaken = {
          reason: "wrong-hash",
          message: expect.stringContaining(`expected Kuzushiji-MNIST, found ${name};`),
        };
        await expect(loadKmnist({ split, dir })).rejects.toMatchObject(mistaken);
      }
    }
  });

  test("packed files must be the published ones, and classes have the same number of images", async () => {
    const all = idxBytes([10_000, 28, 28], new Uint8Array(7_840_000));
    const labels = (last: number) => idxBytes([10_000], [...new Array(9999)].map((_, i) => i % 10).concat(last));
    const load = async (files: Record<string, Uint8Array>) => loadKmnist({ split, dir: await folderOf(files) });
    await expect(
      load({ "t10k-images-idx3-ubyte.gz": gzipSync(all), "t10k-labels-idx1-ubyte": labels(9) }),
    ).rejects.toMatchObject({
      reason: "wrong-hash",
      message: expect.stringMatching(/SHA-256 edd7a857.*; unpack the file/),
    });
    await expect(load({ "t10k-images-idx3-ubyte": all, "t10k-labels-idx1-ubyte": labels(0) })).rejects.toThrow(
      /t10k-labels-idx1-ubyte: expected 1000 labels of each class, found 1001 of class 0/,
    );
    expect((await load({ "t10k-images-idx3-ubyte": all, "t10k-labels-idx1-ubyte": labels(9) })).length).toBe(10_000);
  });

  test("comes in NumPy's format, too, from files of numpy's", async () => {
    const reference = (name: string) =>
      readFile(new URL(`../../test/reference/kmnist-test-${name}.npz`, import.meta.url));
    const files = {
      "kmnist-test-imgs.npz": await reference("imgs"),
      "kmnist-test-labels.npz": await reference("labels"),
    };
    const data = await loadKmnist({ split, dir: await folderOf(files), verify });
    expect([data.length, [...data.labels]]).toEqual([20, Array.from({ length: 20 }, (_, i) => i % 10)]);
    for (const i of [0, 783, 784, 15_679]) expect(data.images[i]).toBe((i * 7) % 251);
    await expect(loadKmnist({ split, dir: await folderOf(files) })).rejects.toThrow(
      /imgs\.npz: expected 10000 images, found 20/,
    );
    const [first] = Object.entries(files);
    await expect(loadKmnist({ split, dir: await folderOf(Object.fromEntries([first ?? []])) })).rejects.toMatchObject({
      reason: "not-found",
    });
  });

  test.each([
    ["labels for images", { descr: "|u1", shape: "(20,)" }, /an IDX file of unsigned bytes with 3 axes/],
    ["transposed images", { descr: "|u1", shape: "(28, 28, 20)" }, /expected shape \[any,28,28\], found \[28,28,20\]/],
    ["columns first", { descr: "|u1", order: "True" }, /expected an array stored row by row/],
    ["floats", { descr: "<f4" }, /expected unsigned bytes, type \|u1, found <f4/],
    [
      "a cut array",
      { descr: "|u1", shape: "(21, 28, 28)" },
      /expected 16480 bytes for shape \[21,28,28\], found 15696 bytes/,
    ],
    ["another magic number", { descr: "|u1", magic: "NUMBER" }, /expected an array of NumPy's/],
    ["another name", { descr: "|u1", name: "images.npy" }, /expected an array arr_0\.npy, found images\.npy/],
  ])(
    "refuses npz files with %s",
    async (_, {
      descr,
      shape = "(20, 28, 28)",
      order = "False",
      magic = "\x93NUMPY",
      name = "arr_0.npy",
    }: NpySettings, message) => {
      const npy = npyBytes({ descr, shape, order, magic });
      const dir = await folderOf({
        "kmnist-test-imgs.npz": zipBytes([{ name, bytes: npy }]),
        "kmnist-test-labels.npz": await readFile(
          new URL("../../test/reference/kmnist-test-labels.npz", import.meta.url),
        ),
      });
      await expect(loadKmnist({ split, dir, verify })).rejects.toMatchObject({
        name: "DatasetError",
        owner: "loadKmnist",
        message: expect.stringMatching(message),
      });
    },
  );
});

interface NpySettings {
  readonly descr: string;
  readonly shape?: string;
  readonly order?: string;
  readonly magic?: string;
  readonly name?: string;
}

/** 20 images in NumPy's format; numpy pads the header to multiples of 64. */
function npyBytes({ descr, shape, order, magic }: Required<Omit<NpySettings, "name">>): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117).concat("\n");
  const head = Buffer.from(`${magic}\x01\x00\x76\x00${header}`, "latin1");
  return Buffer.concat([head, new Uint8Array(20 * 784)]);
}

test("files unpack to no more than the largest split has, so that a small one doesn't fill the memory", async () => {
  const zeros = gzipSync(new Uint8Array(500_000));
  const dir = await folderOf({ "t10k-images-idx3-ubyte": imageFile, "t10k-labels-idx1-ubyte.gz": zeros });
  await expect(loadKmnist({ split, dir })).rejects.toMatchObject({
    reason: "too-large",
    message: expect.stringMatching(/labels-idx1-ubyte\.gz: expected at most 480016 unpacked bytes, found more/),
  });
  await expect(loadKmnist({ split, dir, verify })).rejects.toMatchObject({ reason: "bad-header" });
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

  test("refuses cut lines, other numbers, and another number of images", async () => {
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

  test("refuses another number of images and unknown splits", async () => {
    await expect(load({})).rejects.toThrow(/expected 2307 images, found 2/);
    await expect(load({ split: "valid" })).rejects.toThrow('loadSilhouettes: split must be "train" or "validation" or');
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

describe("refused with loader, file, what is allowed and what came:", () => {
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
