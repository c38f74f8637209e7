import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { TestRng } from "../test/test-rng.js";
import type { BatchesOptions } from "./batches.js";
import { ImageDataset } from "./image-dataset.js";

const data = new ImageDataset({
  images: Uint8Array.from({ length: 5 * 12 }, (_, i) => i * 4),
  labels: Uint8Array.of(3, 1, 4, 1, 5),
  imageShape: [2, 2, 3],
});

function read(options: BatchesOptions) {
  return Array.from(data.batches(options), (batch) => {
    const plain = {
      shape: batch.images.shape,
      images: [...batch.images.dataSync()],
      labels: [...batch.labels.dataSync()],
      mask: batch.mask && [...batch.mask.dataSync()],
      size: batch.size,
      indices: [...batch.indices],
    };
    batch.dispose();
    return plain;
  });
}

test("holds intensities as float32 and labels as int32, flat by default", () => {
  const [first, last] = read({ batchSize: 3 });
  expect(first?.shape).toEqual([3, 12]);
  expect(first?.images).toEqual(Array.from(data.images.subarray(0, 36), (pixel) => Math.fround(pixel / 255)));
  expect(first?.labels).toEqual([3, 1, 4]);
  expect(first?.mask).toBeUndefined();
  expect(last).toMatchObject({ shape: [2, 12], labels: [1, 5], size: 2, indices: [3, 4] });
  const [batch] = data.batches({ batchSize: 3 });
  expect([batch?.images.dtype, batch?.labels.dtype]).toEqual(["float32", "int32"]);
  batch?.dispose();
});

test("has height, width and channels with layout image", () => {
  expect(read({ batchSize: 3, layout: "image" }).map(({ shape }) => shape)).toEqual([
    [3, 2, 2, 3],
    [2, 2, 2, 3],
  ]);
});

test("pads the last batch and masks the padding", () => {
  const [first, last] = read({ batchSize: 3, padRemainder: true });
  expect(first).toMatchObject({ shape: [3, 12], mask: [1, 1, 1], size: 3 });
  expect(last).toMatchObject({ shape: [3, 12], mask: [1, 1, 0], labels: [1, 5, -1], size: 2, indices: [3, 4] });
  expect(last?.images.slice(24)).toEqual(Array(12).fill(0));
});

test("padding changes no pixel", () => {
  const options = { batchSize: 3, shuffle: true, binarize: "dynamic" } as const;
  const kept = read({ ...options, rng: new TestRng(1) });
  const padded = read({ ...options, rng: new TestRng(1), padRemainder: true });
  expect(padded.flatMap(({ images, size }) => images.slice(0, 12 * size))).toEqual(
    kept.flatMap(({ images }) => images),
  );
});

test("each iteration is a new pass, as many batches as length says", () => {
  const batches = data.batches({ batchSize: 2, shuffle: true, binarize: "dynamic", rng: new TestRng(1) });
  const passes = [1, 2, 3].map(() =>
    Array.from(batches, (batch) => {
      const values = [...batch.indices, ...batch.images.dataSync()];
      batch.dispose();
      return values;
    }),
  );
  expect(passes.map((pass) => pass.length)).toEqual([3, 3, 3]);
  expect(batches.length).toBe(3);
  expect(passes[1]).not.toEqual(passes[0]);
  expect(passes[2]).not.toEqual(passes[1]);
});

test("gives the numbers of epoch().fill()", () => {
  const options = { batchSize: 5, shuffle: true, binarize: "dynamic" } as const;
  const images = new Float32Array(60);
  const labels = new Int32Array(5);
  data.epoch({ ...options, rng: new TestRng(4) }).fill({ images, labels });
  expect(read({ ...options, rng: new TestRng(4) })[0]).toMatchObject({ images: [...images], labels: [...labels] });
});

describe("memory", () => {
  test("neither a disposed nor a tidied batch leaves a tensor", () => {
    const before = tf.memory().numTensors;
    for (const batch of data.batches({ batchSize: 2, padRemainder: true })) {
      expect(tf.memory().numTensors).toBe(before + 3);
      batch.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test("batches don't share memory", () => {
    const [first, second] = [...data.batches({ batchSize: 2 })];
    expect(first?.images.dataSync()[0]).toBe(0);
    expect(second?.images.dataSync()[0]).toBe(Math.fround(96 / 255));
    tf.dispose([first, second].flatMap((batch) => (batch ? [batch.images, batch.labels] : [])));
  });
});

describe("reuseMemory", () => {
  const options = { batchSize: 2, shuffle: true, binarize: "dynamic" } as const;

  test("changes no number of a batch that is read before the next", () => {
    expect(read({ ...options, rng: new TestRng(1), reuseMemory: true })).toEqual(
      read({ ...options, rng: new TestRng(1) }),
    );
  });

  test("writes all batches of a pass, but not those of another pass, to one array", () => {
    const arrays = () =>
      Array.from(data.batches({ ...options, rng: new TestRng(1), reuseMemory: true }), (batch) => {
        const { buffer } = batch.images.dataSync();
        batch.dispose();
        return buffer;
      });
    const [first, second] = [new Set(arrays()), new Set(arrays())];
    expect([first.size, second.size]).toEqual([1, 1]);
    expect([...first][0]).not.toBe([...second][0]);
  });
});

test.each([
  [{ batchSize: -1 }, "ImageDataset.batches: batchSize must be an integer >= 1, got -1"],
  [{ batchSize: 2, dropRemainder: true, padRemainder: true }, "exclude each other"],
  [{ batchSize: 2, layout: "square" as "flat" }, 'layout must be "flat" or "image", got "square"'],
  [{ batchSize: 2, binarize: "static" }, 'binarize: "static" needs rng'],
] as [BatchesOptions, string][])("refuses %j before the first batch", (options, message) => {
  expect(() => data.batches(options)).toThrow(message);
});
