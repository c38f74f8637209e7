import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { serve, startServer } from "../../test/server.js";
import { filesBelow, temporaryFolder } from "../../test/temporary-folder.js";
import { tiny, tinySource } from "../../test/tiny-source.js";
import { type LoadImagesOptions, loadImages } from "./load-images.js";

const { images, labels } = tiny;

function load(options: Partial<LoadImagesOptions>) {
  return loadImages(tinySource, { split: "train", ...options });
}

async function folderWith(files: Record<string, Uint8Array>): Promise<string> {
  const dir = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
  return dir;
}

/** A server of both files that counts requests. */
function fileServer() {
  return startServer((request, response) =>
    serve(request, response, request.url?.includes("labels") ? labels.packed : images.packed),
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe("a folder", () => {
  test("may hold the files packed, unpacked, or packed under the unpacked name", async () => {
    for (const files of [
      { "images-idx3.gz": images.packed, "labels-idx1": labels.raw },
      { "images-idx3": images.raw, "labels-idx1.gz": labels.packed },
      { "images-idx3": images.packed, "labels-idx1": labels.packed },
    ] as Record<string, Uint8Array>[]) {
      const dir = await folderWith(files);
      for (const place of [dir, `${dir}/`, pathToFileURL(dir)]) {
        const dataset = await load({ dir: place });
        expect(dataset.images).toEqual(images.raw.subarray(16));
        expect(dataset.labels).toEqual(labels.raw.subarray(8));
        expect([dataset.length, dataset.imageShape, dataset.name]).toEqual([6, [5, 7, 1], "tiny/train"]);
      }
    }
  });

  test("on a server is fetched", async () => {
    const { url, requests } = await startServer((request, response) => {
      if (request.url === "/data/labels-idx1") serve(request, response, labels.raw);
      else if (request.url === "/data/images-idx3.gz") serve(request, response, images.packed);
      else response.writeHead(404).end();
    });
    expect((await load({ dir: new URL(`${url}data`) })).images).toEqual(images.raw.subarray(16));
    expect(requests.length).toBe(3);
  });

  test.each([
    ["by its type", { "content-type": "text/html; charset=utf-8" }],
    ["without a type", {}],
  ])("on a server that answers names that it lacks with a page, %s, is found packed", async (_, head) => {
    const page = "<!DOCTYPE html><title>An application</title>".padEnd(2000);
    const { url } = await startServer((request, response) => {
      if (request.url === "/labels-idx1.gz") serve(request, response, labels.packed);
      else if (request.url === "/images-idx3.gz") serve(request, response, images.packed);
      else response.writeHead(200, head).end(page);
    });
    expect((await load({ dir: new URL(url) })).images).toEqual(images.raw.subarray(16));
    await expect(load({ dir: new URL(`${url}elsewhere/`) })).rejects.toMatchObject({
      reason: "not-found",
      message: expect.stringContaining("expected images-idx3 or images-idx3.gz, found neither"),
    });
  });

  test("without the files: says what to do", async () => {
    const dir = await folderWith({ "labels-idx1": labels.raw });
    await expect(load({ dir })).rejects.toThrow(
      `${dir}: expected images-idx3 or images-idx3.gz, found neither; pass download: true to fetch it`,
    );
    await expect(load({ dir: join(dir, "labels-idx1") })).rejects.toMatchObject({ reason: "not-found" });
  });

  test.each([
    ["a damaged byte", "wrong-hash", Uint8Array.from(images.raw, (byte, i) => (i === 100 ? byte ^ 1 : byte))],
    ["a damaged archive", "bad-gzip", Uint8Array.from(images.packed, (byte, i) => (i === 100 ? byte ^ 1 : byte))],
    ["other sizes", "wrong-shape", idxBytes([6, 7, 5], images.raw.subarray(16))],
    ["half a file", "truncated", images.raw.subarray(0, 99)],
    ["one byte more", "too-large", Uint8Array.of(...images.raw, 0)],
    ["gigabytes, by its size alone", "too-large", new Uint8Array(1_000_000)],
  ] as const)("with %s: %s", async (_, reason, bytes) => {
    const dir = await folderWith({ "images-idx3": bytes, "labels-idx1": labels.raw });
    await expect(load({ dir })).rejects.toMatchObject({ reason, file: join(dir, "images-idx3") });
  });

  test("with a folder of the file's name", async () => {
    const dir = await folderWith({ "labels-idx1": labels.raw });
    await mkdir(join(dir, "images-idx3"));
    await expect(load({ dir })).rejects.toThrow("images-idx3: expected a file, found something else");
  });

  test("of other data in the same format is read with verify: false", async () => {
    const dir = await folderWith({
      "images-idx3": idxBytes([2, 5, 7], new Uint8Array(70).fill(9)),
      "labels-idx1": idxBytes([2], [1, 0]),
    });
    expect((await load({ dir, verify: false })).length).toBe(2);
    await writeFile(join(dir, "labels-idx1"), idxBytes([3], [1, 0, 1]));
    await expect(load({ dir, verify: false })).rejects.toThrow(
      "labels-idx1: expected 2 labels, one per image, found 3",
    );
    await writeFile(join(dir, "images-idx3"), idxBytes([2, 7, 5], new Uint8Array(70)));
    await expect(load({ dir, verify: false })).rejects.toThrow("expected shape [any,5,7], found [2,7,5]");
  });
});

describe("a download", () => {
  const insecure = { retryDelay: 1, allowInsecureLoopback: true };

  test("is stored unpacked, and read from there the next time", async () => {
    const { url, requests } = await fileServer();
    const cacheDir = join(await temporaryFolder(), "new", "cache");
    const download = { ...insecure, baseUrl: url, cacheDir };
    const first = await load({ download });
    expect(requests.length).toBe(2);
    expect(await filesBelow(cacheDir)).toEqual(["images-idx3", "labels-idx1"]);
    expect(Uint8Array.from(await readFile(join(cacheDir, "tiny", "images-idx3")))).toEqual(images.raw);
    expect((await load({ download })).images).toEqual(first.images);
    expect(requests.length).toBe(2);
  });

  test("goes to dir if given, and leaves existing files", async () => {
    const { url, requests } = await fileServer();
    const dir = await folderWith({ "labels-idx1.gz": labels.packed });
    await load({ dir, download: { ...insecure, baseUrl: url } });
    expect(requests).toEqual(["/images-idx3.gz whole"]);
    expect(await filesBelow(dir)).toEqual(["images-idx3", "labels-idx1.gz"]);
  });

  test("replaces a damaged file in the cache", async () => {
    const { url, requests } = await fileServer();
    const dir = await folderWith({ "labels-idx1": labels.raw, "images-idx3": images.raw.subarray(0, 50) });
    expect((await load({ dir, download: { ...insecure, baseUrl: url } })).images).toEqual(images.raw.subarray(16));
    expect(requests.length).toBe(1);
    expect((await load({ dir })).length).toBe(6);
  });

  test.each([
    ["cut", (body: Uint8Array) => body.slice(0, body.length / 2)],
    ["damaged", (body: Uint8Array) => body.map((byte, i) => (i === 20 ? byte ^ 1 : byte))],
    ["a page", () => new TextEncoder().encode("<html>")],
  ])("that is %s leaves nothing behind", async (_, change) => {
    const { url } = await startServer((request, response) =>
      serve(request, response, change(request.url?.includes("labels") ? labels.packed : images.packed)),
    );
    const dir = await temporaryFolder();
    await expect(load({ dir, download: { ...insecure, attempts: 2, baseUrl: url } })).rejects.toThrow(
      /(images-idx3|labels-idx1)\.gz: expected/,
    );
    expect(await filesBelow(dir)).toEqual([]);
  });

  test("by many at once leaves whole files", async () => {
    const { url } = await fileServer();
    const dir = await temporaryFolder();
    const download = { ...insecure, baseUrl: url };
    const all = await Promise.all(Array.from({ length: 8 }, () => load({ dir, download })));
    for (const dataset of all) expect(dataset.images).toEqual(images.raw.subarray(16));
    expect(await filesBelow(dir)).toEqual(["images-idx3", "labels-idx1"]);
  });

  test("removes what a killed program left a day ago, and nothing newer", async () => {
    const { url } = await fileServer();
    const left = (name: string, pid: number) => `${name}.${pid}-01234567-89ab-cdef-0123-456789abcdef.tmp`;
    const [old, young, other] = [left("images-idx3", 7), left("images-idx3", 8), left("other", 7)];
    const dir = await folderWith(Object.fromEntries([old, young, other].map((name) => [name, Uint8Array.of(1)])));
    const yesterday = Date.now() / 1000 - 25 * 3600;
    for (const name of [old, other]) await utimes(join(dir, name), yesterday, yesterday);
    await load({ dir, download: { ...insecure, baseUrl: url } });
    expect(await filesBelow(dir)).toEqual(["images-idx3", young, "labels-idx1", other]);
  });

  test("that can't be stored is an error that says where and why", async () => {
    const { url } = await fileServer();
    const dir = await folderWith({ occupied: Uint8Array.of(1) });
    const download = { ...insecure, baseUrl: url, cacheDir: join(dir, "occupied") };
    await expect(load({ download })).rejects.toThrow(
      /expected a folder that can be written, found .*pass another folder/,
    );
  });

  test("is kept in the user's cache by default", async () => {
    const { url } = await fileServer();
    const home = await temporaryFolder();
    for (const name of ["IGR_CACHE", "IGR_DATASETS_CACHE"]) vi.stubEnv(name, "");
    for (const name of ["XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"]) vi.stubEnv(name, home);
    await load({ download: { ...insecure, baseUrl: url } });
    expect(await filesBelow(home)).toEqual(["images-idx3", "labels-idx1"]);
  });

  test("stops with the signal and leaves nothing behind", async () => {
    const controller = new AbortController();
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { "content-length": 300 }).write("x");
      controller.abort(new Error("enough"));
    });
    const dir = await temporaryFolder();
    const loading = load({ dir, download: { ...insecure, baseUrl: url }, signal: controller.signal });
    await expect(loading).rejects.toThrow("enough");
    expect(await filesBelow(dir)).toEqual([]);
  });
});

