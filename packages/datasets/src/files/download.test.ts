import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { downloadTiny as download } from "../../test/download-tiny.js";
import { serve, startServer } from "../../test/server.js";
import { tiny } from "../../test/tiny-source.js";

const file = tiny.images;
const { raw, packed } = file;

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a good server", () => {
  test("is asked once, with progress", async () => {
    const { url, requests } = await startServer((request, response) => serve(request, response, packed));
    const progress: unknown[] = [];
    const { bytes, array } = await download(url, { onProgress: (now) => progress.push(now) });
    expect(bytes).toEqual(raw);
    expect(array.shape).toEqual([6, 5, 7]);
    expect(requests).toEqual(["/images-idx3.gz whole"]);
    expect(progress.at(-1)).toEqual({ file: "images-idx3", done: packed.length, total: packed.length });
  });

  test("may unpack the file on the way, or have it unpacked", async () => {
    const encoded = await startServer((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed);
    });
    expect((await download(encoded.url)).bytes).toEqual(raw);
    const unpacked = await startServer((request, response) => serve(request, response, raw));
    expect((await download(unpacked.url)).bytes).toEqual(raw);
  });

  test("may redirect, with relative addresses too", async () => {
    const { url, requests } = await startServer((request, response) => {
      if (request.url === "/real/file") serve(request, response, packed);
      else response.writeHead(302, { location: "/real/file" }).end();
    });
    expect((await download(`${url}folder`)).bytes).toEqual(raw);
    expect(requests).toEqual(["/folder/images-idx3.gz whole", "/real/file whole"]);
  });
});

describe("a cut connection", () => {
  test("is resumed at any byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: packed.length - 1 }), async (cutAfter) => {
        const { url, requests } = await startServer((request, response, count) =>
          serve(request, response, packed, count === 0 ? { cutAfter } : {}),
        );
        expect((await download(url)).bytes).toEqual(raw);
        expect(requests).toEqual(["/images-idx3.gz whole", `/images-idx3.gz bytes=${cutAfter}-`]);
      }),
      { numRuns: 25 },
    );
  });

  test("is resumed as often as attempts allow, and then given up", async () => {
    const cutting = () =>
      startServer((request, response) => serve(request, response, packed, { cutAfter: Math.ceil(packed.length / 4) }));
    expect((await download((await cutting()).url)).bytes).toEqual(raw);
    const { url, requests } = await cutting();
    await expect(download(url, { attempts: 3 })).rejects.toThrow(
      `${url}images-idx3.gz: expected the file within 3 attempts`,
    );
    expect(requests.length).toBe(3);
  });

  test("before the first byte is tried again", async () => {
    const { url, requests } = await startServer((request, response, count) => {
      if (count < 2) response.socket?.destroy();
      else serve(request, response, packed);
    });
    expect((await download(url)).bytes).toEqual(raw);
    expect(requests.length).toBe(3);
  });

  test("starts over when the file has changed meanwhile", async () => {
    const other = Uint8Array.from(gzipSync(raw, { level: 0 }));
    const { url, requests } = await startServer((request, response, count) =>
      serve(request, response, count === 0 ? other : packed, count === 0 ? { cutAfter: 50, etag: '"0"' } : {}),
    );
    expect((await download(url)).bytes).toEqual(raw);
    // The second answer was the whole new file, not a part that only the hash would have refused.
    expect(requests.length).toBe(2);
  });

  test("starts over where the server ignores ranges", async () => {
    const { url } = await startServer((request, response, count) => {
      delete request.headers.range;
      serve(request, response, packed, count === 0 ? { cutAfter: 60 } : {});
    });
    expect((await download(url)).bytes).toEqual(raw);
  });

  test.each(["bytes 3-99/100", "bytes */100", "nonsense"])(
    "starts over after a wrong range, %s",
    async (contentRange) => {
      const { url, requests } = await startServer((request, response, count) => {
        if (count === 1) response.writeHead(206, { "content-range": contentRange }).end(packed.subarray(60));
        else serve(request, response, packed, count === 0 ? { cutAfter: 60 } : {});
      });
      expect((await download(url)).bytes).toEqual(raw);
      expect(requests[2]).toBe("/images-idx3.gz whole");
    },
  );

  test("starts over when the range lies behind the end", async () => {
    const { url } = await startServer((request, response, count) => {
      if (count === 1) response.writeHead(416).end();
      else serve(request, response, packed, count === 0 ? { cutAfter: 60 } : {});
    });
    expect((await download(url)).bytes).toEqual(raw);
  });
});

