import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Normal } from "../distributions/normal.js";
import { straightThrough } from "../gradients/straight-through.js";
import { vanishingFraction } from "../gradients/vanishing-fraction.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { ExpConcrete } from "../relaxations/exp-concrete.js";
import { IGR } from "../relaxations/igr.js";
import { distanceToVertex } from "./distance-to-vertex.js";
import { vertexProximity } from "./vertex-proximity.js";

const simplexPoint = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 })
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, each) => sum + each, 0)));

describe("distanceToVertex", () => {
  test("is the Euclidean distance to the nearest vertex", () => {
    fc.assert(
      fc.property(simplexPoint, (z) => {
        const toVertex = (k: number) => Math.hypot(...z.map((value, j) => value - (j === k ? 1 : 0)));
        const expected = Math.min(...z.map((_, k) => toVertex(k)));
        expect(distanceToVertex(z)).toBeAllClose([expected], { rtol: 1e-5 });
      }),
    );
  });

  test("keeps its digits near a vertex, where 1 - z_k would have none", () => {
    expect(distanceToVertex([1, 1e-20])).toBeAllClose([Math.SQRT2 * 1e-20], { rtol: 1e-6, atol: 0 });
    expect(distanceToVertex([1e-30, 1, 2e-30])).toBeAllClose([Math.sqrt(14) * 1e-30], { rtol: 1e-6, atol: 0 });
  });

  test("at a vertex it is 0, with gradient 0", () => {
    const vertex = tf.tensor2d([
      [0, 1, 0],
      [0.2, 0.5, 0.3],
    ]);
    expect(distanceToVertex(vertex)).toBeAllClose([0, Math.hypot(0.2, 0.3, 0.5)]);
    const gradient = [
      ...tf
        .grad((z) => tf.sum(distanceToVertex(z)))(vertex)
        .dataSync(),
    ];
    const distance = Math.hypot(0.2, 0.3, 0.5);
    expect(gradient).toBeAllClose([0, 0, 0, (0.2 + 0.5) / distance, 0, (0.3 + 0.5) / distance]);
  });

  test("shapes: the last axis is reduced; a scalar is refused", () => {
    expect(distanceToVertex(tf.fill([2, 3, 4], 0.25)).shape).toEqual([2, 3]);
    expect(() => distanceToVertex(1)).toThrow("distanceToVertex: z must have at least 2 categories");
  });
});

describe("straightThrough", () => {
  test("is the nearest one-hot, and the first of equal ones", () => {
    expect(
      straightThrough([
        [0.1, 0.7, 0.2],
        [0.4, 0.4, 0.2],
      ]),
    ).toBeAllClose(
      tf.tensor2d([
        [0, 1, 0],
        [1, 0, 0],
      ]),
      { atol: 0 },
    );
  });

  test("passes gradients on unchanged", () => {
    const z = tf.tensor1d([0.1, 0.7, 0.2]);
    const gradient = tf.grad((x) => tf.sum(tf.mul(straightThrough(x), [3, -1, 2])))(z);
    expect(gradient).toBeAllClose([3, -1, 2], { atol: 0 });
  });

  test("fewer than 2 categories are refused", () => {
    expect(() => straightThrough(1)).toThrow(
      "straightThrough: z must have at least 2 categories on its last axis, got shape []",
    );
    expect(() => straightThrough([[1], [1]])).toThrow("got shape [2,1]");
  });
});

describe("vanishingFraction", () => {
  test("counts exact zeros of all tensors alike", () => {
    expect(vanishingFraction(tf.tensor1d([0, 1e-30, -0, Number.NaN]))).toBeAllClose([0.5], { atol: 0 });
    expect(vanishingFraction([tf.zeros([3]), tf.ones([1])])).toBeAllClose([0.75], { atol: 0 });
  });

  test("counts small ones up to a threshold", () => {
    expect(vanishingFraction(tf.tensor1d([0, -1e-11, 1e-9, 1]), { threshold: 1e-10 })).toBeAllClose([0.5], { atol: 0 });
  });

  test("refuses what cannot be counted", () => {
    expect(() => vanishingFraction([])).toThrow("at least one entry");
    expect(() => vanishingFraction(tf.zeros([0]))).toThrow("at least one entry");
    for (const wrong of [[[0, 1]], [0, 1], 3, undefined]) {
      expect(() => vanishingFraction(wrong as never)).toThrow(
        "vanishingFraction: gradients must be a tensor or an array of tensors, got",
      );
    }
    expect(() => vanishingFraction(tf.zeros([1]), { threshold: -1 })).toThrow(
      "threshold must be a number >= 0, got -1",
    );
  });

  test("the Gumbel-Softmax loses gradients at low temperature", () => {
    const share = (temperature: number) => {
      const gradient = tf.grad((logits) => {
        const z = new Concrete({ temperature, logits }).sample(createRng(1));
        return tf.sum(tf.slice(z, [0, 0], [500, 1]));
      })(tf.zeros([500, 10]));
      return vanishingFraction(gradient).dataSync()[0] as number;
    };
    expect(share(0.67)).toBe(0);
    expect(share(0.01)).toBeGreaterThan(0.3);
  });
});

describe("vertexProximity", () => {
  test.each([
    // Published comparisons: GS 0.15 has 75 % within 0.2, GS 0.25 about 61 %, IGR(0, 1) at 0.1 about 74 %.
    { name: "GS 0.15", distribution: new Concrete({ temperature: 0.15, logits: tf.zeros([10]) }), expected: 0.75 },
    { name: "GS 0.25", distribution: new Concrete({ temperature: 0.25, logits: tf.zeros([10]) }), expected: 0.61 },
    {
      name: "IGR 0.10",
      distribution: new IGR({ loc: tf.zeros([9]), scale: tf.ones([9]), temperature: 0.1 }),
      expected: 0.74,
    },
  ])("of $name at ten uniform categories", ({ distribution, expected }) => {
    const share = vertexProximity(distribution, { rng: createRng(1), samples: 10_000 }).dataSync()[0] as number;
    expect(Math.abs(share - expected)).toBeLessThan(0.02);
  });

  test("of ExpConcrete is that of the points, not of their logarithms", () => {
    const options = { temperature: 0.3, logits: tf.zeros([2, 4]) };
    const shares = vertexProximity(new Concrete(options), { rng: createRng(2) });
    expect(shares.shape).toEqual([2]);
    expect(vertexProximity(new ExpConcrete(options), { rng: createRng(2) })).toBeAllClose(shares, { atol: 0 });
  });

  test("rejects distributions without vertices, and invalid counts", () => {
    const rng = createRng(1);
    expect(() => vertexProximity(new Normal({ loc: 0, scale: 1 }), { rng })).toThrow("events must be vectors [K]");
    expect(() => vertexProximity(undefined as never, { rng })).toThrow(
      "vertexProximity: distribution must be a distribution, got undefined",
    );
    const relaxed = new Concrete({ temperature: 1, logits: [0, 0] });
    expect(() => vertexProximity(relaxed, { rng, within: null as never })).toThrow("within must be a number >= 0");
    expect(() => vertexProximity(relaxed, { rng, samples: 0 })).toThrow("samples must be a whole number >= 1, got 0");
    expect(() => vertexProximity(relaxed, { rng, within: -1 })).toThrow("within must be a number >= 0, got -1");
  });
});
