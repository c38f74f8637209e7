import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { jpegBytes, type PngHeader, pngBytes } from "../../test/pictures.js";
import { createDecoder, decodePicture } from "./decoder.js";
import { decodePng } from "./png.js";

const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

describe("PNG as sharp decodes it:", () => {
  test.each([
    [0, 1],
    [0, 2],
    [0, 4],
    [0, 8],
    [0, 16],
    [2, 8],
    [2, 16],
    [3, 1],
    [3, 2],
    [3, 4],
    [3, 8],
    [4, 8],
    [6, 8],
  ])("color type %i, depth %i, every filter", async (color, depth) => {
    const header: PngHeader = { width: 11, height: 10, depth, color };
    const row = Math.ceil((11 * (SAMPLES[color] as number) * depth) / 8);
    const rows = Uint8Array.from({ length: 10 * (row + 1) }, (_, i) =>
      i % (row + 1) === 0 ? (i / (row + 1)) % 5 : (i * i * 31) >> 2,
    );
    // A palette as long as the depth can name, so that every index is one.
    const palette = color === 3 ? Uint8Array.from({ length: 3 * 2 ** depth }, (_, i) => i * 7) : undefined;
    const bytes = pngBytes(header, rows, palette);
    const { width, height, channels, pixels } = decodePng(bytes, 1000);
    expect([width, height, channels]).toEqual([11, 10, color === 3 ? 3 : SAMPLES[color]]);
    const { data, info } = await sharp(bytes).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    for (let i = 0; i < 110; i++) {
      for (let channel = 0; channel < 3; channel++) {
        const own = pixels[i * channels + (channels >= 3 ? channel : 0)] as number;
        const other = data[i * info.channels + (info.channels >= 3 ? channel : 0)] as number;
        // Of 16 bits, libvips keeps the upper ones, too.
        expect(Math.abs(own - other), `pixel ${i}`).toBeLessThanOrEqual(depth === 16 ? 1 : 0);
      }
    }
  });

  test("damaged, inconsistent or huge ones are rejected, always by the same class of error", () => {
    const header: PngHeader = { width: 4, height: 4, depth: 8, color: 0 };
    const whole = pngBytes(header, new Uint8Array(20));
    expect(decodePng(whole, 16).pixels).toEqual(new Uint8Array(16));
    expect(() => decodePng(whole, 15)).toThrow("4x4 pixels");
    expect(() => decodePng(pngBytes(header, new Uint8Array(19)), 16)).toThrow("19 unpacked bytes instead of 20");
    expect(() => decodePng(pngBytes(header, new Uint8Array(1e6)), 16)).toThrow(
      "more than 65536 unpacked bytes beyond 20",
    );
    expect(() => decodePng(pngBytes(header, new Uint8Array(20).fill(5)), 16)).toThrow("filter 5");
    // Interlaced, its passes have 7 rows: 1x1, 1x1, 2x1, 2x1 (twice) and 4x1 (twice) pixels, each with a filter.
    expect(decodePng(pngBytes({ ...header, interlace: 1 }, new Uint8Array(24)), 16).pixels).toEqual(new Uint8Array(16));
    expect(() => decodePng(pngBytes({ ...header, interlace: 1 }, new Uint8Array(20)), 16)).toThrow("instead of 2");
    expect(() => decodePng(pngBytes({ ...header, interlace: 2 }, new Uint8Array(20)), 16)).toThrow("color type 0");
    expect(() => decodePng(pngBytes({ ...header, color: 3 }, new Uint8Array(20)), 16)).toThrow("no palette");
    expect(() => decodePng(pngBytes({ ...header, depth: 3 }, new Uint8Array(20)), 16)).toThrow(
      "color type 0 of depth 3",
    );
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePng(whole.subarray(0, length), 16), `cut at ${length}`).toThrow(Error);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        expect(() =>
          decodePng(
            whole.map((byte, i) => (i === at ? byte ^ change : byte)),
            16,
          ),
        ).toThrow(Error);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe.each(["sharp", "javascript"] as const)("the decoder %s", (name) => {
  test("decodes JPEG", async () => {
    const decoder = await createDecoder(name);
    const { width, height, channels, pixels } = await decoder.decode(jpegBytes(40, 30, 2));
    expect([width, height, channels]).toEqual([40, 30, 3]);
    const at = (x: number, y: number) => [...pixels.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];
    for (const [x, y] of [
      [5, 5],
      [35, 10],
      [20, 25],
    ] as const) {
      const expected = [(255 * x) / 40, (255 * y) / 30, 74];
      for (const [i, value] of at(x, y).entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(8);
    }
  });

  test.each([
    ["text", new TextEncoder().encode("no picture"), /bytes that begin with 6e6f207069637475/],
    ["nothing", new Uint8Array(), /no bytes/],
    ["half a JPEG", jpegBytes(40, 30, 2).slice(0, 500), /x\.jpg/],
    ["a JPEG header alone", jpegBytes(40, 30, 2).slice(0, 20), /x\.jpg/],
  ])("refuses %s", async (_, bytes, message) => {
    const decoding = decodePicture(await createDecoder(name), bytes, "x.jpg");
    await expect(decoding).rejects.toMatchObject({ reason: "not-an-image", message: expect.stringMatching(message) });
  });
});
