import { execFileSync } from "node:child_process";
import { readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { folderOf, plain } from "../../test/picture-folder.js";
import { jpegBytes } from "../../test/pictures.js";
import { filesBelow, temporaryFolder } from "../../test/temporary-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
import { ImageDataset } from "../image-dataset.js";
import { loadImageFolder } from "./image-folder.js";

const workers = 0;

describe("loadImageFolder", () => {
  test("folders are classes in the order of their names, and pictures of any kind and size fit", async () => {
    const dir = await folderOf({
      "dog/2.png": await plain(5, 9, "#0a141e"),
      "cat/deep/b.webp": await plain(7, 7, "#ff0000"),
      "cat/a.JPG": jpegBytes(30, 20, 1),
      "cat/.hidden.png": Uint8Array.of(1),
      "notes.txt": Uint8Array.of(1),
    });
    const cacheDir = await temporaryFolder();
    const pets = await loadImageFolder({ dir, size: [4, 6], cacheDir, workers });
    expect([pets.length, pets.imageShape, pets.classNames]).toEqual([3, [4, 6, 3], ["cat", "dog"]]);
    expect([...pets.labels]).toEqual([0, 0, 1]);
    const pixel = (image: number) => [...pets.images.subarray(image * 72, image * 72 + 3)];
    expect([pixel(1), pixel(2)]).toEqual([
      [255, 0, 0],
      [10, 20, 30],
    ]);

    // A new file is seen; grey as Pillow has it: (10 * 19595 + 20 * 38470 + 30 * 7471 + 32768) >> 16 = 18.
    await writeFile(join(dir, "dog/3.png"), await plain(2, 2, "#0a141e"));
    expect((await loadImageFolder({ dir, size: [4, 6], cacheDir, workers })).length).toBe(4);
    const grey = await loadImageFolder({ dir, size: 1, channels: 1, invert: true, cacheDir, workers });
    expect([...grey.images.subarray(1)]).toEqual([255 - 76, 255 - 18, 255 - 18]);
  });

  test("without folders there are no classes, and a zip file serves as a folder does", async () => {
    const dir = await folderOf({
      "pictures.zip": zipBytes([{ name: "x.png", bytes: await plain(3, 3, "#ffffff") }]),
    });
    const options = { size: 2, cacheDir: await temporaryFolder(), workers };
    const one = await loadImageFolder({ dir: join(dir, "pictures.zip"), ...options });
    expect([one.length, one.classNames, [...one.labels]]).toEqual([1, [], [0]]);
    expect([...one.images]).toEqual(new Array(12).fill(255));
  });

  test("names of an archive may begin with ./, and a link to a pipe is left out", async () => {
    const png = await plain(3, 3, "#ffffff");
    const dir = await folderOf({
      "pictures.zip": zipBytes(["./dog/x.png", "./cat/y.png"].map((name) => ({ name, bytes: png }))),
      "pictures/cat/x.png": png,
    });
    const options = { size: 2, cacheDir: await temporaryFolder(), workers };
    const pets = await loadImageFolder({ dir: join(dir, "pictures.zip"), ...options });
    expect(pets.classNames).toEqual(["cat", "dog"]);
    if (process.platform === "win32") return;
    execFileSync("mkfifo", [join(dir, "pictures/cat/y.png")]);
    await symlink(join(dir, "pictures/cat/y.png"), join(dir, "pictures/cat/z.png"));
    expect((await loadImageFolder({ dir: join(dir, "pictures"), ...options })).length).toBe(1);
  });

  test("another picture of the same length in an archive is noticed by its checksum", async () => {
    const [first, second] = [await plain(3, 3, "#bbbbbb"), await plain(3, 3, "#aaaaaa")];
    expect(first.length).toBe(second.length);
    const dir = await folderOf({ "pictures.zip": zipBytes([{ name: "x.png", bytes: first, stored: true }]) });
    const archive = join(dir, "pictures.zip");
    const load = async () => loadImageFolder({ dir: archive, size: 1, channels: 1, cacheDir: dir, workers });
    expect([...(await load()).images]).toEqual([0xbb]);
    await writeFile(archive, zipBytes([{ name: "x.png", bytes: second, stored: true }]));
    await utimes(archive, 1, 1);
    expect([...(await load()).images]).toEqual([0xaa]);
  });

  test("the crop is the largest square, a part of a given size, or none", async () => {
    // Left half black, right half white.
    const halves = await sharp(Buffer.from([...new Array(8)].map((_, i) => (i % 4 < 2 ? 0 : 255))), {
      raw: { width: 4, height: 2, channels: 1 },
    })
      .png()
      .toBuffer();
    const dir = await folderOf({ "x.png": halves });
    const load = async (crop: Parameters<typeof loadImageFolder>[0]["crop"]) =>
      loadImageFolder({ dir, size: [1, 2], channels: 1, crop, cacheDir: await temporaryFolder(), workers });
    expect([...(await load("square")).images]).toEqual([0, 255]);
    expect([...(await load([1, 2])).images]).toEqual([0, 255]);
    // Where the margin is odd, its smaller half lies above and to the left.
    const grid = await sharp(
      Uint8Array.from({ length: 16 }, (_, i) => i),
      { raw: { width: 4, height: 4, channels: 1 } },
    )
      .png()
      .toBuffer();
    const odd = await loadImageFolder({
      ...{ dir: await folderOf({ "x.png": grid }), size: 1, channels: 1, crop: 1, workers },
      cacheDir: await temporaryFolder(),
    });
    expect([...odd.images]).toEqual([4 + 1]);
    // Each of two pixels is as far from the middle as the triangle is wide: 1/8 of its weight lies beyond.
    expect([...(await load("none")).images]).toEqual([36, 219]);
    await expect(load(3)).rejects.toThrow(
      "expected at least 3x3 pixels (height x width), which are cut from the middle",
    );
    await expect(load("round" as "none")).rejects.toThrow(
      'loadImageFolder: crop must be "square", "none", a side or [height, width], got "round"',
    );
  });

  test("says what is wrong with a folder", async () => {
    const cacheDir = await temporaryFolder();
    const load = (dir: string) => loadImageFolder({ dir, size: 2, cacheDir, workers });
    await expect(load("/no/such/folder")).rejects.toMatchObject({ reason: "not-found" });
    await expect(load(await folderOf({}))).rejects.toMatchObject({ reason: "not-found" });
    await expect(load(await folderOf({ "a/x.png": Uint8Array.of(1) }))).rejects.toMatchObject({
      reason: "not-an-image",
      message: expect.stringContaining("a/x.png"),
    });
    const png = await plain(2, 2, "#000000");
    await expect(load(await folderOf({ "a/x.png": png, "y.png": png }))).rejects.toThrow(
      "expected one folder per class, or no folders, found y.png beside folders",
    );
    await expect(loadImageFolder({ dir: cacheDir, size: 2, channels: 2 as 1 })).rejects.toThrow(
      "loadImageFolder: channels must be 1 or 3, got 2",
    );
  });
});

describe("classes come from folders:", () => {
  const png = () => plain(2, 2, "#ff0000");
  const load = async (dir: string, options: object = {}) =>
    loadImageFolder({ dir, size: 1, cacheDir: await temporaryFolder(), workers, ...options });

  test("a folder without pictures is rejected before any conversion, since the next class would get its label", async () => {
    const cacheDir = await temporaryFolder();
    const dir = await folderOf({
      "cat/x.png": await png(),
      "cow/x.bmp": Uint8Array.of(1),
      "dog/x.png": Uint8Array.of(1),
    });
    const error = {
      reason: "empty-class",
      message: expect.stringMatching(/in the folder of each class, found none in cow; remove/),
    };
    await expect(load(dir, { cacheDir })).rejects.toMatchObject(error);
    expect(await filesBelow(cacheDir)).toEqual([]);
    const entries = [
      { name: "cat/x.png", bytes: await png() },
      { name: "cow/", bytes: new Uint8Array(), stored: true },
    ];
    await writeFile(join(dir, "pets.zip"), zipBytes(entries));
    await expect(load(join(dir, "pets.zip"))).rejects.toMatchObject(error);
  });

  test("a class of only unreadable pictures is rejected, and the error names one", async () => {
    const dir = await folderOf({ "cat/x.png": await png(), "cow/x.png": new Uint8Array(), "dog/x.png": await png() });
    await expect(load(dir)).rejects.toMatchObject({
      reason: "not-an-image",
      message: expect.stringMatching(/cow\/x\.png: expected .* found no bytes/),
    });
  });

  test("a folder that was emptied after the conversion is noticed", async () => {
    const dir = await folderOf({ "cat/x.png": await png(), "dog/x.png": await png() });
    const cacheDir = await temporaryFolder();
    expect((await load(dir, { cacheDir })).classNames).toEqual(["cat", "dog"]);
    await rm(join(dir, "cat/x.png"));
    await expect(load(dir, { cacheDir })).rejects.toMatchObject({ reason: "empty-class" });
  });

  test("classNames of the training set number the classes of a test set that lacks some", async () => {
    const train = await load(
      await folderOf({ "cat/x.png": await png(), "cow/x.png": await png(), "dog/x.png": await png() }),
    );
    const dir = await folderOf({ "dog/x.png": await png(), "cat/readme.txt": Uint8Array.of(1) });
    const { labels, classNames } = await load(dir, { classNames: train.classNames });
    expect([[...labels], classNames]).toEqual([[2], ["cat", "cow", "dog"]]);
    await expect(load(dir, { classNames: ["dog", "cow"] })).rejects.toThrow(
      `loadImageFolder: classNames must have every folder of ${dir}, got none called "cat"`,
    );
    await expect(load(dir, { classNames: ["dog", "cat", "dog"] })).rejects.toThrow(
      'loadImageFolder: classNames must name each class once, got "dog" twice',
    );
    const flat = await folderOf({ "x.png": await png() });
    await expect(load(flat, { classNames: ["cat"] })).rejects.toThrow(
      /classNames must be absent where .* has no folders/,
    );
  });

  test("links to folders are followed, and one that leads to a folder around it is refused", async () => {
    if (process.platform === "win32") return;
    const dir = await folderOf({
      "pets/cat/x.png": await png(),
      "pets/dog/x.png": await png(),
      "elsewhere/deep/x.png": await png(),
    });
    await symlink(join(dir, "elsewhere"), join(dir, "pets/cow"));
    const { labels, classNames } = await load(join(dir, "pets"));
    expect([[...labels], classNames]).toEqual([
      [0, 1, 2],
      ["cat", "cow", "dog"],
    ]);
    await symlink(join(dir, "pets"), join(dir, "elsewhere/deep/again"));
    await expect(load(join(dir, "pets"))).rejects.toMatchObject({
      reason: "unreadable",
      message: expect.stringContaining("cow/deep/again: expected a link that doesn't lead to a folder around it"),
    });
  });

  test.each([
    ["one folder around them", "pets/"],
    ["two", "archive/pets/"],
    ["what macOS adds beside it", "pets/", "__MACOSX/pets/cat/._x.png", ".DS_Store"],
  ])("%s is looked through, in folders and archives", async (_, wrapper, ...others) => {
    const files = { [`${wrapper}cat/x.png`]: await png(), [`${wrapper}dog/a/y.png`]: await png() };
    for (const other of others) files[other] = Buffer.of(0);
    const dir = await folderOf(files);
    const archive = join(await temporaryFolder(), "pets.zip");
    await writeFile(archive, zipBytes(Object.entries(files).map(([name, bytes]) => ({ name, bytes }))));
    for (const origin of [dir, archive]) {
      const { labels, classNames } = await load(origin);
      expect([[...labels], classNames]).toEqual([
        [0, 1],
        ["cat", "dog"],
      ]);
    }
  });

  test("a single folder of pictures is a class, and so is one that classNames has", async () => {
    const one = await load(await folderOf({ "cat/x.png": await png(), "cat/old/y.png": await png() }));
    expect([[...one.labels], one.classNames]).toEqual([[0, 0], ["cat"]]);
    const named = await load(await folderOf({ "cat/old/y.png": await png() }), { classNames: ["cat", "dog"] });
    expect([[...named.labels], named.classNames]).toEqual([[0], ["cat", "dog"]]);
  });
});

describe("the description of converted pictures", () => {
  async function converted() {
    const png = await plain(2, 2, "#ff0000");
    const dir = await folderOf(
      Object.fromEntries(["ant/1", "bee/1", "bee/2", "cow/1"].map((name) => [`${name}.png`, png])),
    );
    const cacheDir = await temporaryFolder();
    const load = (options: object = {}) => loadImageFolder({ dir, size: 1, cacheDir, workers, ...options });
    const { labels } = await load();
    const [, name] = (await filesBelow(cacheDir)) as [string, string];
    return { load, labels, cacheDir, path: join(cacheDir, name) };
  }

  test("is hashed: whatever byte is changed, the same labels or an error that names it", async () => {
    const { load, labels, path } = await converted();
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        await writeFile(
          path,
          whole.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)),
        );
        const loaded = await load().catch((error: unknown) => error);
        if (loaded instanceof ImageDataset) expect(loaded.labels).toEqual(labels);
        else expect(loaded).toMatchObject({ name: "DatasetError", reason: "wrong-hash", file: path });
      }),
      { numRuns: 300, seed: 1 },
    );
    await writeFile(path, whole.subarray(0, -9));
    await expect(load()).rejects.toThrow("remove the file, and the pictures are converted again");
    await rm(path);
    expect((await load()).labels).toEqual(labels);
  });

  test("of an earlier version doesn't count, as its pictures may have other colors: they are converted again, and the old file is removed", async () => {
    const { load, cacheDir, path } = await converted();
    const { format, manifestSha256, folders, ...rest } = JSON.parse(await readFile(path, "utf8"));
    expect([format, typeof manifestSha256, folders]).toEqual(["igr-images 2", "string", ["ant", "bee", "cow"]]);
    const old = rest.file.replace(/[0-9a-f]{12}(?=\.)/, "0123456789ab");
    await rename(join(cacheDir, rest.file), join(cacheDir, old));
    await writeFile(path, JSON.stringify({ format: "igr-images 1", ...rest, file: old }));
    const progress: number[] = [];
    expect((await load({ onProgress: ({ done }: { done: number }) => progress.push(done) })).length).toBe(4);
    expect(progress).toEqual([0, 4]);
    expect(await filesBelow(cacheDir)).toEqual([rest.file, path.slice(cacheDir.length + 1)]);
  });
});
