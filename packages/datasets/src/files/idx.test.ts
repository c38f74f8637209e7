import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idxBytes } from "../../test/idx-bytes.js";
import { DatasetError } from "../dataset-error.js";
import { parseIdx } from "./idx.js";

const file = "train-images-idx3-ubyte";

function failure(run: () => unknown): DatasetError {
  try {
    run();
  } catch (error) {
    if (error instanceof DatasetError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

const shapeAndElements = fc.array(fc.nat(5), { maxLength: 4 }).chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    fc.uint8Array({
      minLength: shape.reduce((a, b) => a * b, 1),
      maxLength: shape.reduce((a, b) => a * b, 1),
    }),
  ),
);

test("reads back what was written, at any offset in its memory", () => {
  fc.assert(
    fc.property(shapeAndElements, fc.nat(7), ([shape, elements], offset) => {
      const bytes = idxBytes(shape, elements);
      const shifted = new Uint8Array(bytes.length + offset);
      shifted.set(bytes, offset);
      expect(parseIdx(shifted.subarray(offset), { file, shape })).toEqual({ shape, data: elements });
    }),
  );
});

test("random bytes are refused with a DatasetError or hold exactly what their header says", () => {
  const header = fc.tuple(
    fc.constantFrom(Uint8Array.of(0, 0, 8), Uint8Array.of(0, 0, 9), Uint8Array.of(0x1f, 0x8b, 8)),
    fc.oneof(fc.nat(4), fc.nat(255)),
    fc.uint8Array({ maxLength: 40 }),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    header.map(([magic, rank, rest]) => Uint8Array.of(...magic, rank, ...rest)),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        const { shape, data } = parseIdx(input, { file });
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(DatasetError);
        expect((error as DatasetError).message).toContain(file);
      }
    }),
    { numRuns: 2000 },
  );
});

test("every truncated or extended file is distinguished from the whole one", () => {
  fc.assert(
    fc.property(shapeAndElements, fc.integer({ min: 1, max: 30 }), ([shape, elements], change) => {
      const bytes = idxBytes(shape, elements);
      const cut = bytes.subarray(0, Math.max(0, bytes.length - change));
      expect(failure(() => parseIdx(cut, { file })).reason).toBe("truncated");
      const longer = new Uint8Array(bytes.length + change);
      longer.set(bytes);
      expect(failure(() => parseIdx(longer, { file })).reason).toBe("trailing-bytes");
    }),
  );
});

describe("refuses", () => {
  test.each([
    ["a page of HTML", new TextEncoder().encode("<!doctype html>"), "bad-header", "found the first bytes 3c 21 64 6f"],
    ["floats", Uint8Array.of(0, 0, 13, 3), "bad-header", "beginning 00 00 08 03, found the first bytes 00 00 0d 03"],
    ["labels for images", idxBytes([2], [1, 2]), "bad-header", "with 3 axes"],
    ["other sizes", idxBytes([1, 2, 3], [1, 2, 3, 4, 5, 6]), "wrong-shape", "expected shape [any,2,2], found [1,2,3]"],
    ["nothing", new Uint8Array(0), "truncated", "found 0 bytes"],
    [
      "half a header",
      Uint8Array.of(0, 0, 8, 3, 0, 0),
      "truncated",
      "expected an IDX header of 16 bytes, found 6 bytes",
    ],
    [
      "sizes whose product overflows a double's integers",
      idxBytes([2 ** 32 - 1, 2, 2], [0]),
      "truncated",
      "17179869196 bytes for shape [4294967295,2,2], found 17 bytes",
    ],
  ] as const)("%s", (_, bytes, reason, message) => {
    const error = failure(() => parseIdx(bytes, { file, shape: [undefined, 2, 2] }));
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^train-images-idx3-ubyte: expected .+, found /);
  });

  test("sizes beyond any number, with a zero among them or not", () => {
    const huge = Array(255).fill(2 ** 32 - 1);
    expect(failure(() => parseIdx(idxBytes(huge, [1]), { file })).reason).toBe("truncated");
    expect(parseIdx(idxBytes([...huge.slice(1), 0], []), { file }).data.length).toBe(0);
  });
});
