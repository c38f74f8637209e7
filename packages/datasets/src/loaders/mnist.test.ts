import { readdirSync, readFileSync } from "node:fs";
import * as fashionFiles from "@igr/data-fashion-mnist";
import * as mnistFiles from "@igr/data-mnist";
import { afterEach, describe, expect, test, vi } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { folderOf } from "../../test/picture-folder.js";
import { serve, startServer } from "../../test/server.js";
import { filesBelow, temporaryFolder } from "../../test/temporary-folder.js";
import { TestRng } from "../../test/test-rng.js";
import type { ImageDataset } from "../image-dataset.js";
import { loadFashionMnist } from "./fashion-mnist.js";
import { loadMnist } from "./mnist.js";

function histogram({ labels }: ImageDataset): number[] {
  const counts = Array(10).fill(0);
  for (const label of labels) counts[label] += 1;
  return counts;
}

function meanAndDeviation({ images }: ImageDataset): [number, number] {
  const counts = Array(256).fill(0);
  for (let i = 0; i < images.length; i++) counts[images[i] as number] += 1;
  const sum = counts.reduce((total, count, pixel) => total + count * pixel, 0);
  const squares = counts.reduce((total, count, pixel) => total + count * pixel ** 2, 0);
  const mean = sum / images.length;
  return [mean / 255, Math.sqrt(squares / images.length - mean * mean) / 255];
}

// Mean and deviation as torchvision's examples normalize by; label counts as published.
describe.each([
  ["MNIST", loadMnist, "train", 60_000, [0.1307, 0.3081], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]],
  ["MNIST", loadMnist, "test", 10_000, [0.1325, 0.3105], [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]],
  ["Fashion-MNIST", loadFashionMnist, "train", 60_000, [0.286, 0.353], Array(10).fill(6000)],
  ["Fashion-MNIST", loadFashionMnist, "test", 10_000, [0.2868, 0.3524], Array(10).fill(1000)],
] as const)("%s, %o, %s", (_, load, split, length, [mean, deviation], counts) => {
  test("has the published number of images, labels and intensities", async () => {
    const dataset = await load({ split });
    expect([dataset.length, dataset.imageShape, dataset.imageSize]).toEqual([length, [28, 28, 1], 784]);
    expect(dataset.classNames.length).toBe(10);
    expect(histogram(dataset)).toEqual(counts);
    const [foundMean, foundDeviation] = meanAndDeviation(dataset);
    expect(foundMean).toBeCloseTo(mean, 4);
    expect(foundDeviation).toBeCloseTo(deviation, 4);
  });
});

test("dynamic binarization keeps the mean of MNIST's test images within 4 standard errors", async () => {
  const dataset = await loadMnist({ split: "test" });
  const images = new Float32Array(100 * 784);
  const epoch = dataset.epoch({ batchSize: 100, binarize: "dynamic", rng: new TestRng("mnist") });
  let ones = 0;
  while (epoch.fill({ images }) > 0) for (const pixel of images) ones += pixel;
  let expected = 0;
  let variance = 0;
  for (const pixel of dataset.images) {
    expected += pixel / 255;
    variance += (pixel / 255) * (1 - pixel / 255);
  }
  expect(Math.abs(ones - expected)).toBeLessThan(4 * Math.sqrt(variance));
});

test("the real files download, and one data set's file is not accepted for the other", async () => {
  const paths: Record<string, URL> = {
    "/mnist/t10k-images-idx3-ubyte.gz": mnistFiles.testImages.url,
    "/mnist/t10k-labels-idx1-ubyte.gz": mnistFiles.testLabels.url,
    "/fashion/t10k-images-idx3-ubyte.gz": fashionFiles.testImages.url,
    "/fashion/t10k-labels-idx1-ubyte.gz": fashionFiles.testLabels.url,
  };
  const { url, requests } = await startServer((request, response) => {
    const body = readFileSync(paths[request.url ?? ""] as URL);
    serve(request, response, body, requests.length < 3 ? { cutAfter: 3000 } : {});
  });
  const dir = await temporaryFolder();
  const options = { allowInsecureLoopback: true, retryDelay: 1 };
  await loadMnist({ split: "test", dir, download: { ...options, baseUrl: `${url}mnist` } });
  expect(await filesBelow(dir)).toEqual(["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]);
  expect((await loadMnist({ split: "test", dir })).length).toBe(10_000);
  await expect(loadFashionMnist({ split: "test", dir })).rejects.toMatchObject({ reason: "wrong-hash" });
});

describe("without the data package", () => {
  afterEach(() => {
    vi.doUnmock("@igr/data-mnist");
    vi.resetModules();
  });

  test("the error says what to install", async () => {
    vi.resetModules();
    vi.doMock("@igr/data-mnist", () => {
      throw new Error("Cannot find package");
    });
    const { loadMnist: load } = await import("./mnist.js");
    await expect(load({ split: "test" })).rejects.toThrow(
      /^loadMnist: @igr\/data-mnist: expected the package with the data, found .*; install @igr\/data-mnist, or pass dir/,
    );
  });
});

test("no source file that browsers get imports a module of Node, so that bundlers take them", () => {
  const folder = new URL("../", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    // Bundlers for browsers take in-browser.ts in the place of this folder (package.json, imports).
    .filter((name) => !name.startsWith("conversion/") || name === "conversion/in-browser.ts");
  expect(sources).toContain("files/folder.ts");
  for (const name of sources) {
    const text = readFileSync(new URL(name, folder), "utf8");
    expect(text, name).not.toMatch(/^(import|export) .*from "node:|await import\("node:/m);
    expect(text, name).not.toMatch(/^(import|export) (?!type ).*from "\.\.?\/conversion\//m);
  }
});

test("of other data in the same format, labels above 9 have no names", async () => {
  const load = async (labels: number[]) => {
    const dir = await folderOf({
      "t10k-images-idx3-ubyte": idxBytes([2, 28, 28], new Uint8Array(2 * 784)),
      "t10k-labels-idx1-ubyte": idxBytes([2], labels),
    });
    return loadMnist({ split: "test", dir, verify: false });
  };
  expect((await load([3, 9])).classNames).toEqual([..."0123456789"]);
  const letters = await load([3, 10]);
  expect([[...letters.labels], letters.classNames]).toEqual([[3, 10], []]);
});
