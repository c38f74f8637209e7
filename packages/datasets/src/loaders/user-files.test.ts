import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { folderOf } from "../../test/picture-folder.js";
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

test("KMNIST has MNIST's names", async () => {
  const dir = await folderOf({ "t10k-images-idx3-ubyte": imageFile, "t10k-labels-idx1-ubyte": idxBytes([2], [9, 0]) });
  const data = await loadKmnist({ split, dir, verify });
  expect([[...data.labels], data.classNames.length, data.images]).toEqual([[9, 0], 10, images]);
  await expect(loadKmnist({ split: "train", dir })).rejects.toMatchObject({ reason: "not-found" });
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
