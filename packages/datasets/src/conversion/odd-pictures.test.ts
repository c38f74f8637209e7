import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createDecoder, decodePicture } from "./decoder.js";

// Made and decoded by Pillow: test/reference/generate_odd_pictures.py.
const pictures = JSON.parse(
  readFileSync(new URL("../../test/reference/odd-pictures.json", import.meta.url), "utf8"),
) as Record<string, { bytes: string; size: [number, number]; rgb: string }>;

const ONLY_SHARP = /^WebP|^JPEG, CMYK 4:2:0$/;

/** Red, green and blue, whatever channels there are. */
function rgbOf(pixels: Uint8Array, channels: number): Uint8Array {
  return Uint8Array.from(
    { length: (pixels.length / channels) * 3 },
    (_, i) => pixels[Math.floor(i / 3) * channels + (channels >= 3 ? i % 3 : 0)] as number,
  );
}

describe.each(["sharp", "javascript"] as const)("%s decodes as Pillow does:", (name) => {
  test.each(Object.keys(pictures))("%s", async (kind) => {
    const { bytes, size, rgb } = pictures[kind] as (typeof pictures)[string];
    const decoding = decodePicture(await createDecoder(name), Buffer.from(bytes, "base64"), "x");
    if (name === "javascript" && ONLY_SHARP.test(kind)) {
      await expect(decoding).rejects.toThrow("which only sharp decodes here: install sharp");
      return;
    }
    const { width, height, channels, pixels } = await decoding;
    expect([height, width]).toEqual(size);
    const expected = inflateSync(Buffer.from(rgb, "base64"));
    const worst = rgbOf(pixels, channels).reduce(
      (most, v, i) => Math.max(most, Math.abs(v - (expected[i] as number))),
      0,
    );
    // sharp has Pillow's own libjpeg; jpeg-js rounds the cosine transform its way.
    expect(worst).toBeLessThanOrEqual(name === "javascript" && kind.startsWith("JPEG") ? 3 : 0);
  });
});

test("JPEGs of any size with halved chroma have nearly the pixels of sharp without it", async () => {
  const [first, second] = [await createDecoder("sharp"), await createDecoder("javascript")];
  const side = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      fc.integer({ min: 1, max: 1e6 }),
      fc.boolean(),
      async (width, height, seed, progressive) => {
        const noise = Uint8Array.from(
          { length: 3 * width * height },
          (_, i) => Math.imul(i + 1, seed * 2654435761) >>> 24,
        );
        const picture = sharp(noise, { raw: { width, height, channels: 3 } });
        const bytes = await picture.jpeg({ quality: 90, chromaSubsampling: "4:2:0", progressive }).toBuffer();
        const [a, b] = [await first.decode(bytes), await second.decode(bytes)];
        const worst = a.pixels.reduce((most, v, i) => Math.max(most, Math.abs(v - (b.pixels[i] as number))), 0);
        expect(worst).toBeLessThanOrEqual(5);
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});
