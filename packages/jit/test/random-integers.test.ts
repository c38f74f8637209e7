import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { TraceRandomnessError } from "../src/errors.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

/** Random integers: categories are drawn from the generator, the others by what their errors say. */

test.each([1, 2])("categories of tf.multinomial, logits of rank %d, have their probabilities", async (rank) => {
  const logits = tf.log(tf.tensor1d([0.2, 0.3, 0.5]));
  const given = rank === 1 ? logits : tf.expandDims(logits, 0);
  const compiled = jit(() => tf.multinomial(given as tf.Tensor1D, 5000), { rng: new TestRng(11) });
  const calls = [await compiled(), await compiled()] as const;
  for (const drawn of calls) {
    const counts = [0, 0, 0];
    expect({ shape: drawn.shape, dtype: drawn.dtype }).toEqual({
      shape: rank === 1 ? [5000] : [1, 5000],
      dtype: "int32",
    });
    for (const category of drawn.dataSync()) counts[category]!++;
    // Binomial(5000, p): four standard deviations are 142 at most.
    for (const [i, p] of [0.2, 0.3, 0.5].entries()) expect(Math.abs(counts[i]! - 5000 * p)).toBeLessThan(142);
  }
  expect(calls[0].dataSync()).not.toEqual(calls[1].dataSync());
  await compiled.dispose();
});

const uniform = /for integers write tf\.cast\(tf\.floor\(tf\.randomUniform\(shape, low, high\)\), "int32"\)/;
const refused: [string, () => tf.Tensor, RegExp][] = [
  ["randomUniform", () => tf.randomUniform([4], 0, 9, "int32"), uniform],
  ["randomUniformInt", () => tf.randomUniformInt([4], 0, 9), uniform],
  ["randomNormal", () => tf.randomNormal([4], 0, 9, "int32"), /write tf\.cast\(tf\.round\(tf\.randomNormal\(/],
  ["truncatedNormal", () => tf.truncatedNormal([4], 0, 9, "int32"), /write tf\.cast\(tf\.round\(tf\.truncatedNormal\(/],
  ["randomGamma", () => tf.randomGamma([4], 2, 9, "int32"), /write tf\.cast\(tf\.round\(tf\.randomGamma\(/],
];

test.each(refused)(
  "integers of %s: the error says what to write instead, with and without rng",
  async (_, fn, message) => {
    for (const options of [{}, { rng: new TestRng(1) }]) {
      const call = jit(fn, options)();
      await expect(call).rejects.toThrow(TraceRandomnessError);
      await expect(call).rejects.toThrow(message);
    }
  },
);

test("what the error says for uniform integers gives what tfjs gives: it cuts off", async () => {
  const seed = 42;
  const cut = tf.cast(tf.floor(tf.randomUniform([1000], 0, 7, "float32", seed)), "int32");
  expect(cut.dataSync()).toEqual(tf.randomUniform([1000], 0, 7, "int32", seed).dataSync());
  const compiled = jit(() => tf.cast(tf.floor(tf.randomUniform([1000], 0, 7)), "int32"), { rng: new TestRng(5) });
  const drawn = await compiled();
  expect(drawn.dtype).toBe("int32");
  expect([...new Set(drawn.dataSync())].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await compiled.dispose();
});
