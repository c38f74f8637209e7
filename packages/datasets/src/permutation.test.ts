import fc from "fast-check";
import { expect, test } from "vitest";
import { TestRng } from "../test/test-rng.js";
import { randomPermutation } from "./permutation.js";
import type { Rng } from "./rng.js";

/** A generator that gives the words of a list. */
function scripted(words: number[]): Rng {
  const rng: Rng = {
    bits: (target) => target.set(target.map(() => words.shift() ?? 0)),
    fork: () => rng,
    root: words,
  };
  return rng;
}

test("has every position once, for any length", () => {
  fc.assert(
    fc.property(fc.nat(3000), fc.nat(), (length, seed) => {
      const order = randomPermutation(length, new TestRng(seed));
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    }),
    { numRuns: 50 },
  );
});

test("follows Fisher and Yates' shuffle from the last position down", () => {
  // 7 mod 4 = 3, 4 mod 3 = 1, 6 mod 2 = 0: [0 1 2 3] stays, swap 2 and 1, swap 1 and 0.
  expect([...randomPermutation(4, scripted([7, 4, 6, 0]))]).toEqual([2, 0, 1, 3]);
});

test("rejects words that would make some positions likelier", () => {
  // 2^32 = 1 mod 3: the word 2^32 - 1 is the one too many. Next word 1: position 1, and then word 1 mod 2.
  expect([...randomPermutation(3, scripted([2 ** 32 - 1, 1, 1]))]).toEqual([0, 2, 1]);
});

test("all 24 orders of four are equally likely", () => {
  const counts = new Map<string, number>();
  const runs = 24_000;
  const rng = new TestRng("orders");
  for (let i = 0; i < runs; i++) {
    const order = randomPermutation(4, rng.fork(`${i}`)).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  const expected = runs / 24;
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquared).toBeLessThan(49.7); // 0.1 % of 23 degrees of freedom
});
