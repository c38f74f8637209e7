import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import { chiSquareScore, correlationScore, kolmogorovSmirnov } from "../../test/statistics.js";
import { createRng } from "./create-rng.js";
import type { DrawKind, DrawListener, Rng } from "./rng.js";

const kinds: DrawKind[] = ["normal", "uniform", "gumbel"];

function filled(rng: Rng, kind: DrawKind, count: number): Float32Array {
  const target = new Float32Array(count);
  rng.fill(kind, target);
  return target;
}

function words(rng: Rng, count: number): Uint32Array {
  const target = new Uint32Array(count);
  rng.bits(target);
  return target;
}

describe.each(kinds)("%s", (kind) => {
  test("a tensor holds what fill writes, in shape and order", () => {
    const draw = createRng(7)[kind]([3, 50, 2]);
    expect(draw.shape).toEqual([3, 50, 2]);
    expect(draw.dtype).toBe("float32");
    expect(draw.dataSync()).toEqual(filled(createRng(7), kind, 300));
  });

  test("the stream does not depend on how it is cut into draws", () => {
    const whole = filled(createRng("cut"), kind, 5000);
    const rng = createRng("cut");
    const parts = [1, 0, 1, 998, 3000, 1000].map((count) => Array.from(filled(rng, kind, count)));
    expect(parts.flat()).toEqual(Array.from(whole));
  });

  test("a state taken in the middle continues bit for bit, through JSON, for every kind and in forks", () => {
    const rng = createRng(3).fork("a");
    filled(rng, kind, 777);
    const resumed = createRng.fromState(JSON.parse(JSON.stringify(rng.state())));
    expect(resumed.state()).toEqual(rng.state());
    for (const next of kinds) expect(filled(resumed, next, 100)).toEqual(filled(rng, next, 100));
    expect(words(resumed.fork("b"), 8)).toEqual(words(rng.fork("b"), 8));
    expect(words(resumed, 8)).toEqual(words(rng, 8));
  });

  test("a scalar and an empty draw", () => {
    expect(createRng(1)[kind]([]).dataSync()).toEqual(filled(createRng(1), kind, 1));
    const rng = createRng(1);
    expect(rng[kind]([0, 3]).shape).toEqual([0, 3]);
    expect(rng.state()).toEqual(createRng(1).state());
  });
});

describe("the numbers of a seed are pinned, since saved runs depend on them", () => {
  // Printed by test/reference/generate_rng.py, a second implementation in Python. A change of any of them needs a new
  // algorithm name in the state.
  test("words", () => {
    expect(Array.from(words(createRng(42), 3))).toEqual([560855029, 315876073, 2336132037]);
    const fork = createRng("seed").fork("a").fork("\u00e9");
    expect(Array.from(words(fork, 3))).toEqual([989679628, 965494615, 2569370401]);
  });

  test.each([
    ["normal", [0.143421083, 0.106706751, -0.965329138, -0.862193321]],
    ["uniform", [0.13058418, 0.0735456347, 0.54392308, 0.636020958]],
    ["gumbel", [3.21393516, 0.718349342, -0.572094155, 2.08420909]],
  ] as const)("%s draws 1, 2, 3 and 20,000", (kind, expected) => {
    const draws = filled(createRng(42), kind, 20_000);
    expect([draws[0]!, draws[1]!, draws[2]!, draws[19_999]!]).toBeAllClose(expected, { rtol: 1e-7, atol: 0 });
  });
});

describe("fork", () => {
  test("depends on seed and labels alone, not on the position, and moves nothing", () => {
    const rng = createRng(5);
    const before = words(rng.fork("x"), 4);
    const state = rng.state();
    filled(rng, "gumbel", 100);
    expect(words(rng.fork("x"), 4)).toEqual(before);
    expect(words(createRng(5).fork("x"), 4)).toEqual(before);
    expect(state).toEqual(createRng(5).state());
  });

  test("differs for other labels, paths and seeds, also where they look alike joined together", () => {
    const streams = [
      createRng(5),
      createRng("5"),
      createRng(6),
      createRng(-5),
      createRng(5).fork(""),
      createRng(5).fork("ab"),
      createRng(5).fork("a").fork("b"),
      createRng(5).fork("a"),
      createRng(5).fork("b").fork("a"),
      createRng(5).fork("\u00e9"),
      createRng(5).fork("e\u0301"),
    ].map((rng) => Array.from(words(rng, 4)).join());
    expect(new Set(streams).size).toBe(streams.length);
  });

  test("shares the root, and no other generator has it", () => {
    const rng = createRng(1);
    expect(rng.fork("a").fork("b").root).toBe(rng.root);
    expect(createRng(1).root).not.toBe(rng.root);
    expect(createRng.fromState(rng.state()).root).not.toBe(rng.root);
  });

  test("1,000 forks are uncorrelated with their parent, and each with the next", () => {
    const rng = createRng("forks");
    const parent = filled(createRng("forks"), "normal", 1000);
    const children = Array.from({ length: 1000 }, (_, index) => filled(rng.fork(`${index}`), "normal", 1000));
    const scores = children.flatMap((child, index) => [
      correlationScore(child, parent),
      correlationScore(child, children[(index + 1) % children.length]!),
    ]);
    // 2,000 z-scores: normal in distribution, none beyond 4.5.
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4.5);
    const sumOfSquares = scores.reduce((sum, score) => sum + score * score, 0);
    expect(Math.abs(sumOfSquares - 2000) / Math.sqrt(4000)).toBeLessThan(4);
  });

  test("the first words of 20,000 forks are uniform in each bit", () => {
    const rng = createRng("first words");
    const ones = new Array<number>(32).fill(0);
    for (let index = 0; index < 20_000; index++) {
      const [word] = words(rng.fork(`${index}`), 1) as unknown as [number];
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - 10_000) / Math.sqrt(5000)).toBeLessThan(4);
  });
});

