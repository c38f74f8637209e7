import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
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
