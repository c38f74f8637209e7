import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gunzipIfPacked } from "./gunzip.js";

const options = { file: "a.gz", maxBytes: 10_000 };
const packed = Uint8Array.from(gzipSync(Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251)));

test("unpacks what is packed, and returns what isn't as it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      const input = Uint8Array.from(bytes);
      if (input[0] !== 0x1f) expect(await gunzipIfPacked(input, options)).toBe(input);
      expect(await gunzipIfPacked(Uint8Array.from(gzipSync(input)), options)).toEqual(input);
    }),
    { numRuns: 50 },
  );
});

test("refuses a file cut anywhere after its magic number", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: packed.length - 1 }), async (length) => {
      await expect(gunzipIfPacked(packed.slice(0, length), options)).rejects.toMatchObject({ reason: "bad-gzip" });
    }),
    { numRuns: 50 },
  );
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

test("stops a bomb at the limit, and says so", async () => {
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(8_000_000)));
  await expect(gunzipIfPacked(bomb, { file: "bomb.gz", maxBytes: 1_000_000 })).rejects.toThrow(
    "bomb.gz: expected at most 1000000 unpacked bytes, found more",
  );
  await expect(gunzipIfPacked(new Uint8Array(11), { ...options, maxBytes: 10 })).rejects.toThrow("found 11");
});
