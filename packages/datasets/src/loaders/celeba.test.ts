import { readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import { faceEntries, faceName, writeCelebA } from "../../test/celeba-files.js";
import { celebA } from "../../test/celeba-loader.js";
import { folderOf } from "../../test/picture-folder.js";
import { jpegBytes } from "../../test/pictures.js";
import { filesBelow, temporaryFolder } from "../../test/temporary-folder.js";
import { zipBytes } from "../../test/zip-bytes.js";
import { parseIdx } from "../files/idx.js";
import type { ImageDataset } from "../image-dataset.js";
import { loadCelebA } from "./celeba.js";
import type { ConversionProgress } from "./conversion-options.js";

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

const zipOf = (dir: string) => join(dir, "img_align_celeba.zip");

describe("loadCelebA", () => {
  test("splits by the partition, cuts 178x178 from the middle and resizes to 64x64", async () => {
    const { load } = await celebA(10);
    const [train, validation, testing] = await Promise.all(
      (["train", "validation", "test"] as const).map((split) => load({ split })),
    );
    expect([train?.length, validation?.length, testing?.length]).toEqual([7, 2, 1]);
    expect([train?.name, train?.imageShape, train?.classNames]).toEqual(["celeba/train", [64, 64, 3], []]);
    // sharp's own crop and triangle filter; it rounds elsewhere.
    const expected = await sharp(jpegBytes(178, 218, 8))
      .extract({ left: 0, top: 20, width: 178, height: 178 })
      .resize(64, 64, { kernel: "linear", fastShrinkOnLoad: false })
      .raw()
      .toBuffer();
    const first = validation?.images.subarray(0, 64 * 64 * 3) as Uint8Array;
    expect(largestDifference(first, expected)).toBeLessThanOrEqual(2);
  });

  test("several crops and sizes are kept side by side", async () => {
    const { load, cacheDir } = await celebA(3);
    expect((await load({ crop: 148, size: 32 })).imageShape).toEqual([32, 32, 3]);
    expect((await load()).imageShape).toEqual([64, 64, 3]);
    expect((await filesBelow(cacheDir)).map((name) => name.replace(/-[0-9a-f]{12}\./, "."))).toEqual([
      "celeba-148-32.idx4-ubyte",
      "celeba-148-32.json",
      "celeba-178-64.idx4-ubyte",
      "celeba-178-64.json",
    ]);
  });

  test("labels faces by an attribute, from Kaggle's lists, too", async () => {
    const { load, dir } = await celebA(10);
    const smiling = await load({ attribute: "Smiling" });
    expect([[...smiling.labels], smiling.classNames]).toEqual([
      [1, 1, 0, 1, 1, 0, 1],
      ["not Smiling", "Smiling"],
    ]);
    for (const name of ["list_attr_celeba", "list_eval_partition"]) await rm(join(dir, `${name}.txt`));
    const names = Array.from({ length: 10 }, (_, i) => faceName(i + 1));
    const csv = (head: string, row: string) => [head, ...names.map((name) => `${name},${row}`), ""].join("\n");
    await writeFile(join(dir, "list_attr_celeba.csv"), csv("image_id,Bald,Smiling", "-1,1"));
    await writeFile(join(dir, "list_eval_partition.csv"), csv("image_id,partition", "0"));
    expect([...(await load({ attribute: "Bald" })).labels]).toEqual(new Array(10).fill(0));
    await expect(load({ attribute: "Wise" })).rejects.toThrow(
      'loadCelebA: attribute must be one of Bald, Smiling, got "Wise"',
    );
  });

  test("reads Kaggle's archive as it is, packed or unpacked: a nested folder, and lists with titles beside it", async () => {
    const csv = (head: string, row: (n: number) => string) =>
      Buffer.from([head, ...[1, 2, 3, 4].map((n) => `${faceName(n)},${row(n)}`)].join("\n"));
    const files: Record<string, Uint8Array> = {
      "list_attr_celeba.csv": csv("image_id,Bald,Smiling", (n) => (n % 2 ? "-1,1" : "1,-1")),
      "list_bbox_celeba.csv": csv("image_id,x_1,y_1,width,height", () => "95,71,226,313"),
      "list_eval_partition.csv": csv("image_id,partition", (n) => String(n === 4 ? 2 : 0)),
    };
    for (const n of [1, 2, 3, 4]) files[`img_align_celeba/img_align_celeba/${faceName(n)}`] = jpegBytes(178, 218, n);
    const dir = await folderOf(files);
    const archive = join(await temporaryFolder(), "archive.zip");
    await writeFile(archive, zipBytes(Object.entries(files).map(([name, bytes]) => ({ name, bytes, stored: true }))));
    for (const origin of [dir, archive]) {
      const load = async (options: object) =>
        loadCelebA({ split: "train", dir: origin, cacheDir: await temporaryFolder(), workers: 0, size: 8, ...options });
      expect([...(await load({ attribute: "Smiling" })).labels]).toEqual([1, 0, 1]);
      expect((await load({ split: "test" })).length).toBe(1);
      await expect(load({ attribute: "Wise" })).rejects.toThrow("attribute must be one of Bald, Smiling");
    }
    const faces = Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(".jpg")));
    await writeFile(archive, zipBytes(Object.entries(faces).map(([name, bytes]) => ({ name, bytes, stored: true }))));
    await expect(loadCelebA({ split: "train", dir: archive, workers: 0 })).rejects.toThrow(
      "archive.zip: expected list_eval_partition.txt or list_eval_partition.csv, found neither",
    );
  });

  test("converts once to an IDX file, which is later found without the archive, and checked", async () => {
    const { load, dir, cacheDir } = await celebA(10);
    const progress: ConversionProgress[] = [];
    const onProgress = (state: ConversionProgress) => void progress.push(state);
    const { images } = await load({ onProgress });
    expect(progress).toEqual([
      { done: 0, total: 10 },
      { done: 10, total: 10 },
    ]);
    const [file] = (await filesBelow(cacheDir)).filter((name) => name.endsWith("ubyte")) as [string];
    const array = parseIdx(await readFile(join(cacheDir, file)), { file, shape: [10, 64, 64, 3] });
    expect(Buffer.compare(array.data.subarray(0, images.length), images)).toBe(0);

    await utimes(zipOf(dir), 1, 1); // another time, the same contents
    await load({ onProgress });
    await rename(zipOf(dir), join(dir, "elsewhere"));
    expect(Buffer.compare((await load({ onProgress })).images, images)).toBe(0);
    expect(progress.length).toBe(2);

    const bytes = await readFile(join(cacheDir, file));
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await writeFile(join(cacheDir, file), bytes);
    await expect(load()).rejects.toMatchObject({ reason: "wrong-hash" });
    expect((await load({ verify: false })).length).toBe(7);
  });

  test("converts again when the archive has other faces, and removes the previous ones", async () => {
    const { load, dir, cacheDir } = await celebA(10);
    const before = await load();
    const other = faceEntries(10).map((entry, i) => (i === 2 ? { ...entry, bytes: jpegBytes(178, 218, 99) } : entry));
    await writeFile(zipOf(dir), zipBytes(other));
    const after = await load();
    const face = ({ images }: ImageDataset, i: number) => images.subarray(i * 12_288, (i + 1) * 12_288);
    expect(Buffer.compare(face(after, 0), face(before, 0))).toBe(0);
    expect(Buffer.compare(face(after, 1), face(before, 1))).not.toBe(0);
    expect((await filesBelow(cacheDir)).length).toBe(2);
  });

  test("stops with the signal, and continues from there", async () => {
    const { load, cacheDir } = await celebA(140);
    const controller = new AbortController();
    const stopAt = ({ done }: ConversionProgress) => done > 0 && controller.abort(new Error("enough"));
    await expect(load({ signal: controller.signal, onProgress: stopAt })).rejects.toThrow("enough");
    expect(await filesBelow(cacheDir)).toEqual(["celeba-178-64.journal", "celeba-178-64.partial"]);
    const progress: number[] = [];
    const resumed = await load({ onProgress: ({ done }) => progress.push(done) });
    expect(progress).toEqual([128, 140]);
    const whole = await load({ cacheDir: await temporaryFolder() });
    expect(Buffer.compare(resumed.images, whole.images)).toBe(0);
  });

  test("continues after a kill between naming the file and describing it", async () => {
    const { load, cacheDir } = await celebA(10);
    const journal = join(cacheDir, "celeba-178-64.journal");
    await load();
    const [file] = (await filesBelow(cacheDir)) as [string];
    const { key, decoder, chunks } = JSON.parse(await readFile(join(cacheDir, "celeba-178-64.json"), "utf8"));
    await rm(join(cacheDir, "celeba-178-64.json"));
    const lines = [{ identity: `${key} ${decoder} 128` }, { chunk: 0, sha256: chunks[0] }];
    // A damaged line, and one that a crash cut off.
    await writeFile(
      journal,
      `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"chunk": \u0001}\n{"chunk": 1, "sh`,
    );
    const progress: number[] = [];
    await load({ onProgress: ({ done }) => progress.push(done) });
    expect(progress).toEqual([10]);
    expect(await filesBelow(cacheDir)).toEqual([file, "celeba-178-64.json"]);
  });

  test("a chunk of an interrupted conversion is converted again if its bytes have changed", async () => {
    const { load, cacheDir } = await celebA(140);
    const controller = new AbortController();
    const stopAt = ({ done }: ConversionProgress) => done > 0 && controller.abort(new Error("enough"));
    await expect(load({ signal: controller.signal, onProgress: stopAt })).rejects.toThrow("enough");
    const partial = join(cacheDir, "celeba-178-64.partial");
    await writeFile(partial, (await readFile(partial)).fill(7, 5000, 5001));
    const progress: number[] = [];
    await load({ onProgress: ({ done }) => progress.push(done) });
    expect(progress).toEqual([0, 128, 140]);
  });

  test("calls at the same time take turns, each with its own signal and progress", async () => {
    const { load, cacheDir } = await celebA(140);
    const [first, impatient] = [new AbortController(), new AbortController()];
    const progress: number[] = [];
    let later: Promise<PromiseSettledResult<ImageDataset>[]> | undefined;
    const onProgress = ({ done }: ConversionProgress) => {
      // The others come while the first converts, one of them by another name of the folder.
      later ??= Promise.allSettled([
        load({ signal: impatient.signal }),
        load({ split: "test", onProgress: (state) => progress.push(state.done) }),
        load({ split: "validation", cacheDir: relative(".", cacheDir) }),
      ]);
      if (done === 0) return;
      impatient.abort(new Error("not waiting"));
      first.abort(new Error("enough"));
    };
    const stopped = load({ signal: first.signal, onProgress });
    await expect(stopped).rejects.toThrow("enough");
    const [refused, second, third] = (await later) as PromiseSettledResult<ImageDataset>[];
    expect(refused).toMatchObject({ reason: { message: "not waiting" } });
    expect([second, third]).toMatchObject([{ value: { length: 14 } }, { value: { length: 28 } }]);
    expect(progress[0] === undefined ? [128, 140] : progress).toEqual([128, 140]);
    // Other pictures at another place, at the same time: not those.
    const elsewhere = await temporaryFolder();
    await writeCelebA(
      elsewhere,
      140,
      faceEntries(140).map((entry, i) => (i === 1 ? { ...entry, bytes: jpegBytes(178, 218, 99) } : entry)),
    );
    const [here, there] = await Promise.all([load(), load({ dir: elsewhere })]);
    expect(Buffer.compare(here.images.subarray(0, 12_288), there.images.subarray(0, 12_288))).not.toBe(0);
  });

  test("names the program that is converting, and takes over from one that has ended", async () => {
    const { load, cacheDir } = await celebA(3);
    const lock = join(cacheDir, "celeba-178-64.lock");
    const leave = (pid: number, host = hostname()) => writeFile(lock, JSON.stringify({ token: "other", host, pid }));
    await leave(process.ppid);
    await expect(load()).rejects.toMatchObject({
      reason: "busy",
      message: expect.stringContaining(`found process ${process.ppid} on ${hostname()}; wait for it`),
    });
    await leave(999999999);
    expect((await load()).length).toBe(2);
    expect((await filesBelow(cacheDir)).length).toBe(2);
  });

  test("does not wait for a live program of another machine, and takes nothing from it", async () => {
    const { load, cacheDir } = await celebA(3);
    const lock = join(cacheDir, "celeba-178-64.lock");
    await writeFile(lock, JSON.stringify({ token: "other", host: "elsewhere", pid: 999999999 }));
    let beats = Date.now() / 1000;
    const living = setInterval(() => utimes(lock, ++beats, beats), 50);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      await expect(load()).rejects.toMatchObject({
        reason: "busy",
        message: expect.stringContaining("process 999999999 on elsewhere"),
      });
    } finally {
      clearInterval(living);
      warn.mockRestore();
    }
    expect((await filesBelow(cacheDir)).length).toBe(1);
  });
});

test("the decoder in plain JavaScript gives nearly the same faces", async () => {
  const { load } = await celebA(4);
  const [own, other] = [
    await load({ decoder: "sharp" }),
    await load({ decoder: "javascript", cacheDir: await temporaryFolder() }),
  ];
  expect(largestDifference(own.images, other.images)).toBeLessThanOrEqual(4);
});
