import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { upsample } from "./jpeg-upsampling.js";

// Planes of Cb and Cr that Pillow has of libjpeg: test/reference/generate_odd_pictures.py.
const cases = JSON.parse(readFileSync(new URL("../../test/reference/upsampled.json", import.meta.url), "utf8")) as {
  down: number;
  samples: number[][];
  plane: string;
}[];

test.each(cases)("2 x $down samples are libjpeg's, rounding included", ({ down, samples, plane }) => {
  const [height, width] = [samples.length, samples[0]?.length ?? 0];
  const own = upsample({ width, height, samples: Uint8Array.from(samples.flat()) }, 2, down, 2 * width, down * height);
  expect(Buffer.compare(own, inflateSync(Buffer.from(plane, "base64")))).toBe(0);
});

test("rows that double are interpolated as columns are, and other factors repeat samples", () => {
  const samples = Uint8Array.of(10, 20, 200, 30, 50, 70);
  const across = upsample({ width: 6, height: 1, samples }, 2, 1, 12, 1);
  const down = upsample({ width: 1, height: 6, samples }, 1, 2, 1, 12);
  expect(down).toEqual(across);
  expect([...across.subarray(0, 4)]).toEqual([10, 13, 17, 65]);
  expect([...upsample({ width: 2, height: 1, samples: samples.subarray(0, 2) }, 4, 2, 7, 2)]).toEqual([
    10, 10, 10, 10, 20, 20, 20, 10, 10, 10, 10, 20, 20, 20,
  ]);
});
