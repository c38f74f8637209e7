import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { downloadTiny as download } from "../../test/download-tiny.js";
import { serve, startServer } from "../../test/server.js";
import { tiny } from "../../test/tiny-source.js";

const file = tiny.images;
const { raw, packed } = file;

afterEach(() => {
  vi.unstubAllGlobals();
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

  test("that announces gigabytes is rejected before its body", async () => {
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

  test("that recovers is accepted", async () => {
    const { url } = await startServer((request, response, count) =>
      serve(request, response, count === 0 ? packed.slice(0, 90) : packed),
    );
    expect((await download(url)).bytes).toEqual(raw);
  });
});

describe("https", () => {
  test("is required of the address", async () => {
    const { url, requests } = await startServer((request, response) => serve(request, response, packed));
    await expect(download(url, { allowInsecureLoopback: false })).rejects.toThrow(
      `${url}images-idx3.gz: expected https, found http:`,
    );
    expect(requests).toEqual([]);
    for (const address of ["http://192.0.2.1/", "http://localhost.example/", "ftp://127.0.0.1/", "file:///tmp/"]) {
      await expect(download(address)).rejects.toMatchObject({ reason: "insecure" });
    }
  });

  test("is required of every redirect", async () => {
    const { url, requests } = await startServer((request, response) => {
      if (request.url === "/images-idx3.gz") response.writeHead(301, { location: `${url}second` }).end();
      else response.writeHead(307, { location: "http://192.0.2.1/images" }).end();
    });
    await expect(download(url)).rejects.toThrow("expected https, found a redirect to http://192.0.2.1/images");
    expect(requests.length).toBe(2);
  });

  test("is not replaced by http on this machine unless allowed", async () => {
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

test("an invalid base address is rejected", async () => {
  await expect(download("data.example")).rejects.toThrow("download: baseUrl must be an absolute URL, got data.example");
  await expect(download([])).rejects.toThrow("download: baseUrl needs at least one address, got none");
});
