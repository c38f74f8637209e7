import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folderOf, plain } from "../../test/picture-folder.js";
import { temporaryFolder } from "../../test/temporary-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
import { DatasetError } from "../dataset-error.js";
import { loadOmniglot, type OmniglotOptions } from "./omniglot.js";

describe("loadOmniglot", () => {
  test("characters are classes across alphabets, ink is 255 on 0, each split from its archive", async () => {
    // More classes than a byte counts.
    const drawing = (alphabet: string, character: number, drawer: number) =>
      `images_background/${alphabet}/character${String(character).padStart(3, "0")}/0001_${drawer}.png`;
    const white = await plain(105, 105, "#ffffff");
    const black = await plain(105, 105, "#000000");
    const entries = Array.from({ length: 300 }, (_, i) => ({ name: drawing("Greek", i, 1), bytes: white }));
    const dir = await folderOf({
      "images_background.zip": zipBytes([...entries, { name: drawing("Arcadian", 1, 2), bytes: black }]),
      "images_evaluation/Tibetan/character01/0965_01.png": white,
    });
    const options = { dir, cacheDir: await temporaryFolder(), workers: 0, verify: false };
    const train = await loadOmniglot({ split: "train", ...options });
    expect([train.length, train.imageShape, train.classNames.length]).toEqual([301, [28, 28, 1], 301]);
    expect([train.classNames[0], train.labels[0], train.labels[300]]).toEqual(["Arcadian/character001", 0, 300]);
    expect([train.images[0], train.images[784]]).toEqual([255, 0]);
    const test = await loadOmniglot({ split: "test", size: 20, ...options });
    expect([test.name, test.length, test.imageShape]).toEqual(["omniglot/test", 1, [20, 20, 1]]);
  });

  test("all drawings must be there, unless other data are wanted", async () => {
    const white = await plain(105, 105, "#ffffff");
    const dir = await folderOf({ "images_evaluation/Tibetan/character01/0965_01.png": white });
    await expect(
      loadOmniglot({ split: "test", dir, cacheDir: await temporaryFolder(), workers: 0 }),
    ).rejects.toMatchObject({
      reason: "truncated",
      message: expect.stringMatching(/expected 13180 drawings of 659 characters, found 1 of 1; .*verify: false/),
    });
  });

  test("a character without drawings is rejected: the numbers of the following ones would change", async () => {
    const white = await plain(105, 105, "#ffffff");
    const dir = await folderOf({
      "images_evaluation/Tibetan/character01/0965_01.png": white,
      "images_evaluation/Tibetan/character02/readme.txt": white,
      "images_evaluation/Tibetan/character03/0967_01.png": white,
    });
    const options = { dir, cacheDir: await temporaryFolder(), workers: 0, verify: false };
    await expect(loadOmniglot({ split: "test", ...options })).rejects.toMatchObject({
      reason: "empty-class",
      message: expect.stringContaining("found none in Tibetan/character02"),
    });
  });

  test("says where the archives are, and which splits", async () => {
    const dir = await temporaryFolder();
    const options = { dir, cacheDir: dir, workers: 0 };
    await expect(loadOmniglot({ split: "test", ...options })).rejects.toThrow(
      /images_evaluation\.zip: expected .*github\.com\/brendenlake\/omniglot/,
    );
    await expect(loadOmniglot({ split: "validation" as "test", ...options })).rejects.toThrow(
      'loadOmniglot: split must be "train" or "test", got "validation"',
    );
    const flat = await folderOf({ "images_background/x.png": await plain(2, 2, "#000000") });
    await expect(loadOmniglot({ split: "train", ...options, dir: flat })).rejects.toMatchObject({
      reason: "wrong-shape",
    });
  });
});

