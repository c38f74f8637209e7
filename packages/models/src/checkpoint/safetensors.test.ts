import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.js";

const float = (shape: number[], values: number[]): StoredTensor => ({ shape, data: new Float32Array(values) });

test("tensors are decoded as they were encoded, including empty ones and scalars", () => {
  const tensors = new Map<string, StoredTensor>([
    ["encoder.000.kernel", float([2, 3], [1, -0, Number.NaN, Infinity, 1e-45, -3.5])],
    ["scalar", float([], [7])],
    ["none", float([0, 4], [])],
    ["Zeichen \u00fc", { shape: [2], data: new Int32Array([-1, 2 ** 31 - 1]) }],
  ]);
  const decoded = decodeSafetensors(encodeSafetensors(tensors), "test");
  expect([...decoded]).toEqual([...tensors]);
});

test("reads and writes the bytes of the reference implementation", () => {
  const fixture = JSON.parse(readFileSync(new URL("../../test/reference/safetensors.json", import.meta.url), "utf8"));
  const file = new Uint8Array(Buffer.from(fixture.file, "base64"));
  const decoded = decodeSafetensors(file, "reference");
  for (const [name, { shape, values }] of Object.entries<{ shape: number[]; values: number[] }>(fixture.tensors)) {
    expect(decoded.get(name)!.shape).toEqual(shape);
    expect(Array.from(decoded.get(name)!.data)).toEqual(values);
  }
  expect(decoded.size).toBe(Object.keys(fixture.tensors).length);
  expect(encodeSafetensors(decoded)).toEqual(file);
});

test("damaged files are read or rejected with our error, never with another one", () => {
  const file = encodeSafetensors(
    new Map([
      ["a", float([2, 2], [1, 2, 3, 4])],
      ["b", float([1], [5])],
    ]),
  );
  const edit = fc.tuple(fc.nat(file.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(file.length), (edits, length) => {
      const damaged = file.slice(0, edits.length % 2 === 0 ? length : file.length);
      for (const [at, byte] of edits) if (at < damaged.length) damaged[at] = byte;
      try {
        decodeSafetensors(damaged, "damaged.safetensors");
      } catch (error) {
        expect((error as Error).message).toMatch(/^damaged\.safetensors: not a safetensors file/);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test.each([
  ["cut short", (file: Uint8Array) => file.slice(0, -1)],
  ["bytes at the end", (file: Uint8Array) => new Uint8Array([...file, 0])],
  ["empty", () => new Uint8Array()],
  [
    "a header longer than the file",
    (file: Uint8Array) => new Uint8Array([255, 255, 0, 0, 0, 0, 0, 0, ...file.slice(8)]),
  ],
])("refuses a file that is %s", (_, damage) => {
  const file = encodeSafetensors(new Map([["a", float([2], [1, 2])]]));
  expect(() => decodeSafetensors(damage(file), "x.safetensors")).toThrow("x.safetensors: not a safetensors file");
});

test("an empty tensor may be listed after a tensor that begins at the same byte, as in Python's safetensors", () => {
  // {"full": bytes 0 to 4, "empty": bytes 0 to 0}: safetensors 0.8.0 loads it, since it sorts by both ends.
  const entries = {
    full: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    empty: { dtype: "F32", shape: [0, 3], data_offsets: [0, 0] },
  };
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const file = new Uint8Array(8 + json.length + 4);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  const decoded = decodeSafetensors(file, "x.safetensors");
  expect([...decoded].map(([name, { shape }]) => [name, shape])).toEqual([
    ["full", [1]],
    ["empty", [0, 3]],
  ]);
  expect(Array.from(decoded.get("full")!.data)).toEqual([0]);
});