describe("a busy server", () => {
  test("is asked again after the time that it names", async () => {
    const { url, requests } = await startServer((request, response, count) => {
      if (count < 3) response.writeHead([503, 429, 500][count] as number, { "retry-after": "0" }).end("busy");
      else serve(request, response, packed);
    });
    // With back-off this would take hours.
    expect((await download(url, { retryDelay: 1e9 })).bytes).toEqual(raw);
    expect(requests.length).toBe(4);
  });

  test("that sends nothing is left after a while", async () => {
    const { url, requests } = await startServer((request, response, count) => {
      if (count === 1) response.writeHead(200, { "content-length": packed.length }).write(packed.subarray(0, 9));
      if (count >= 2) serve(request, response, packed);
    });
    expect((await download(url, { stallTimeout: 200, attempts: 20 })).bytes).toEqual(raw);
    expect(requests.length).toBeGreaterThan(2);
  });
});

describe("a server that drips", () => {
  test("never stalls, and ends at the deadline", async () => {
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { "content-length": packed.length });
      const drip = setInterval(() => response.write(packed.subarray(0, 1)), 20);
      response.on("close", () => clearInterval(drip));
    });
    await expect(download(url, { stallTimeout: 10_000, totalTimeout: 300 })).rejects.toMatchObject({
      reason: "network",
      message: `${url}: expected images-idx3 within 300 ms, found less of it; pass a larger totalTimeout`,
    });
  });

  test("ends all attempts, pauses and addresses at that deadline", async () => {
    const busy = await startServer((_, response) => response.writeHead(503).end());
    const failure = download([busy.url, busy.url], { totalTimeout: 300, retryDelay: 1e6 });
    await expect(failure).rejects.toThrow("expected images-idx3 within 300 ms");
    await expect(download(busy.url, { totalTimeout: 0 })).rejects.toThrow(
      "download: totalTimeout must be > 0 and at most 2147483647, got 0",
    );
  });

  test("a signal takes precedence, with its own reason", async () => {
    const { url } = await startServer((_, response) => response.writeHead(200, { "content-length": 9 }).write("x"));
    const signal = AbortSignal.timeout(50);
    await expect(download(url, { totalTimeout: 100_000 }, signal)).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("several addresses", () => {
  test("are tried in order", async () => {
    const missing = await startServer((_, response) => response.writeHead(404).end());
    const good = await startServer((request, response) => serve(request, response, packed));
    expect((await download([missing.url, good.url])).bytes).toEqual(raw);
    expect([missing.requests.length, good.requests.length]).toEqual([1, 1]);
  });

  test("are all named if all fail", async () => {
    const missing = await startServer((_, response) => response.writeHead(404).end());
    const failure = download([missing.url, "http://192.0.2.1/"]);
    await expect(failure).rejects.toThrow(
      /expected the file from one of 2 addresses, found .*status 404.*expected https/,
    );
  });
});

describe("a signal", () => {
  test("stops a transfer", async () => {
    const controller = new AbortController();
    const { url, requests } = await startServer((_, response) => {
      response.writeHead(200, { "content-length": packed.length }).write(packed.subarray(0, 10));
      controller.abort(new Error("enough"));
    });
    await expect(download(url, {}, controller.signal)).rejects.toThrow("enough");
    expect(requests.length).toBe(1);
  });

  test("stops a pause", async () => {
    const controller = new AbortController();
    const { url } = await startServer((_, response) => {
      response.writeHead(503).end();
      setTimeout(() => controller.abort(new Error("enough")), 20);
    });
    await expect(download(url, { retryDelay: 1e6 }, controller.signal)).rejects.toThrow("enough");
  });
});
