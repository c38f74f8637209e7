import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { loadData } from "./load-data.js";

// One grey pixel, as PNG.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);
const folders: string[] = [];

async function folderOf(names: readonly string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "igr-load-data-"));
  folders.push(dir);
  for (const name of names) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), PNG);
  }
  vi.stubEnv("IGR_DATASETS_CACHE", join(dir, "cache"));
  return dir;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

function load(dir: string) {
  const data = { name: "folder", dir, size: 8, validation: 0, binarize: false } as const;
  return loadData(resolveConfiguration({ data }));
}

test("pictures of the test set have the labels of the training set, even if the test set lacks a class", async () => {
  const dir = await folderOf([
    "train/cat/1.png",
    "train/cow/1.png",
    "train/dog/1.png",
    "test/cat/1.png",
    "test/dog/1.png",
  ]);
  const { training, test: testing } = await load(dir);
  expect([[...training.labels], [...testing.labels]]).toEqual([
    [0, 1, 2],
    [0, 2],
  ]);
  expect(testing.classNames).toEqual(training.classNames);
});

test("rejects a class of the test set that the training set lacks", async () => {
  const dir = await folderOf(["train/cat/1.png", "test/cat/1.png", "test/emu/1.png"]);
  await expect(load(dir)).rejects.toThrow(/classNames must have every folder of .*test, got none called "emu"/);
});
