import { expect, test } from "vitest";
import { BlockMeans } from "./block-means.js";

test("means of a hundred blocks of consecutive images, whatever the batches are", () => {
  const values = Float32Array.from({ length: 1000 }, (_, k) => k);
  const blocks = new BlockMeans(1000);
  for (let from = 0; from < 1000; from += 64) blocks.add(values.slice(from, from + 64));
  expect(blocks.means()).toEqual(Array.from({ length: 100 }, (_, block) => 10 * block + 4.5));
});

test("few images are their own blocks, and a last block that is not full is left out", () => {
  const few = new BlockMeans(3);
  few.add(Float32Array.of(1, 2, 4));
  expect(few.means()).toEqual([1, 2, 4]);
  const odd = new BlockMeans(150);
  odd.add(new Float32Array(149).fill(2));
  expect(odd.means()).toEqual(new Array(74).fill(2));
});
