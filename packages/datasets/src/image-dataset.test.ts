import { describe, expect, test } from "vitest";
import { TestRng } from "../test/test-rng.js";
import { ImageDataset } from "./image-dataset.js";

const data = new ImageDataset({
  name: "ten",
  images: Uint8Array.from({ length: 20 }, (_, i) => i),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
  imageShape: [1, 2, 1],
  classNames: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
});

test.each([
  [
    [2, 5],
    [2, 3, 4],
  ],
  [[7], [7, 8, 9]],
  [[-2], [8, 9]],
  [
    [8, 99],
    [8, 9],
  ],
  [[5, 3], []],
])("slice(%j) has images %j and shares their memory", ([start, end], labels) => {
  const slice = data.slice(start as number, end);
  expect([...slice.labels]).toEqual(labels);
  expect([...slice.images]).toEqual(labels.flatMap((label) => [2 * label, 2 * label + 1]));
  expect(slice.images.buffer).toBe(data.images.buffer);
  expect([slice.name, slice.length, slice.classNames]).toEqual(["ten", labels.length, data.classNames]);
});

test("select copies images in the order asked for", () => {
  const chosen = data.select([3, 0, 3]);
  expect([...chosen.labels]).toEqual([3, 0, 3]);
  expect([...chosen.images]).toEqual([6, 7, 0, 1, 6, 7]);
  expect(() => data.select([10])).toThrow("ImageDataset.select: each index must be an integer from 0 to 9, got 10");
});

describe("split", () => {
  test("holds out the last images", () => {
    const { train, validation } = data.split({ validation: 3 });
    expect([[...train.labels], [...validation.labels]]).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ]);
  });

  test("holds out random images, the same for the same seed, each image in one part", () => {
    const { train, validation } = data.split({ validation: 4, rng: new TestRng(1) });
    expect([...train.labels, ...validation.labels].sort((a, b) => a - b)).toEqual([...data.labels]);
    expect(validation.length).toBe(4);
    expect([...data.split({ validation: 4, rng: new TestRng(1) }).validation.labels]).toEqual([...validation.labels]);
    const others = [2, 3, 4, 5].map(
      (seed) => `${data.split({ validation: 4, rng: new TestRng(seed) }).validation.labels}`,
    );
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  test.each([
    [0.3, 3],
    [1 / 3, 3],
    [0.25, 3],
    [0.01, 0],
  ])("the share %d of 10 images holds out %i, the last ones or random ones", (share, count) => {
    expect([...data.split({ validation: share }).validation.labels]).toEqual([...data.labels].slice(10 - count));
    const random = data.split({ validation: share, rng: new TestRng(1) });
    expect([random.train.length, random.validation.length]).toEqual([10 - count, count]);
  });

  test("the parts share the memory of the whole where the last images are held out", () => {
    const { train, validation } = data.split({ validation: 0.3 });
    expect(train.images.buffer === data.images.buffer && validation.labels.buffer === data.labels.buffer).toBe(true);
  });

  test.each([1.5, -0.1, Number.NaN])("rejects validation %d", (validation) => {
    expect(() => data.split({ validation })).toThrow(
      `ImageDataset.split: validation must be an integer from 0 to 10, or a share strictly between 0 and 1, got ${validation}`,
    );
  });

  test("may leave one part empty, and rejects more images than exist", () => {
    expect(data.split({ validation: 10 }).train.length).toBe(0);
    expect(() => data.split({ validation: 11 })).toThrow(
      "validation must be an integer from 0 to 10, or a share strictly between 0 and 1, got 11",
    );
  });
});

test("rejects pixels and labels that don't belong together", () => {
  const parts = { images: new Uint8Array(7), labels: new Uint8Array(2) };
  expect(() => new ImageDataset({ ...parts, imageShape: [2, 2, 1] })).toThrow(
    "images must hold 8 pixels, 4 for each of 2 labels, got 7",
  );
  expect(() => new ImageDataset({ ...parts, imageShape: [0, 2, 1] })).toThrow(
    "each size of imageShape must be an integer >= 1, got 0",
  );
});

