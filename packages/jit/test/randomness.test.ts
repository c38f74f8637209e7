import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { TraceRandomnessError } from "../src/errors.js";
import { DRAW_LISTENER } from "../src/trace/random-source.js";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

/** Numbers of several calls of an eager function. */
async function numbers(run: (i: number) => tf.Tensor | Promise<tf.Tensor>, calls: number): Promise<number[][]> {
  const result: number[][] = [];
  for (let i = 0; i < calls; i++) result.push([...(await run(i)).dataSync()]);
  return result;
}

test("draws have the values and the order of eager execution, at each call", async () => {
  const fn = (rng: TestRng) => (x: tf.Tensor) => {
    const first = rng.normal([3]);
    const second = rng.uniform([2, 3]);
    return tf.add(tf.add(first, x), tf.mul(second, rng.normal([])));
  };
  const eager = fn(new TestRng(7));
  const rng = new TestRng(7);
  const compiled = jit(fn(rng), { rng });
  const expected = await numbers((i) => eager(tf.scalar(i)), 4);
  const actual = await numbers((i) => compiled(tf.scalar(i)), 4);
  for (const [i, row] of expected.entries()) {
    for (const [j, value] of row.entries()) expect(actual[i]![j]).toBeCloseTo(value, 5);
  }
  expect(expected[0]).not.toEqual(expected[1]);
});

test("forks made inside are made again at each call; forks from outside go on", async () => {
  const fn = (rng: TestRng) => {
    const outside = rng.fork("outside");
    return () => {
      const inner = rng.fork("a").fork("b");
      return tf.stack([outside.normal([2]), inner.normal([2]), rng.fork("a").uniform([2]), inner.normal([2])]);
    };
  };
  const eager = fn(new TestRng(3));
  const rng = new TestRng(3);
  const compiled = jit(fn(rng), { rng });
  const expected = await numbers(() => eager(), 3);
  expect(await numbers(() => compiled(), 3)).toEqual(expected);
  expect(expected[0]!.slice(2)).toEqual(expected[1]!.slice(2));
  expect(expected[0]!.slice(0, 2)).not.toEqual(expected[1]!.slice(0, 2));
});

test("tracing neither draws nor leaves a listener behind", async () => {
  const rng = new TestRng(5);
  const compiled = jit(() => rng.uniform([4]), { rng });
  await compiled();
  expect(rng.state()).toBe(4);
  expect(DRAW_LISTENER in globalThis).toBe(false);
  expect(Math.random()).not.toBe(Math.random());
});

test("gradients flow through draws", async () => {
  const rng = new TestRng(1);
  const fn = () => tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, rng.normal([3]))))(tf.zeros([3]));
  const compiled = jit(fn, { rng });
  const expected = new TestRng(1).normal([3]);
  expect([...(await compiled()).dataSync()]).toEqual([...expected.dataSync()]);
});

const timesNumber = (x: tf.Tensor, number: number) => {
  tf.scalar(1).dispose();
  return tf.mul(x, number);
};

