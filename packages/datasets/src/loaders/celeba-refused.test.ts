import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faceEntries, faceName, type writeCelebA } from "../../test/celeba-files.js";
import { celebA } from "../../test/celeba-loader.js";
import { jpegBytes } from "../../test/pictures.js";
import { filesBelow } from "../../test/temporary-folder.js";

const zipOf = (dir: string) => join(dir, "img_align_celeba.zip");

describe("rejected, naming the cause:", () => {
  const other = (i: number, change: object) => faceEntries(5).map((e, at) => (at === i ? { ...e, ...change } : e));
  const face = (i: number) => `img_align_celeba/${faceName(i)}`;

  test.each<[string, Parameters<typeof writeCelebA>[2], string, RegExp]>([
    ["an entry that is not an image", other(2, { bytes: Buffer.from("<html>") }), "not-an-image", /000002\.jpg/],
    ["half an image", other(3, { bytes: jpegBytes(178, 218, 3).slice(0, 1500) }), "not-an-image", /000003\.jpg/],
    ["a smaller image", other(1, { bytes: jpegBytes(100, 218, 1) }), "wrong-shape", /178x178.*found 218x100/],
    ["a wrong CRC", other(4, { crc32: 5 }), "wrong-crc", /000004\.jpg: expected CRC-32 00000005/],
    ["a face that the list lacks", other(5, { name: face(6) }), "bad-list", /0, 1 or 2 for 000006\.jpg.*no row/],
    ["a face that the archive lacks", faceEntries(4), "truncated", /5 pictures.*found 4, without 000005\.jpg/],
    ["one name in two folders", other(5, { name: `x/${faceName(1)}` }), "duplicate-name", /two of 000001\.jpg/],
    ["an archive without pictures", [], "not-found", /expected pictures, found none/],
  ])("%s", async (_, entries, reason, message) => {
    const { load, cacheDir } = await celebA(5, entries);
    await expect(load()).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
    // Nothing half-written can be taken for converted images.
    if (!["bad-list", "truncated", "duplicate-name"].includes(reason)) {
      expect((await filesBelow(cacheDir)).filter((name) => /\.(json|idx4-ubyte|lock)$/.test(name))).toEqual([]);
    }
  });

  test("missing files, with where to get them", async () => {
    const { load, dir } = await celebA(2);
    await rm(zipOf(dir));
    await expect(load()).rejects.toThrow(/img_align_celeba\.zip: expected .*mmlab\.ie\.cuhk\.edu\.hk/);
    await rm(join(dir, "list_eval_partition.txt"));
    await expect(load()).rejects.toThrow(/list_eval_partition\.txt or list_eval_partition\.csv, found neither/);
  });

  test.each<[string, string, RegExp]>([
    ["words for numbers", "000001.jpg train\n", /partition\.txt:1: expected a name and integers/],
    ["a name twice", "000001.jpg 0\n000001.jpg 1\n", /partition\.txt:2: expected each name once, found 000001\.jpg/],
    ["a part that isn't one", "000001.jpg 0\n000002.jpg 3\n", /0, 1 or 2 for 000002\.jpg.*found 3/],
    ["a page", "<html>\n<p>x</p>\n", /expected/],
    [
      "a line that is cut",
      "image_id,a,b\n000001.jpg,1,0\n000002.jpg,1\n",
      /partition\.txt:3: expected a name and integers/,
    ],
  ])("a partition with %s", async (_, text, message) => {
    const { load, dir } = await celebA(2);
    await writeFile(join(dir, "list_eval_partition.txt"), text);
    await expect(load()).rejects.toMatchObject({ reason: "bad-list", message: expect.stringMatching(message) });
  });

  test("invalid options", async () => {
    const { load } = await celebA(2);
    await expect(load({ split: "valid" as "test" })).rejects.toThrow(
      'loadCelebA: split must be "train", "validation" or "test", got "valid"',
    );
    await expect(load({ crop: 0 })).rejects.toThrow("loadCelebA: crop must be an integer >= 1, got 0");
    await expect(load({ workers: -1 })).rejects.toThrow("loadCelebA: workers must be an integer >= 0, got -1");
  });

  test("a cache that can't be written", async () => {
    const { load, dir } = await celebA(2);
    const cacheDir = join(dir, "list_eval_partition.txt");
    await expect(load({ cacheDir })).rejects.toThrow(/expected a folder that can be written.*pass another folder/);
  });
});
