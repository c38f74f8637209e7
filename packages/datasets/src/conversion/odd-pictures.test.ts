import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createDecoder } from "./decoder.js";
import { jpegColors } from "./jpeg-colors.js";

// Made and decoded by Pillow: test/reference/generate_odd_files.py.
const pictures = JSON.parse(
  readFileSync(new URL("../../test/reference/odd-pictures.json", import.meta.url), "utf8"),
) as Record<string, { bytes: string; rgb: number[] }>;

function worst(pixels: Uint8Array, channels: number, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const channel = channels >= 3 ? i % 3 : 0;
    const own = pixels[Math.floor(i / 3) * channels + channel] as number;
    largest = Math.max(largest, Math.abs(own - (expected[i] as number)));
  }
  return largest;
}

describe.each(["sharp", "javascript"] as const)("the decoder %s gives Pillow's colors for a JPEG", (name) => {
  test.each(Object.keys(pictures))("in %s", async (kind) => {
    const { bytes, rgb } = pictures[kind] as (typeof pictures)[string];
    const { pixels, channels } = await (await createDecoder(name)).decode(Buffer.from(bytes, "base64"));
    expect(worst(pixels, channels, rgb)).toBeLessThanOrEqual(4);
  });

  test("with component ids R, G, B and no marker that says so", async () => {
    const { bytes, rgb } = pictures["RGB, Adobe transform 0"] as (typeof pictures)[string];
    const whole = Buffer.from(bytes, "base64");
    const at = whole.indexOf(Buffer.from("ffee", "hex"));
    const plain = Buffer.concat([whole.subarray(0, at), whole.subarray(at + 2 + whole.readUInt16BE(at + 2))]);
    expect(jpegColors(plain)).toEqual({ components: 3, isRgb: true });
    const { pixels, channels } = await (await createDecoder(name)).decode(plain);
    expect(worst(pixels, channels, rgb)).toBeLessThanOrEqual(4);
  });

  test("with a profile, which is not applied", async () => {
    const { bytes } = pictures.YCbCr as (typeof pictures)[string];
    const tagged = await sharp(Buffer.from(bytes, "base64"))
      .withIccProfile("p3")
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toBuffer();
    const own = await (await createDecoder(name)).decode(tagged);
    const other = await (await createDecoder("javascript")).decode(tagged);
    expect((await sharp(tagged).metadata()).icc).toBeDefined();
    expect(worst(own.pixels, own.channels, other.pixels)).toBeLessThanOrEqual(4);
  });
});
