import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, expect, test, vi } from "vitest";
import type { RunConfiguration } from "./configuration.js";
import { loadDataset } from "./load-dataset.js";

const folder = mkdtempSync(join(tmpdir(), "igr-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

const loaded = async (configuration: Partial<RunConfiguration>) => {
  const { training, test } = await loadDataset(configuration as RunConfiguration, {});
  return [training, test].map(({ name, length, imageShape }) => [name, length, imageShape]);
};

test("digits are padded for convolutional networks alone, and as many as asked for", async () => {
  const some = { dataset: "mnist", trainImages: 10, testImages: 5 } as const;
  expect(await loaded(some)).toEqual([
    ["mnist/train", 10, [28, 28, 1]],
    ["mnist/test", 5, [28, 28, 1]],
  ]);
  const padded = await loaded({ ...some, dataset: "fashion-mnist", architecture: "convolutional" });
  expect(padded[0]).toEqual(["fashion-mnist/train", 10, [32, 32, 1]]);
});

test("faces are converted to what the networks take", async () => {
  for (const name of ["XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"]) vi.stubEnv(name, folder);
  mkdirSync(join(folder, "img_align_celeba"));
  for (const n of [1, 2, 3]) {
    const picture = { width: 178, height: 218, channels: 3, data: new Uint8Array(178 * 218 * 3).fill(n) };
    writeFileSync(join(folder, "img_align_celeba", `${n}.png`), encode(picture));
  }
  writeFileSync(join(folder, "list_eval_partition.txt"), "1.png 0\n2.png 0\n3.png 2\n");
  expect(await loaded({ dataset: "celeba", dataDir: folder, architecture: "convolutional" })).toEqual([
    ["celeba/train", 2, [64, 64, 3]],
    ["celeba/test", 1, [64, 64, 3]],
  ]);
});
