import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gunzipIfPacked } from "./gunzip.js";

const options = { file: "a.gz", maxBytes: 10_000 };
const packed = Uint8Array.from(gzipSync(Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251)));

test("unpacks packed bytes, and returns others unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      const input = Uint8Array.from(bytes);
      if (input[0] !== 0x1f) expect(await gunzipIfPacked(input, options)).toBe(input);
      expect(await gunzipIfPacked(Uint8Array.from(gzipSync(input)), options)).toEqual(input);
    }),
    { numRuns: 50 },
  );
});

test("rejects a file that is cut anywhere after its magic number", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: packed.length - 1 }), async (length) => {
      await expect(gunzipIfPacked(packed.slice(0, length), options)).rejects.toMatchObject({ reason: "bad-gzip" });
    }),
    { numRuns: 50 },
  );
});

describe("bytes after the end", () => {
  const whole = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
  const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

  test("that form another member are unpacked, too, and zeros are padding", async () => {
    const twice = joined(whole, whole);
    expect(await gunzipIfPacked(joined(packed, packed), options)).toEqual(twice);
    expect(await gunzipIfPacked(joined(packed, packed, new Uint8Array(500)), options)).toEqual(twice);
    await expect(gunzipIfPacked(joined(packed, packed), { ...options, maxBytes: 5000 })).rejects.toMatchObject({
      reason: "too-large",
    });
  });

  test("that are anything else are named", async () => {
    // gzip --name: with a name in the header.
    const named = Uint8Array.from(Buffer.concat([packed.subarray(0, 10), Buffer.from("data\0"), packed.subarray(10)]));
    named[3] = 8;
    for (const first of [packed, named]) {
      await expect(gunzipIfPacked(joined(first, Buffer.from("surplus")), options)).rejects.toMatchObject({
        reason: "trailing-bytes",
        message: `a.gz: expected nothing after the ${first.length} bytes of gzip data, found 7 more`,
      });
    }
    await expect(gunzipIfPacked(joined(packed.slice(0, -9), Buffer.from("surplus")), options)).rejects.toMatchObject({
      reason: "bad-gzip",
    });
  });

  describe("in a browser", () => {
    beforeEach(() => {
      vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as typeof process.getBuiltinModule);
    });
    afterEach(() => {
      vi.restoreAllMocks();
    });

    test("are unpacked if they are members or zeros", async () => {
      expect(await gunzipIfPacked(packed, options)).toEqual(whole);
      expect(await gunzipIfPacked(joined(packed, packed, packed), options)).toEqual(joined(whole, whole, whole));
      for (const zeros of [1, 3, 500]) {
        expect(await gunzipIfPacked(joined(packed, new Uint8Array(zeros)), options)).toEqual(whole);
        expect(await gunzipIfPacked(joined(packed, packed, new Uint8Array(zeros)), options)).toEqual(
          joined(whole, whole),
        );
      }
      const empty = gzipSync(new Uint8Array(0));
      expect(await gunzipIfPacked(joined(empty, packed, empty), options)).toEqual(whole);
      await expect(gunzipIfPacked(joined(packed, packed), { ...options, maxBytes: 5000 })).rejects.toMatchObject({
        reason: "too-large",
      });
    });

    test("are unpacked if a member's content looks like the header of another", async () => {
      const header = Uint8Array.from({ length: 64 }, (_, i) => [0x1f, 0x8b, 8, 0][i % 4]!);
      const stored = Uint8Array.from(gzipSync(header, { level: 0 }));
      expect(await gunzipIfPacked(joined(stored, packed, stored), options)).toEqual(joined(header, whole, header));
    });

    test("are rejected if they are anything else", async () => {
      for (const bad of [
        joined(packed, Buffer.from("surplus")),
        joined(packed, packed.slice(0, -1)),
        joined(packed, Buffer.from("surplus"), packed),
      ]) {
        await expect(gunzipIfPacked(bad, options)).rejects.toMatchObject({
          reason: "bad-gzip",
          message: expect.stringContaining("expected a complete gzip file and nothing after it"),
        });
      }
    });
  });
});

test("never gives other bytes for a damaged file", async () => {
  const whole = await gunzipIfPacked(packed, options);
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 3), fc.integer({ min: 1, max: 255 }), async (position, change) => {
      const damaged = packed.slice();
      damaged[position + 2] = (damaged[position + 2] as number) ^ change;
      const result = await gunzipIfPacked(damaged, options).catch((error) => error.reason);
      // Some bytes of the header, such as the time, mean nothing to the content.
      if (typeof result === "string") expect(["bad-gzip", "too-large"]).toContain(result);
      else expect(result).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

test("stops unpacking at the limit, with an error", async () => {
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(8_000_000)));
  await expect(gunzipIfPacked(bomb, { file: "bomb.gz", maxBytes: 1_000_000 })).rejects.toThrow(
    "bomb.gz: expected at most 1000000 unpacked bytes, found more",
  );
  await expect(gunzipIfPacked(new Uint8Array(11), { ...options, maxBytes: 10 })).rejects.toThrow("found 11");
});
