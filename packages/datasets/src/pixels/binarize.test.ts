import fc from "fast-check";
import { expect, test } from "vitest";
import { TestRng } from "../../test/test-rng.js";
import type { Rng } from "../rng.js";
import { writeBernoulli, writePixels } from "./binarize.js";
import { UniformBelow255 } from "./uniform-below-255.js";

/** A generator whose words count through all bytes: 00 01 02 03, 04 ... */
function countingRng(): Rng {
  let byte = 0;
  const rng: Rng = {
    bits: (target) => {
      for (let i = 0; i < target.length; i++) {
        target[i] = (byte | ((byte + 1) << 8) | ((byte + 2) << 16) | ((byte + 3) << 24)) >>> 0;
        byte = (byte + 4) & 255;
      }
    },
    fork: () => rng,
    root: {},
  };
  return rng;
}

test("a pixel v is 1 for exactly v of the 255 equally likely draws", () => {
  for (let pixel = 1; pixel <= 255; pixel++) {
    // The first 255 draws are 0 ... 254, each once.
    const target = new Float32Array(255);
    writeBernoulli(new Uint8Array(255).fill(pixel), target, 0, new UniformBelow255(countingRng()));
    expect(target.reduce((a, b) => a + b)).toBe(pixel);
  }
});

test("the byte 255 is never a draw, and bytes come lowest first", () => {
  const uniform = new UniformBelow255(countingRng());
  uniform.refill();
  expect([...uniform.values.subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(uniform.length).toBe(4096 - 16);
  expect(uniform.values.subarray(0, uniform.length).includes(255)).toBe(false);
});

test("pixels of 0 and 255 are certain, wherever the pixel stands in its group of four", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 255), { maxLength: 70 }), fc.nat(5), (pixels, offset) => {
      const target = new Float32Array(pixels.length + offset + 1).fill(9);
      writeBernoulli(Uint8Array.from(pixels), target, offset, new UniformBelow255(new TestRng(1)));
      const expected = [...Array(offset).fill(9), ...pixels.map((pixel) => pixel / 255), 9];
      expect([...target]).toEqual(expected);
    }),
  );
});

test("the share of ones agrees with v / 255 within 4 standard errors, and draws are independent", () => {
  const draws = 100_000;
  const uniform = new UniformBelow255(new TestRng("shares"));
  for (const pixel of [1, 64, 127, 128, 254]) {
    const target = new Float32Array(draws);
    writeBernoulli(new Uint8Array(draws).fill(pixel), target, 0, uniform);
    const p = pixel / 255;
    const error = Math.sqrt((p * (1 - p)) / draws);
    const share = target.reduce((a, b) => a + b) / draws;
    expect(Math.abs(share - p)).toBeLessThan(4 * error);
    for (const lag of [1, 4]) {
      let both = 0;
      for (let i = lag; i < draws; i++) both += (target[i] as number) * (target[i - lag] as number);
      const bothError = Math.sqrt((p * p * (1 - p * p)) / draws);
      expect(Math.abs(both / draws - p * p)).toBeLessThan(5 * bothError);
    }
  }
});

test("intensities are v / 255 in float32, and the threshold lies between 127 and 128", () => {
  const pixels = Uint8Array.from({ length: 256 }, (_, i) => i);
  const target = new Float32Array(257);
  writePixels(pixels, target, 1, false);
  expect([...target]).toEqual([0, ...Array.from(pixels, (pixel) => Math.fround(pixel / 255))]);
  writePixels(pixels, target, 1, true);
  expect([...target]).toEqual([0, ...Array.from(pixels, (pixel) => (pixel / 255 >= 0.5 ? 1 : 0))]);
});
