import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serve, startServer } from "../../test/server.js";
import { tiny } from "../../test/tiny-source.js";
import { downloadFile } from "./download.js";
import type { DownloadOptions } from "./download-options.js";

const file = tiny.images;
const { raw, packed } = file;

function download(baseUrl: string | string[], options: DownloadOptions = {}, signal?: AbortSignal) {
  const all = { retryDelay: 1, allowInsecureLoopback: true, ...options, baseUrl };
  return downloadFile(file, { options: all, mirrors: [], signal });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a good server", () => {
  test("is asked once, and progress is told", async () => {
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
  test("is asked again, after the time it names", async () => {
    const { url, requests } = await startServer((request, response, count) => {
      if (count < 3) response.writeHead([503, 429, 500][count] as number, { "retry-after": "0" }).end("busy");
      else serve(request, response, packed);
    });
    // With back-off this would take hours.
    expect((await download(url, { retryDelay: 1e9 })).bytes).toEqual(raw);
    expect(requests.length).toBe(4);
  });

  test("that says nothing is left after a while", async () => {
    const { url, requests } = await startServer((request, response, count) => {
      if (count === 1) response.writeHead(200, { "content-length": packed.length }).write(packed.subarray(0, 9));
      if (count >= 2) serve(request, response, packed);
    });
    expect((await download(url, { stallTimeout: 200, attempts: 20 })).bytes).toEqual(raw);
    expect(requests.length).toBeGreaterThan(2);
  });
});

describe("a server that drips", () => {
  test("never stalls, and is given up at the deadline", async () => {
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

  test("a signal comes first, with its own reason", async () => {
    const { url } = await startServer((_, response) => response.writeHead(200, { "content-length": 9 }).write("x"));
    const signal = AbortSignal.timeout(50);
    await expect(download(url, { totalTimeout: 100_000 }, signal)).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("a lying server", () => {
  test("that announces more bytes than it sends", async () => {
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { "content-length": packed.length + 10, connection: "close" });
      response.write(packed, () => response.socket?.destroy());
    });
    await expect(download(url, { attempts: 2 })).rejects.toMatchObject({ reason: "network" });
  });

  test("that announces fewer bytes than it sends", async () => {
    const { url } = await startServer((_, response) => {
      response.socket?.end(
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${packed.length - 5}\r\n\r\n`), packed]),
      );
    });
    await expect(download(url, { attempts: 2 })).rejects.toMatchObject({ name: "DatasetError" });
  });

  test("that announces gigabytes is refused before its body", async () => {
    const { url, requests } = await startServer((_, response) => {
      response.writeHead(200, { "content-length": 5e9 }).write("x");
    });
    await expect(download(url)).rejects.toThrow(/expected at most \d+ received bytes, found 5000000000/);
    expect(requests.length).toBe(1);
  });

  test("that never ends is stopped", async () => {
    const { url, requests } = await startServer((_, response) => {
      // By turns of the event loop: a write to a connection that was closed meanwhile may call back in the same turn.
      const send = (error?: Error | null) => {
        if (error || response.destroyed || response.socket === null) return;
        response.write(new Uint8Array(10_000), (failure) => setImmediate(send, failure));
      };
      send();
    });
    await expect(download(url)).rejects.toMatchObject({ reason: "too-large" });
    expect(requests.length).toBe(1);
  });

  test("that sends a bomb", async () => {
    const bomb = gzipSync(new Uint8Array(1_000_000));
    const { url } = await startServer((request, response) => serve(request, response, bomb));
    await expect(download(url)).rejects.toMatchObject({ reason: "too-large" });
    const encoded = await startServer((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    await expect(download(encoded.url)).rejects.toMatchObject({ reason: "too-large" });
  });

  test.each([
    ["a page", new TextEncoder().encode("<html>sign in</html>"), "bad-header"],
    ["the labels", tiny.labels.packed, "bad-header"],
    ["half the file", packed.slice(0, 100), "bad-gzip"],
    ["another file of the same size", Uint8Array.from(raw, (byte, i) => (i < 16 ? byte : byte ^ 1)), "wrong-hash"],
  ])("that sends %s for the file is asked once more, and then refused", async (_, body, reason) => {
    const { url, requests } = await startServer((request, response) => serve(request, response, body));
    const failure = download(url);
    await expect(failure).rejects.toMatchObject({ reason, file: `${url}images-idx3.gz` });
    expect(requests.length).toBe(2);
  });

  test("that recovers is believed", async () => {
    const { url } = await startServer((request, response, count) =>
      serve(request, response, count === 0 ? packed.slice(0, 90) : packed),
    );
    expect((await download(url)).bytes).toEqual(raw);
  });
});

describe("https", () => {
  test("is demanded of the address", async () => {
    const { url, requests } = await startServer((request, response) => serve(request, response, packed));
    await expect(download(url, { allowInsecureLoopback: false })).rejects.toThrow(
      `${url}images-idx3.gz: expected https, found http:`,
    );
    expect(requests).toEqual([]);
    for (const address of ["http://192.0.2.1/", "http://localhost.example/", "ftp://127.0.0.1/", "file:///tmp/"]) {
      await expect(download(address)).rejects.toMatchObject({ reason: "insecure" });
    }
  });

  test("is demanded of every redirect", async () => {
    const { url, requests } = await startServer((request, response) => {
      if (request.url === "/images-idx3.gz") response.writeHead(301, { location: `${url}second` }).end();
      else response.writeHead(307, { location: "http://192.0.2.1/images" }).end();
    });
    await expect(download(url)).rejects.toThrow("expected https, found a redirect to http://192.0.2.1/images");
    expect(requests.length).toBe(2);
  });

  test("is not left for http on this machine unless that is allowed", async () => {
    const { url, requests } = await startServer((request, response) => serve(request, response, packed));
    vi.stubGlobal("fetch", async () => new Response(null, { status: 302, headers: { location: url } }));
    await expect(download("https://data.example/", { allowInsecureLoopback: false })).rejects.toMatchObject({
      reason: "insecure",
      file: "https://data.example/images-idx3.gz",
      found: `a redirect to ${url}`,
    });
    expect(requests).toEqual([]);
  });

  test("redirects in a circle end", async () => {
    const { url, requests } = await startServer((_, response) => response.writeHead(302, { location: "/again" }).end());
    await expect(download(url, { attempts: 1 })).rejects.toThrow("more than 10 redirects");
    expect(requests.length).toBe(11);
  });
});

describe("several addresses", () => {
  test("are tried in order", async () => {
    const missing = await startServer((_, response) => response.writeHead(404).end());
    const good = await startServer((request, response) => serve(request, response, packed));
    expect((await download([missing.url, good.url])).bytes).toEqual(raw);
    expect([missing.requests.length, good.requests.length]).toEqual([1, 1]);
  });

  test("that all fail are all named", async () => {
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

test("a base address that is none is refused", async () => {
  await expect(download("data.example")).rejects.toThrow("download: baseUrl must be an absolute URL, got data.example");
  await expect(download([])).rejects.toThrow("download: baseUrl needs at least one address, got none");
});
