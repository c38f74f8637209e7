import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { imageGridPng } from "./image-grid.js";

/** Reads an 8-bit grey PNG whose rows are unfiltered, by the PNG specification. */
function readPng(png: Uint8Array): { width: number; height: number; rows: Uint8Array[] } {
  const view = Buffer.from(png);
  expect([...view.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const width = view.readUInt32BE(16);
  const height = view.readUInt32BE(20);
  expect([view[24], view[25]]).toEqual([8, 0]);
  const packed: Buffer[] = [];
  for (let at = 8; at < view.length; at += 12 + view.readUInt32BE(at)) {
    if (view.toString("latin1", at + 4, at + 8) === "IDAT") {
      packed.push(view.subarray(at + 8, at + 8 + view.readUInt32BE(at)));
    }
  }
  const raw = inflateSync(Buffer.concat(packed));
  const rows = Array.from({ length: height }, (_, y) => raw.subarray(y * (width + 1), (y + 1) * (width + 1)));
  for (const row of rows) expect(row[0]).toBe(0);
  return { width, height, rows: rows.map((row) => row.subarray(1)) };
}

test("images are in a grid, enlarged, with a gap around each", () => {
  const black = [0, 0, 0, 0];
  const white = [1, 1, 1, 1];
  const grey = [0.5, 0.5, 0.5, 0.5];
  const png = imageGridPng([...black, ...white, ...grey], { height: 2, width: 2, columns: 2, gap: 1, scale: 1 });
  const { width, height, rows } = readPng(png);
  expect([width, height]).toEqual([7, 7]);
  expect([...rows[1]!]).toEqual([48, 0, 0, 48, 255, 255, 48]);
  expect([...rows[4]!]).toEqual([48, 128, 128, 48, 48, 48, 48]);
});

test("RGB images keep their colors", () => {
  const png = imageGridPng([1, 0, 0.5], { height: 1, width: 1, channels: 3, columns: 1, gap: 0, scale: 1 });
  const view = Buffer.from(png);
  const at = view.indexOf("IDAT", 0, "latin1");
  expect(view[25]).toBe(2);
  expect([...inflateSync(view.subarray(at + 4, at + 4 + view.readUInt32BE(at - 4)))]).toEqual([0, 255, 0, 128]);
});

test("rejects pixels that are not whole images", () => {
  expect(() => imageGridPng([0, 0, 0], { height: 2, width: 2, columns: 2 })).toThrow(
    "imageGridPng: pixels must hold whole 2x2 images, got 3 values",
  );
});
