import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestRng } from "../test/test-rng.js";
import type { EpochOptions } from "./epoch-options.js";
import { ImageDataset } from "./image-dataset.js";

/** Images of 2x3 pixels of every intensity; the label is the position. */
function dataset(length: number): ImageDataset {
  const images = Uint8Array.from({ length: 6 * length }, (_, i) => (i * 37) % 256);
  const labels = Uint8Array.from({ length }, (_, i) => i);
  return new ImageDataset({ images, labels, imageShape: [2, 3, 1] });
}

/** All of a pass: the pixels of each image and its position. */
function collect(data: ImageDataset, options: EpochOptions) {
  const epoch = data.epoch(options);
  const { batchSize } = options;
  const images = new Float32Array(batchSize * data.imageSize);
  const indices = new Int32Array(batchSize);
  const seen: { index: number; pixels: number[] }[] = [];
  for (;;) {
    const count = epoch.fill({ images, indices });
    if (count === 0) return seen;
    for (let row = 0; row < count; row++) {
      seen.push({
        index: indices[row] as number,
        pixels: [...images.subarray(row * data.imageSize, (row + 1) * data.imageSize)],
      });
    }
  }
}

test("the n-th image of a pass and its pixels don't depend on the batch size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 70 }), (length, batchSize) => {
      const options = { shuffle: true, binarize: "dynamic" } as const;
      const data = dataset(length);
      const one = collect(data, { ...options, batchSize: 1, rng: new TestRng(3) });
      expect(collect(data, { ...options, batchSize, rng: new TestRng(3) })).toEqual(one);
      expect(one.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...data.labels]);
    }),
    { numRuns: 30 },
  );
});

