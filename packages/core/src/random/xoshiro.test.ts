import { expect, test } from "vitest";
import { fillUniform, fillWords, nextOpenUniform, nextWord, openUniformFromWords, uniformFromWord } from "./xoshiro.js";

// The state 1, 2, 3, 4 through the authors' C program, https://prng.di.unimi.it/xoshiro128plusplus.c; the same vector
// stands in the tests of the Rust crate rand_xoshiro.
const published = [
  641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
];

test("words are the published outputs of xoshiro128++", () => {
  const words = new Uint32Array(10);
  fillWords(Int32Array.of(1, 2, 3, 4), words);
  expect(Array.from(words)).toEqual(published);
});

test("one word at a time gives the same words", () => {
  const state = Int32Array.of(1, 2, 3, 4);
  expect(Array.from({ length: 10 }, () => nextWord(state) >>> 0)).toEqual(published);
});

test.each([
  ["smallest", 0, 2 ** -24],
  ["smallest, low bits set", 511, 2 ** -24],
  ["second", 512, 3 * 2 ** -24],
  ["largest", 0xffffffff, 1 - 2 ** -24],
  ["largest, low bits clear", 0xfffffe00, 1 - 2 ** -24],
])("the uniform of the %s word is exact in float32 and lies inside (0, 1)", (_, word, expected) => {
  expect(uniformFromWord(word | 0)).toBe(expected);
  expect(Math.fround(uniformFromWord(word | 0))).toBe(expected);
});

test("uniforms are the words, in order", () => {
  const uniforms = new Float32Array(10);
  fillUniform(Int32Array.of(1, 2, 3, 4), uniforms);
  expect(Array.from(uniforms)).toEqual(published.map((word) => (Math.floor(word / 512) + 0.5) * 2 ** -23));
});

test.each([
  ["smallest", 0, 2 ** -53],
  ["largest", -1, 1 - 2 ** -53],
])("the float64 uniform of the %s words lies inside (0, 1)", (_, word, expected) => {
  expect(openUniformFromWords(word, word)).toBe(expected);
});

test("a float64 uniform takes two words", () => {
  const state = Int32Array.of(1, 2, 3, 4);
  expect(nextOpenUniform(state)).toBe(openUniformFromWords(641, 1573767));
  expect(nextWord(state) >>> 0).toBe(published[2]);
});
