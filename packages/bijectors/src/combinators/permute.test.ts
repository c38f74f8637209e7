import { expect, test } from "vitest";
import { bijectorLaws } from "../../test/laws.js";
import { Permute } from "../index.js";

bijectorLaws("Permute", new Permute({ permutation: [2, 0, 3, 1] }), { size: 4, low: -2, high: 2 });

test("y_k is x_permutation[k]", () => {
  expect(new Permute({ permutation: [2, 0, 1] }).forward([10, 20, 30])).toBeAllClose([30, 10, 20]);
  expect(new Permute({ permutation: [2, 0, 1] }).inverse([30, 10, 20])).toBeAllClose([10, 20, 30]);
});

test.each([[[]], [[0, 0]], [[1, 2]], [[0, 1.5]]])("refuses the permutation %o", (permutation) => {
  expect(() => new Permute({ permutation })).toThrow(
    `Permute: permutation must hold each of 0, ..., D-1 exactly once, got [${permutation}]`,
  );
});

test("refuses events of another size", () => {
  expect(() => new Permute({ permutation: [1, 0] }).forward([1, 2, 3])).toThrow(
    "Permute.forward: x needs 2 coordinates on its last axis, as many as the permutation, got shape [3]",
  );
});

test("equal permutations are equal maps", () => {
  expect(new Permute({ permutation: [1, 0] }).equals(new Permute({ permutation: [1, 0] }))).toBe(true);
  expect(new Permute({ permutation: [1, 0] }).equals(new Permute({ permutation: [0, 1] }))).toBe(false);
});
