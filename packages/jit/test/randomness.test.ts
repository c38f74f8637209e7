import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { TraceRandomnessError, TraceReadError } from "../src/errors.js";
import { DRAW_LISTENER } from "../src/trace/random-source.js";
import { expectClose } from "./expect-close.js";
import { isGpu } from "./provider.js";
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

test("forks made inside are made again at each call; forks from outside advance", async () => {
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

test("tracing does not draw, and removes its listener", async () => {
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

describe("randomness that would be frozen is rejected", () => {
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
    await expect(jit(() => other.normal([2]), { rng: mine })()).rejects.toThrow(/neither the compiled function's own/);
    await expect(jit(() => other.fork("a").normal([2]), { rng: mine })()).rejects.toThrow(TraceRandomnessError);
  });

  test("numbers drawn from the generator without the listener", async () => {
    const rng = new TestRng(1);
    const fn = () => {
      const values = new Float32Array(2);
      rng.fill("normal", values);
      return tf.tensor1d(values);
    };
    await expect(jit(fn, { rng })()).rejects.toThrow(/rng\.fill or rng\.bits/);
  });
});

test("a draw is rejected even if the function catches the error", async () => {
  const fn = (x: tf.Tensor) => {
    try {
      return tf.add(x, tf.randomNormal([4]));
    } catch {
      return x;
    }
  };
  await expect(jit(fn)(tf.ones([4]))).rejects.toThrow(TraceRandomnessError);
});

test("numbers from Math.random may be the initial value of a variable", async () => {
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

test("a seeded op gives the same numbers at each call, as in eager execution", async () => {
  const compiled = jit(() => tf.randomNormal([3], 0, 1, "float32", 11));
  const expected = [...tf.randomNormal([3], 0, 1, "float32", 11).dataSync()];
  expect([...(await compiled()).dataSync()]).toEqual(expected);
  expect([...(await compiled()).dataSync()]).toEqual(expected);
});

test("tf.dropout draws a new mask from rng at each call", async () => {
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

describe("unseeded random ops of tfjs draw from the generator", () => {
  const x = tf.reshape(tf.range(1, 7), [2, 3]);
  const apply = (layer: { apply(x: tf.Tensor, options: object): unknown }) =>
    layer.apply(x, { training: true }) as tf.Tensor;
  const { gaussianNoise, gaussianDropout, alphaDropout } = layers.layers;
  /** The results of tfjs' formulas for the standard draws. */
  const expectations: [string, () => tf.Tensor, (rng: TestRng) => tf.Tensor][] = [
    ["randomNormal", () => tf.randomNormal([2, 3], 2.5, 0.1), (rng) => tf.add(tf.mul(rng.normal([2, 3]), 0.1), 2.5)],
    [
      "randomNormal with an irrational scale",
      () => tf.randomNormal([6], Math.PI, Math.E),
      (rng) => tf.add(tf.mul(rng.normal([6]), Math.E), Math.PI),
    ],
    ["randomStandardNormal", () => tf.randomStandardNormal([2]), (rng) => rng.normal([2])],
    ["randomUniform", () => tf.randomUniform([2, 3], -3, 5), (rng) => tf.add(tf.mul(rng.uniform([2, 3]), 8), -3)],
    ["gaussianNoise", () => apply(gaussianNoise({ stddev: 0.3 })), (rng) => tf.add(x, tf.mul(rng.normal([2, 3]), 0.3))],
    [
      "gaussianDropout",
      () => apply(gaussianDropout({ rate: 0.4 })),
      (rng) => tf.mul(x, tf.add(tf.mul(rng.normal([2, 3]), Math.sqrt(0.4 / 0.6)), 1)),
    ],
    [
      "alphaDropout",
      () => apply(alphaDropout({ rate: 0.3 })),
      (rng) => {
        // Dropped values have the opposite sign of those in Keras: (kept - 1) alpha'.
        const kept = tf.cast(tf.greaterEqual(rng.uniform([2, 3]), 0.3), "float32");
        const low = -1.6732632423543772 * 1.0507009873554805;
        const a = ((1 - 0.3) * (1 + 0.3 * low ** 2)) ** -0.5;
        return tf.add(tf.mul(tf.add(tf.mul(x, kept), tf.mul(tf.sub(kept, 1), low)), a), -a * low * 0.3);
      },
    ],
    [
      "multinomial",
      () => tf.multinomial(tf.tensor2d([[0, 1, 2]]), 5),
      (rng) => tf.argMax(tf.add(tf.tensor3d([[[0, 1, 2]]]), rng.gumbel([1, 5, 3])), 2),
    ],
  ];

  test.each(expectations)("%s", async (_, fn, expected) => {
    const compiled = jit(fn, { rng: new TestRng(7) });
    const other = new TestRng(7);
    for (let call = 0; call < 3; call++) {
      const [actual, wanted] = [(await compiled()).dataSync(), expected(other).dataSync()];
      for (const [i, value] of wanted.entries()) expect(actual[i]).toBeCloseTo(value, 5);
    }
  });

  /** The Kolmogorov-Smirnov distance of the numbers from a distribution. */
  const distance = (numbers: readonly number[], cdf: (x: number) => number) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    const above = sorted.map((x, i) =>
      Math.max(Math.abs(cdf(x) - i / sorted.length), Math.abs(cdf(x) - (i + 1) / sorted.length)),
    );
    return Math.max(...above);
  };
  const normalCdf = (x: number) => 0.5 * (1 + (tf.erf(x / Math.SQRT2).dataSync<"float32">()[0] as number));
  const truncated = (x: number) => (normalCdf(x) - normalCdf(-2)) / (normalCdf(2) - normalCdf(-2));
  const distributions: [string, () => tf.Tensor, (x: number) => number][] = [
    ["truncatedNormal", () => tf.truncatedNormal([40, 50], 3, 0.5), (x) => truncated((x - 3) / 0.5)],
    // Gamma with alpha 1 or 2 has a closed form; with alpha 1/2 it is the square of a normal number.
    ["randomGamma(1), scale 2", () => tf.randomGamma([2000], 1, 2), (x) => 1 - Math.exp(-x / 2)],
    ["randomGamma(2)", () => tf.randomGamma([2000], 2), (x) => 1 - Math.exp(-x) * (1 + x)],
    ["randomGamma(0.5)", () => tf.randomGamma([2000], 0.5, 3), (x) => 2 * normalCdf(Math.sqrt((2 * x) / 3)) - 1],
  ];

  test.each(distributions)("%s has its distribution, with new draws at each call", async (_, fn, cdf) => {
    const rng = new TestRng(5);
    const compiled = jit(fn, { rng });
    const calls = await numbers(() => compiled(), 3);
    // For 2,000 numbers the distance exceeds 0.0498 once in ten thousand samples.
    for (const values of calls) expect(distance(values, cdf)).toBeLessThan(0.0498);
    expect(calls[1]).not.toEqual(calls[0]);
    expect(calls[2]).not.toEqual(calls[1]);
    await compiled.dispose();
  });

  test("a variable's initial value is that of tfjs, and the generator does not advance", async () => {
    const rng = new TestRng(3);
    let v: tf.Variable | undefined;
    const fn = (a: tf.Tensor) => {
      v ??= tf.variable(tf.randomNormal([3]));
      return tf.add(a, v);
    };
    const compiled = jit(fn, { rng });
    const first = await compiled(tf.zeros([3]));
    expect((await compiled(tf.zeros([3]))).dataSync()).toEqual(first.dataSync());
    expect(rng.state()).toEqual(new TestRng(3).state());
  });

  test("single numbers and reads are rejected", async () => {
    const rng = new TestRng(3);
    await expect(jit(() => tf.randomNormal([1], 3, 2), { rng })()).rejects.toThrow(
      /two or more float32 numbers at once/,
    );
    await expect(jit(() => tf.scalar(tf.randomNormal([2]).dataSync()[0]!), { rng })()).rejects.toThrow(TraceReadError);
    await expect(jit(() => tf.scalar(tf.randomNormal([2]).dataSync()[0]!))()).rejects.toThrow(TraceRandomnessError);
  });
});

test("CategoryEncoding is traced; a value out of range stops the run", async () => {
  for (const outputMode of ["multiHot", "oneHot", "count"] as const) {
    const encoding = layers.layers.categoryEncoding({ numTokens: 4, outputMode });
    const encode = (x: tf.Tensor) => encoding.apply(x) as tf.Tensor;
    const compiled = jit(encode, { executor: "node" });
    const values =
      outputMode === "oneHot"
        ? [[0], [3]]
        : [
            [0, 2, 2],
            [3, 1, 0],
          ];
    const x = tf.tensor2d(values, undefined, "int32");
    expect((await compiled(x)).arraySync()).toEqual(encode(x).arraySync());
    const wrong = tf.where(tf.equal(x, 3), 4, x);
    expect(() => encode(wrong)).toThrow(/Input values must be between/);
    if (!isGpu) await expect(compiled(tf.cast(wrong, "int32"))).rejects.toThrow(/out of data bounds/);
  }
});