describe("randomness that would be frozen is refused", () => {
  const x = tf.ones([4]);
  test.each<[string, () => tf.Tensor, RegExp]>([
    ["randomNormal", () => tf.randomNormal([2]), /tf\.randomNormal without a seed/],
    ["randomUniform", () => tf.randomUniform([2]), /tf\.randomUniform without a seed/],
    ["truncatedNormal", () => tf.truncatedNormal([2]), /tf\.truncatedNormal without a seed/],
    ["randomGamma", () => tf.randomGamma([2], 1), /tf\.randomGamma without a seed/],
    ["multinomial", () => tf.multinomial(tf.tensor1d([0.5, 0.5]), 2), /tf\.multinomial without a seed/],
    ["seed 0, which tfjs takes for none", () => tf.randomNormal([2], 0, 1, "float32", 0), /tf\.randomNormal/],
    ["dropout", () => tf.dropout(x, 0.5), /tf\.dropout without a seed.*pass a generator as jit's option rng/],
    ["Math.random as a factor", () => tf.mul(x, Math.random()), /calls Math\.random/],
    ["Math.random as a factor, after another constant", () => timesNumber(x, Math.random()), /calls Math\.random/],
    ["Math.random as a condition", () => (Math.random() < 2 ? tf.neg(x) : x), /calls Math\.random/],
    ["returned as it is", () => tf.randomNormal([2]), /tf\.randomNormal without a seed/],
  ])("%s", async (_, fn, message) => {
    const error = await jit(fn)().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TraceRandomnessError);
    expect((error as Error).message).toMatch(message);
    expect((error as TraceRandomnessError).callSite).toContain("randomness.test.ts");
  });

  test("a generator that jit was not given", async () => {
    const mine = new TestRng(1);
    const other = new TestRng(2);
    await expect(jit(() => other.normal([2]))()).rejects.toThrow(/rng\.normal\(\[2\]\).*no generator/);
    await expect(jit(() => other.normal([2]), { rng: mine })()).rejects.toThrow(/not the compiled function's own/);
    await expect(jit(() => other.fork("a").normal([2]), { rng: mine })()).rejects.toThrow(TraceRandomnessError);
  });

  test("numbers taken from the generator past the listener", async () => {
    const rng = new TestRng(1);
    const fn = () => {
      const values = new Float32Array(2);
      rng.fill("normal", values);
      return tf.tensor1d(values);
    };
    await expect(jit(fn, { rng })()).rejects.toThrow(/rng\.fill or rng\.bits/);
  });
});

test("a draw that the function catches the error of is refused all the same", async () => {
  const fn = (x: tf.Tensor) => {
    try {
      return tf.add(x, tf.randomNormal([4]));
    } catch {
      return x;
    }
  };
  await expect(jit(fn)(tf.ones([4]))).rejects.toThrow(TraceRandomnessError);
});

test("numbers from Math.random may be the first value of a variable", async () => {
  let v: tf.Variable | undefined;
  const compiled = jit((x: tf.Tensor) => {
    v ??= tf.variable(tf.tensor1d([Math.random(), Math.random()]));
    return tf.add(x, v);
  });
  const first = await compiled(tf.scalar(0));
  expect(first.dataSync()).toEqual(v!.dataSync());
  expect((await compiled(tf.scalar(0))).dataSync()).toEqual(first.dataSync());
  await compiled.dispose();
});

test("a layer may be built, with unseeded weights, at the first call", async () => {
  const layer = layers.layers.dense({ units: 3 });
  const compiled = jit((y: tf.Tensor) => layer.apply(y) as tf.Tensor);
  const y = tf.ones([2, 4]);
  const first = await compiled(y);
  const [kernel] = layer.getWeights() as [tf.Tensor2D];
  expect(kernel.shape).toEqual([4, 3]);
  const expected = tf.matMul(y as tf.Tensor2D, kernel);
  expectClose(first, expected, { rtol: 1e-5, atol: 1e-6 }, "first call");
  expectClose(await compiled(y), expected, { rtol: 1e-5, atol: 1e-6 }, "second call");
  await compiled.dispose();
});

test("a seeded op is the same at each call, as it is eagerly", async () => {
  const compiled = jit(() => tf.randomNormal([3], 0, 1, "float32", 11));
  const expected = [...tf.randomNormal([3], 0, 1, "float32", 11).dataSync()];
  expect([...(await compiled()).dataSync()]).toEqual(expected);
  expect([...(await compiled()).dataSync()]).toEqual(expected);
});

test("tf.dropout draws its mask from rng, afresh at each call", async () => {
  const rng = new TestRng(9);
  const compiled = jit((x: tf.Tensor) => tf.dropout(x, 0.25), { rng });
  const masks = await numbers(() => compiled(tf.ones([1000])), 3);
  for (const mask of masks) {
    for (const value of mask) expect([0, Math.fround(1 / 0.75)]).toContain(value);
    const dropped = mask.filter((value) => value === 0).length;
    // Binomial(1000, 1/4): standard deviation 13.7.
    expect(Math.abs(dropped - 250)).toBeLessThan(55);
  }
  expect(masks[0]).not.toEqual(masks[1]);
});
