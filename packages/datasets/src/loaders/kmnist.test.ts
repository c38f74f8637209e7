import { readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fashionMnist from "@igr/data-fashion-mnist";
import * as mnist from "@igr/data-mnist";
import { describe, expect, test } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { folderOf } from "../../test/picture-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
import { loadKmnist } from "./kmnist.js";

const images = Uint8Array.from({ length: 2 * 784 }, (_, i) => (i * 7) % 251);
const imageFile = idxBytes([2, 28, 28], images);
const split = "test";
const verify = false;

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

  test("is distinguished from MNIST and Fashion-MNIST, whose files have the same names", async () => {
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