describe("Burda's split, from a file of scipy's", () => {
  const reference = (name: string) => fileURLToPath(new URL(`../../test/reference/${name}`, import.meta.url));

  async function burda(bytes: Uint8Array, options: Partial<OmniglotOptions> = {}) {
    const dir = await folderOf({ "chardata.mat": bytes });
    return loadOmniglot({ split: "train", partition: "burda", dir, verify: false, ...options });
  }

  /** What generate_chardata.py puts into the file, as the nearest byte. */
  const pixel = (image: number, row: number, column: number) => {
    const position = column * 28 + row;
    return (row + 2 * column + 3 * image) % 11 === 0 ? Math.round((255 * ((position % 97) + image)) / 103) : 0;
  };
  const expectPixels = (images: Uint8Array, first: number) => {
    for (let i = 0; i < images.length; i++) {
      const [image, row, column] = [Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
      expect(images[i], `image ${image}, row ${row}, column ${column}`).toBe(pixel(first + image, row, column));
    }
  };

  test("images stand upright, and characters are numbered over both parts", async () => {
    const bytes = await readFile(reference("chardata.mat"));
    const train = await burda(bytes);
    expect([train.name, train.length, train.imageShape]).toEqual(["omniglot-burda/train", 5, [28, 28, 1]]);
    expectPixels(train.images, 0);
    expect(train.classNames).toEqual(
      ["1/character 2", "1/character 12", "2/character 1", "2/character 2", "3/character 1", "3/character 3"].map(
        (name) => `alphabet ${name}`,
      ),
    );
    expect([...train.labels]).toEqual([4, 1, 5, 2, 0]);
    const test = await burda(bytes, { split: "test" });
    expect([test.name, test.length, test.classNames]).toEqual(["omniglot-burda/test", 3, train.classNames]);
    expectPixels(test.images, 5);
    expect([...test.labels]).toEqual([3, 1, 4]);
  });

  test("single precision and bytes, not packed, without labels", async () => {
    const bytes = await readFile(reference("chardata-plain.mat"));
    const train = await burda(bytes);
    expect([train.length, train.classNames, [...train.labels]]).toEqual([2, [], [0, 0]]);
    expectPixels(train.images, 0);
    expect([...new Set((await burda(bytes, { split: "test" })).images)]).toEqual([0]);
  });

  test("must be the published file, byte for byte", async () => {
    const bytes = await readFile(reference("chardata.mat"));
    await expect(burda(bytes, { verify: true })).rejects.toMatchObject({
      reason: "wrong-hash",
      // git hash-object test/reference/chardata.mat
      message: expect.stringMatching(
        /expected git's SHA-1 016a3536\w+ of the published file, found 17d777319199e1fe26cd3f79f3eec2a9220e96f6; pass verify: false/,
      ),
    });
  });

  test("is compared with its hash before anything is unpacked", async () => {
    const plainFile = await readFile(reference("chardata-plain.mat"));
    // Damaged packed bytes that nobody gets to see.
    const broken = Buffer.concat([
      plainFile.subarray(0, 128),
      Buffer.from("0f000000ff000000", "hex"),
      Buffer.alloc(255),
    ]);
    await expect(burda(broken, { verify: true })).rejects.toMatchObject({ reason: "wrong-hash" });
    await expect(burda(broken)).rejects.toMatchObject({ reason: "bad-mat" });
    await expect(burda(Buffer.from("<html>".repeat(40)), { verify: true })).rejects.toMatchObject({
      reason: "bad-mat",
    });
  });

  test.each<[string, (bytes: Buffer) => Uint8Array, string, RegExp]>([
    ["a page", () => Buffer.from("<html>".repeat(40)), "bad-mat", /a header that begins "<html><html><html><h"/],
    ["nothing", () => new Uint8Array(), "bad-mat", /0 bytes, too few for a header/],
    [
      "version 7.3",
      (bytes) => edited(bytes, (b) => b.writeUInt16LE(0x0200, 124)),
      "bad-mat",
      /a header that begins "MATLAB 5\.0/,
    ],
    ["other byte order", (bytes) => edited(bytes, (b) => b.write("MI", 126)), "bad-mat", /a header that begins/],
    [
      "a header alone",
      (bytes) => bytes.subarray(0, 128),
      "wrong-shape",
      /a matrix 'data' of 784 rows, found only others/,
    ],
    ["half of it", (bytes) => bytes.subarray(0, bytes.length >> 1), "bad-mat", /past the end/],
  ])("refuses %s", async (_, change, reason, message) => {
    const bytes = await readFile(reference("chardata.mat"));
    await expect(burda(change(bytes))).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test("rejects transposed images", async () => {
    await expect(burda(await readFile(reference("chardata-transposed.mat")))).rejects.toMatchObject({
      reason: "wrong-shape",
      message: expect.stringMatching(/^loadOmniglot: .*a matrix 'data' of 784 rows, found shape \[5,784\]/),
    });
  });

  test("rejects numbers that aren't intensities, and files that unpack to gigabytes", async () => {
    const plainFile = await readFile(reference("chardata-plain.mat"));
    const at = plainFile.indexOf(Buffer.from(Float32Array.of(Math.fround(22 / 103)).buffer));
    const tooBright = edited(plainFile, (b) => b.writeFloatLE(1.5, at));
    await expect(burda(tooBright)).rejects.toMatchObject({
      reason: "bad-mat",
      message: expect.stringContaining("intensities from 0 to 1 in 'data', found 1.5"),
    });
    const bomb = deflateSync(Buffer.alloc(2 ** 28 + 8));
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(bomb.length, 4);
    await expect(burda(Buffer.concat([plainFile.subarray(0, 128), tag, bomb]))).rejects.toMatchObject({
      reason: "too-large",
      message: expect.stringContaining("at most 268435456 unpacked bytes"),
    });
  });

  test("whatever byte is changed or where it is cut: images of that shape, or a DatasetError", async () => {
    for (const name of ["chardata.mat", "chardata-plain.mat"]) {
      const whole = await readFile(reference(name));
      const dir = await folderOf({});
      const options = { split: "train", partition: "burda", dir, verify: false } as const;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(whole.length - 1),
          fc.integer({ min: 1, max: 255 }),
          fc.boolean(),
          async (at, change, cuts) => {
            const bytes = cuts
              ? whole.subarray(0, at)
              : edited(whole, (b) => b.writeUInt8((b[at] as number) ^ change, at));
            await writeFile(join(dir, "chardata.mat"), bytes);
            const loaded = await loadOmniglot(options).catch((error: unknown) => error);
            if (!(loaded instanceof DatasetError)) expect(loaded).toMatchObject({ imageShape: [28, 28, 1] });
          },
        ),
        { numRuns: 200, seed: 1 },
      );
    }
  });

  test("invalid options, and a missing file", async () => {
    const dir = await temporaryFolder();
    const load = (options: object) => loadOmniglot({ split: "train", partition: "burda", dir, ...options });
    await expect(load({})).rejects.toThrow(
      /chardata\.mat: expected a file, found nothing; download it from .*yburda\/iwae/,
    );
    await expect(load({ size: 32 })).rejects.toThrow(
      'loadOmniglot: size must be 28 for the partition "burda" (then .resized(..)), got 32',
    );
    await expect(load({ partition: "burdas" })).rejects.toThrow(
      'loadOmniglot: partition must be "alphabets" or "burda", got "burdas"',
    );
  });
});

function edited(bytes: Buffer, edit: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  edit(copy);
  return copy;
}