describe("without Node", () => {
  // The package has no other way to Node's modules than this function.
  function hideNode() {
    vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as typeof process.getBuiltinModule);
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("files are fetched, downloads are not kept, and the final address of a redirect is checked", async () => {
    const { url } = await fileServer();
    hideNode();
    expect((await load({ dir: new URL(url) })).images).toEqual(images.raw.subarray(16));
    const download = { retryDelay: 1, allowInsecureLoopback: true, baseUrl: url };
    expect((await load({ download })).images).toEqual(images.raw.subarray(16));

    const ended = new Response(images.packed);
    Object.defineProperties(ended, { redirected: { value: true }, url: { value: "http://192.0.2.1/x" } });
    vi.stubGlobal("fetch", async () => ended);
    await expect(load({ download })).rejects.toThrow("found a redirect to http://192.0.2.1/x");
  });

  test("the error of a page without crypto.subtle says what to do", async () => {
    const { url } = await fileServer();
    hideNode();
    vi.stubGlobal("crypto", {});
    await expect(load({ dir: new URL(url) })).rejects.toThrow("serve the page over https, or pass verify: false");
    expect((await load({ dir: new URL(url), verify: false })).length).toBe(6);
  });
});

test("rejects another split", async () => {
  await expect(load({ split: "validation" as "test" })).rejects.toThrow(
    'loadTiny: split must be "train" or "test", got "validation"',
  );
});
