import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import { jpegBytes, pngBytes } from "../../test/pictures.js";
import { startUnlessLarge } from "./chunk-converter.js";
import { decodePicture } from "./decoder.js";
import { pictureClaim } from "./picture-claim.js";

const small = { depth: 8, color: 2 };

/** A JPEG of 40x30 pixels whose frame claims another size. */
function jpegThatClaims(width: number, height: number): Buffer {
  const bytes = Buffer.from(jpegBytes(40, 30, 2));
  const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

test("format and size come from the header", async () => {
  expect(pictureClaim(jpegBytes(40, 30, 2))).toEqual({ format: "JPEG", width: 40, height: 30 });
  expect(pictureClaim(pngBytes({ width: 4, height: 3, ...small }, new Uint8Array(39)))).toEqual({
    ...{ format: "PNG", width: 4, height: 3 },
  });
  const picture = sharp({ create: { width: 400, height: 300, channels: 4, background: "#ff000080" } });
  const webp = (options: object) => picture.clone().webp(options).toBuffer();
  for (const bytes of [
    await webp({ lossless: true }),
    await webp({}),
    await picture.clone().removeAlpha().webp({}).toBuffer(),
    await picture
      .clone()
      .withExif({ IFD0: { Copyright: "x" } })
      .webp({ lossless: true })
      .toBuffer(),
  ]) {
    expect(pictureClaim(bytes), bytes.toString("latin1", 12, 16)).toEqual({ format: "WebP", width: 400, height: 300 });
  }
});

// Each of these is small and takes nothing to refuse.
describe("no decoder is given", () => {
  test.each([
    [
      "a PNG of more pixels than Pillow's limit",
      pngBytes({ width: 9460, height: 9460, ...small }, new Uint8Array(99)),
      "at most 89478485",
    ],
    [
      "a PNG of more rows than its bytes unpack to",
      pngBytes({ width: 6000, height: 6000, ...small }, new Uint8Array(99)),
      "more than 69 bytes of PNG can hold",
    ],
    ["a PNG of no width", pngBytes({ width: 0, height: 6000, ...small }, new Uint8Array(99)), "0x6000 pixels"],
    ["a JPEG of more pixels than any camera has", jpegThatClaims(65_000, 65_000), "at most 89478485"],
    [
      "a JPEG of more blocks than its bytes have bits",
      jpegThatClaims(9000, 9000),
      /more than \d+ bytes of JPEG can hold/,
    ],
  ])("%s", async (_, bytes, message) => {
    const never = { description: "none", decode: () => Promise.reject(new Error("decoded")) };
    const refused = await decodePicture(never, bytes, "x").catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: "not-an-image", file: "x" });
    expect((refused as Error).message).toMatch(message);
  });
});

test("only pictures of few pixels are decoded ahead: 12 MP of one color are a few bytes", async () => {
  const plain = (side: number) =>
    sharp({ create: { width: side, height: side, channels: 3, background: "#ffffff" } })
      .webp({ lossless: true })
      .toBuffer();
  const [small, large] = [await plain(1000), await plain(3500)];
  expect(large.length).toBeLessThan(2 ** 17);
  const picture = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) };
  const calls = [small, large, Buffer.from("no picture")].map((bytes) => {
    const decode = vi.fn(async () => picture);
    const pixels = startUnlessLarge(bytes, decode);
    return { decode, pixels, before: decode.mock.calls.length };
  });
  expect(calls.map(({ before }) => before)).toEqual([1, 0, 1]);
  for (const { decode, pixels } of calls) {
    expect(await pixels()).toBe(picture);
    expect(decode).toHaveBeenCalledTimes(1);
  }
});