describe("padded and resized", () => {
  const squares = new ImageDataset({
    name: "squares",
    images: Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80]),
    labels: Uint16Array.from([300, 7]),
    imageShape: [2, 2, 1],
    classNames: Array.from({ length: 301 }, (_, label) => `class ${label}`),
  });

  test("padded puts images in the middle, the larger half of an odd margin below and to the right", () => {
    const padded = squares.padded([3, 5]);
    expect(padded.imageShape).toEqual([3, 5, 1]);
    expect([...padded.images]).toEqual([
      ...[0, 10, 20, 0, 0, 0, 30, 40, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 50, 60, 0, 0, 0, 70, 80, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect([padded.name, padded.labels, padded.classNames]).toEqual(["squares", squares.labels, squares.classNames]);
    expect(() => squares.padded(1)).toThrow(
      "ImageDataset.padded: size must be at least that of the images, 2x2, got 1x1; resized makes images smaller",
    );
  });

  test("channels stay together", () => {
    const rgb = new ImageDataset({ images: Uint8Array.of(1, 2, 3), labels: Uint8Array.of(0), imageShape: [1, 1, 3] });
    expect([...rgb.padded([1, 2]).images]).toEqual([1, 2, 3, 0, 0, 0]);
    expect([...rgb.resized([1, 2]).images]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test("batches, binarization and labels are those of the new images", () => {
    const resized = squares.resized(4);
    expect(resized.imageShape).toEqual([4, 4, 1]);
    const images = new Float32Array(2 * 16);
    const labels = new Int32Array(2);
    expect(resized.epoch({ batchSize: 2, binarize: "threshold" }).fill({ images, labels })).toBe(2);
    expect([...images]).toEqual(Array.from(resized.images, (pixel) => (pixel >= 127.5 ? 1 : 0)));
    expect([...labels]).toEqual([300, 7]);
    const dynamic = squares.padded(4).epoch({ batchSize: 2, binarize: "dynamic", rng: new TestRng(1) });
    dynamic.fill({ images });
    expect([images[0], images[4], images[15]]).toEqual([0, 0, 0]);
    expect([...squares.select([1, 0]).labels]).toEqual([7, 300]);
  });
});

describe("invalid parts of a data set:", () => {
  const options = { images: new Uint8Array(8), labels: Uint8Array.of(0, 1), imageShape: [2, 2, 1] as const };
  const make = (change: object) => () => new ImageDataset({ ...options, ...change });

  test("intensities of 0 ... 1, which would be black", () => {
    const floats = Float32Array.from([0, 0.25, 0.5, 1, 0, 0.25, 0.5, 1]);
    expect(make({ images: floats })).toThrow(
      "ImageDataset: images must be a Uint8Array of pixels 0 ... 255, got Float32Array; of intensities 0 ... 1 make one by",
    );
    expect(make({ images: [...floats] })).toThrow("got Array");
    expect(make({ images: undefined })).toThrow("got undefined");
    expect(make({ images: Uint8Array.from(floats, (v) => Math.round(255 * v)) })().images[2]).toBe(128);
    expect(make({ images: Buffer.alloc(8) })().length).toBe(2);
  });

  test("labels that aren't whole numbers, or have no name", () => {
    expect(make({ labels: [0, 1] })).toThrow("labels must be a Uint8Array, Uint16Array or Int32Array, got Array");
    expect(make({ labels: Float32Array.of(0, 1) })).toThrow("got Float32Array");
    expect(make({ classNames: ["a"] })).toThrow(
      "ImageDataset: labels must be from 0 to 0, as there are 1 classNames, got 1",
    );
    expect(make({ labels: Int32Array.of(0, -1), classNames: ["a", "b"] })).toThrow("got -1");
    expect(make({ labels: Int32Array.of(7, -1) })().classNames).toEqual([]);
    expect(make({ classNames: ["a", "b", "c"] })().classNames.length).toBe(3);
  });
});
