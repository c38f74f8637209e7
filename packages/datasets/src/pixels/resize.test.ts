import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resizeImages } from "./resize.js";

interface Reference {
  readonly from: [number, number, number];
  readonly to: [number, number];
  readonly bytes: string;
}

// Pillow 12.0.0, test/reference/generate_resized.py.
const references = JSON.parse(
  readFileSync(new URL("../../test/reference/resized.json", import.meta.url), "utf8"),
) as Reference[];

function source([height, width, channels]: readonly [number, number, number]): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, i) => i * i * 7 + (i >> 3) * 11);
}

test.each(references)("$from to $to gives the bytes of Pillow", ({ from, to, bytes }) => {
  const images = source(from);
  expect(Buffer.from(resizeImages(images, from, to)).toString("hex")).toBe(bytes);
  // Several images don't touch each other.
  const two = resizeImages(Uint8Array.from([...images, ...images]), from, to);
  expect(Buffer.from(two).toString("hex")).toBe(bytes + bytes);
});

test("an image of one grey keeps it, and the original size gives the same bytes", () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (height, width, toHeight, toWidth, grey) => {
      const grown = resizeImages(new Uint8Array(height * width).fill(grey), [height, width, 1], [toHeight, toWidth]);
      expect(grown).toEqual(new Uint8Array(toHeight * toWidth).fill(grey));
      const images = source([height, width, 1]);
      expect(resizeImages(images, [height, width, 1], [height, width])).toEqual(images);
    }),
    { numRuns: 50, seed: 1 },
  );
});

test.each([0, 1.5, Number.NaN])("rejects a side of %d", (side) => {
  expect(() => resizeImages(new Uint8Array(4), [2, 2, 1], [side, 2])).toThrow(
    `Resizer: each size must be an integer >= 1, got ${side}`,
  );
});