test("without shuffle the images keep their order", () => {
  expect(collect(dataset(5), { batchSize: 2 }).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
});

describe("generators", () => {
  const options = { batchSize: 7, shuffle: true, binarize: "dynamic" } as const;
  const data = dataset(40);

  test("the same seed gives the same pass, another seed another one", () => {
    const pass = collect(data, { ...options, rng: new TestRng(1) });
    expect(collect(data, { ...options, rng: new TestRng(1) })).toEqual(pass);
    expect(collect(data, { ...options, rng: new TestRng(2) })).not.toEqual(pass);
  });

  test("two passes with one generator differ in order and in pixels", () => {
    const rng = new TestRng(1);
    const [first, second] = [collect(data, { ...options, rng }), collect(data, { ...options, rng })];
    const order = (pass: typeof first) => pass.map(({ index }) => index);
    const pixels = (pass: typeof first) => [...pass].sort((a, b) => a.index - b.index).map((image) => image.pixels);
    expect(order(second)).not.toEqual(order(first));
    expect(pixels(second)).not.toEqual(pixels(first));
  });

  test("a pass has the same draws whatever other forks draw, and however many images earlier passes had", () => {
    const expected = new TestRng(1);
    collect(data, { ...options, rng: expected });
    const second = collect(data, { ...options, rng: expected });

    const rng = new TestRng(1);
    rng.fork("noise").bits(new Uint32Array(1000));
    collect(data.slice(0, 3), { ...options, shuffle: false, rng });
    rng.fork("noise").bits(new Uint32Array(10));
    expect(collect(data, { ...options, rng })).toEqual(second);
  });

  test("the order is the same for any binarization", () => {
    const orders = (["dynamic", "static", "threshold", false] as const).map((binarize) =>
      collect(data, { ...options, binarize, rng: new TestRng(1) }).map(({ index }) => index),
    );
    for (const order of orders) expect(order).toEqual(orders[0]);
  });

  test("nothing is drawn where nothing is random", () => {
    const rng = new TestRng(1);
    rng.bits = () => {
      throw new Error("drawn");
    };
    expect(collect(data, { batchSize: 7, binarize: "threshold", rng }).length).toBe(40);
  });
});

describe("static binarization", () => {
  const data = dataset(40);
  const pass = (rng: TestRng, from = data) => collect(from, { batchSize: 8, binarize: "static", rng });

  test("is one draw, kept over passes and over forks of one generator", () => {
    const rng = new TestRng(1);
    const first = pass(rng);
    expect(pass(rng)).toEqual(first);
    expect(pass(rng.fork("epoch 2"))).toEqual(first);
  });

  test("is the same for the same seed elsewhere, and another one for another seed", () => {
    const first = pass(new TestRng(1));
    expect(pass(new TestRng(1), dataset(40))).toEqual(first);
    expect(pass(new TestRng(2))).not.toEqual(first);
  });

  test("draws with the probabilities of the pixels", () => {
    const { pixels } = { pixels: pass(new TestRng(1)).flatMap((image) => image.pixels) };
    expect(new Set(pixels)).toEqual(new Set([0, 1]));
    const probabilities = Array.from(data.images, (pixel) => pixel / 255);
    const mean = probabilities.reduce((a, b) => a + b);
    const variance = probabilities.reduce((sum, p) => sum + p * (1 - p), 0);
    expect(Math.abs(pixels.reduce((a, b) => a + b) - mean)).toBeLessThan(4 * Math.sqrt(variance));
  });

  test("binarized() gives a data set that no binarization changes", () => {
    const fixed = data.binarized(new TestRng(1));
    expect([...new Set(fixed.images)].sort((a, b) => a - b)).toEqual([0, 255]);
    expect(collect(fixed, { batchSize: 3 })).toEqual(pass(new TestRng(1)));
    expect(collect(fixed, { batchSize: 3, binarize: "dynamic", rng: new TestRng(5) })).toEqual(pass(new TestRng(1)));
  });
});

describe("the last batch", () => {
  test("is short, and the rest of the memory tells so", () => {
    const epoch = dataset(5).epoch({ batchSize: 3 });
    const images = new Float32Array(3 * 6 + 1).fill(7);
    const labels = new Int32Array(4).fill(7);
    const mask = new Float32Array(4).fill(7);
    const indices = new Int32Array(4).fill(7);
    expect([epoch.batchCount, epoch.length]).toEqual([2, 5]);
    expect(epoch.fill({ images, labels, mask, indices })).toBe(3);
    expect([...mask]).toEqual([1, 1, 1, 7]);
    expect(epoch.fill({ images, labels, mask, indices })).toBe(2);
    expect([...labels]).toEqual([3, 4, -1, 7]);
    expect([...mask]).toEqual([1, 1, 0, 7]);
    expect([...indices]).toEqual([3, 4, -1, 7]);
    expect([...images.subarray(12)]).toEqual([0, 0, 0, 0, 0, 0, 7]);
    expect(epoch.position).toBe(5);
    expect(epoch.fill({ images })).toBe(0);
    expect(images[0]).toBe(Math.fround(((18 * 37) % 256) / 255));
  });

  test("can be dropped", () => {
    const epoch = dataset(5).epoch({ batchSize: 3, dropRemainder: true });
    expect([epoch.batchCount, epoch.length]).toEqual([1, 3]);
    expect(epoch.fill({ images: new Float32Array(18) })).toBe(3);
    expect(epoch.fill({ images: new Float32Array(18) })).toBe(0);
  });
});

test.each([
  [{ batchSize: 0 }, "ImageDataset.epoch: batchSize must be an integer >= 1, got 0"],
  [{ batchSize: 2.5 }, "batchSize must be an integer >= 1, got 2.5"],
  [{ batchSize: 6, dropRemainder: true }, "batchSize must be at most 5, the number of images"],
  [{ batchSize: 2, shuffle: true }, "shuffle: true needs rng, got none"],
  [{ batchSize: 2, binarize: "dynamic" }, 'binarize: "dynamic" needs rng, got none'],
  [{ batchSize: 2, binarize: true as unknown as false }, "binarize must be"],
] as [EpochOptions, string][])("refuses %j", (options, message) => {
  expect(() => dataset(5).epoch(options)).toThrow(message);
});

test("rejects memory that is too short", () => {
  const epoch = dataset(5).epoch({ batchSize: 2 });
  expect(() => epoch.fill({ images: new Float32Array(11) })).toThrow(
    "Epoch.fill: images needs at least 12 elements, got 11",
  );
  expect(() => epoch.fill({ images: new Float32Array(12), labels: new Int32Array(1) })).toThrow(
    "labels needs at least 2",
  );
});
