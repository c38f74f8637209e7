import { ImageDataset } from "@igr/datasets";
import { expect, test } from "vitest";
import { paddedTo } from "./padded-dataset.js";

test("images stand in the middle of a black square, labels stay", () => {
  const images = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const dataset = new ImageDataset({ images, labels: Uint8Array.from([3, 9]), imageShape: [2, 2, 1] });
  const padded = paddedTo(4, dataset);
  expect(padded.imageShape).toEqual([4, 4, 1]);
  expect([...padded.images.slice(0, 16)]).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]);
  expect([...padded.images.slice(21, 23)]).toEqual([5, 6]);
  expect([...padded.labels]).toEqual([3, 9]);
  expect(() => paddedTo(1, dataset)).toThrow("side must be at least that of the images, 2x2, got 1");
});
