import { execFileSync } from "node:child_process";
import { symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { folderOf, plain } from "../../test/picture-folder.js";
import { jpegBytes } from "../../test/pictures.js";
import { temporaryFolder } from "../../test/temporary-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
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

  test("another picture of the same length in an archive is seen by its checksum", async () => {
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
