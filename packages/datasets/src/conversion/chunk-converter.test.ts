import { expect, test } from "vitest";
import { endOfAhead } from "./chunk-converter.js";

test("small pictures are decoded ahead, large ones alone, so that no four of them unpack to gigabytes together", () => {
  const [small, large] = [{ bytes: 20_000 }, { bytes: 400_000 }];
  const ends = (pictures: readonly { bytes: number }[]) => pictures.map((_, i) => endOfAhead(pictures, i));
  expect(ends([small, small, small, small, small, small])).toEqual([4, 5, 6, 6, 6, 6]);
  expect(ends([large, large, large])).toEqual([1, 2, 3]);
  expect(ends([small, small, large, small, small])).toEqual([2, 2, 3, 5, 5]);
  expect(ends([])).toEqual([]);
});