describe("statistics of the stream", () => {
  const uniforms = filled(createRng("uniform"), "uniform", 400_000);

  test("uniform draws have the uniform cdf (Kolmogorov-Smirnov, p > 0.001)", () => {
    expect(kolmogorovSmirnov(uniforms, (x) => x)).toBeLessThan(1.95);
  });

  test("pairs of uniform draws fill the square (chi-square, 1,024 cells)", () => {
    const counts = new Array<number>(1024).fill(0);
    for (let i = 0; i < uniforms.length; i += 2) {
      counts[32 * Math.floor(32 * uniforms[i]!) + Math.floor(32 * uniforms[i + 1]!)]! += 1;
    }
    expect(Math.abs(chiSquareScore(counts, new Array(1024).fill(uniforms.length / 2048)))).toBeLessThan(4);
  });

  test("the low bits of the words are fair too (chi-square over bytes)", () => {
    const counts = new Array<number>(256).fill(0);
    for (const word of words(createRng("bytes"), 400_000)) counts[word & 255]! += 1;
    expect(Math.abs(chiSquareScore(counts, new Array(256).fill(400_000 / 256)))).toBeLessThan(4);
  });

  test.each([1, 2, 3, 4, 5, 8, 10, 16, 30, 64, 100, 300, 784, 1000])("lag %d is uncorrelated in every kind", (lag) => {
    for (const kind of kinds) {
      const draws = filled(createRng("lags"), kind, 100_000);
      expect(Math.abs(correlationScore(draws, draws.subarray(lag)))).toBeLessThan(4);
    }
  });
});

describe("the draw listener", () => {
  const slot = globalThis as { [key: symbol]: DrawListener | undefined };
  const name = Symbol.for("igr.drawListener");

  afterEach(() => {
    delete slot[name];
  });

  test("makes the tensors of draws and sees the forks, and the stream stands still", () => {
    const rng = createRng(9);
    const state = rng.state();
    const seen: unknown[] = [];
    const listener: DrawListener = {
      draw: (source, kind, shape) => {
        seen.push([source, kind, shape]);
        return tf.fill(shape.slice(), 7);
      },
      fork: (parent, label, child) => seen.push([parent, label, child]),
    };
    slot[name] = listener;
    const child = rng.fork("child");
    expect(child.gumbel([2])).toBeAllClose([7, 7]);
    expect(rng.normal([])).toBeAllClose([7]);
    expect(seen).toEqual([
      [rng, "child", child],
      [child, "gumbel", [2]],
      [rng, "normal", []],
    ]);
    expect(rng.state()).toEqual(state);
    // fill is what the compiler itself calls at each run.
    expect(filled(rng, "normal", 3)).toEqual(filled(createRng(9), "normal", 3));
  });
});

test("draws leave nothing in memory but themselves", () => {
  const rng = createRng(1);
  const before = tf.memory().numTensors;
  const draw = rng.normal([10]);
  rng.fork("a").state();
  expect(tf.memory().numTensors).toBe(before + 1);
  draw.dispose();
});

describe("refuses", () => {
  test.each([0.5, Number.NaN, Infinity, 2 ** 53])("seed %d", (seed) => {
    expect(() => createRng(seed)).toThrow(`createRng: seed must be a safe integer or a string, got ${seed}`);
  });

  test("a seed that is neither number nor string", () => {
    expect(() => createRng(undefined as never)).toThrow(TypeError);
  });

  test("a shape with a fraction or a negative size, and a number in place of a shape", () => {
    expect(() => createRng(1).normal([2, -1])).toThrow("Rng.normal: shape must hold whole numbers >= 0, got [2,-1]");
    expect(() => createRng(1).uniform([0.5])).toThrow(RangeError);
    expect(() => createRng(1).gumbel(3 as never)).toThrow("Rng.gumbel: shape must be an array of sizes, got 3");
  });

  test("targets and kinds that are not of the protocol", () => {
    expect(() => createRng(1).fill("cauchy" as never, new Float32Array(1))).toThrow(
      new RangeError("Rng.fill: kind must be 'normal', 'uniform' or 'gumbel', got 'cauchy'"),
    );
    expect(() => createRng(1).fill("normal", new Float64Array(1) as never)).toThrow("must be a Float32Array");
    expect(() => createRng(1).bits(new Int32Array(1) as never)).toThrow("must be a Uint32Array");
    expect(() => createRng(1).fork(1 as never)).toThrow("Rng.fork: label must be a string, got 1");
  });

  test("states of another version, and damaged ones", () => {
    const state = createRng(1).state();
    expect(() => createRng.fromState({ ...state, algorithm: "mt19937" })).toThrow(
      `createRng.fromState: state.algorithm must be '${state.algorithm}', got 'mt19937'`,
    );
    expect(() => createRng.fromState({ ...state, position: state.position.slice(1) })).toThrow(
      "state.position must be 32 lower-case hexadecimal digits",
    );
    expect(() => createRng.fromState({ ...state, key: "x".repeat(64) })).toThrow("state.key");
    expect(() => createRng.fromState(undefined as never)).toThrow(TypeError);
  });
});
