import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { exactGradient, forcedRng, someLogits, someLosses } from "../../test/enumeration.js";
import { meanScore } from "../../test/statistics.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Carms } from "./carms.js";
import { DisArm } from "./disarm.js";
import type { GradientEstimator, Loss } from "./gradient-estimator.js";
import { Reinforce } from "./reinforce.js";

type OfCategorical = GradientEstimator<OneHotCategorical>;

describe("antithetic pairs, over every cell of the uniform numbers", () => {
  // Probabilities at the nodes are multiples of 0.1, so that the midpoints of 20 cells are a partition of what u decides.
  const cases: Record<string, [number[][], OfCategorical]> = {
    "DisArm, 2 bits": [
      [
        [0.3, 0.7],
        [0.9, 0.1],
      ],
      new DisArm(),
    ],
    "DisArm, 4 categories in a balanced tree": [[[0.06, 0.24, 0.42, 0.28]], new DisArm()],
    "DisArm, 3 sticks": [[[0.54, 0.1, 0.36]], new DisArm({ tree: "sticks" })],
    "CARMS, 2 draws of 3 categories": [[[0.54, 0.1, 0.36]], new Carms({ samples: 2 })],
    "CARMS by nodes": [[[0.54, 0.1, 0.36]], new Carms({ samples: 2, weighting: "nodes" })],
    "CARMS, 4 sticks": [[[0.288, 0.1, 0.432, 0.18]], new Carms({ samples: 2 })],
    "CARMS in a balanced tree": [
      [[0.06, 0.24, 0.42, 0.28]],
      new Carms({ samples: 2, weighting: "nodes", tree: "balanced" }),
    ],
  };
  test.each(Object.entries(cases))("%s is unbiased", (_, [probs, estimator]) => {
    const logits = probs.map((row) => row.map(Math.log));
    const [variables, categories] = [probs.length, probs[0]!.length];
    const nodes = variables * (categories - 1);
    const cells = 20 ** nodes;
    const u = Array.from({ length: cells }, (_, code) =>
      Array.from({ length: nodes }, (_, node) => ((Math.floor(code / 20 ** node) % 20) + 0.5) / 20),
    );
    // u is the share of the second of two exponential numbers.
    const noise = tf.exp(tf.neg(tf.stack([tf.sub(1, u), tf.tensor2d(u)])));
    const shaped = tf.reshape(noise, [2, cells, variables, categories - 1]);
    for (const loss of Object.values(someLosses(variables, categories))) {
      const gradient = tf.grad((x) =>
        tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), loss, forcedRng(shaped, "uniform"))),
      )(tf.tile(tf.tensor3d([logits]), [cells, 1, 1]));
      expect(tf.mean(gradient, 0)).toBeAllClose(tf.tensor2d(exactGradient(logits, loss), [variables, categories]), {
        rtol: 1e-4,
        atol: 2e-5,
      });
    }
  });
});

const draws = 4000;

function estimates(estimator: OfCategorical, logits: number[][], loss: Loss, seed = 5): Float32Array {
  return tf.tidy(() =>
    tf
      .grad((x) => tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), loss, createRng(seed))))(
        tf.tile(tf.tensor3d([logits]), [draws, 1, 1]),
      )
      .dataSync(),
  ) as Float32Array;
}

test.each([
  ["CARMS, 3 draws", () => new Carms({ samples: 3 })],
  ["CARMS, 4 draws by nodes", () => new Carms({ samples: 4, weighting: "nodes" })],
  ["CARMS, 3 draws by nodes, balanced", () => new Carms({ samples: 3, weighting: "nodes", tree: "balanced" })],
  ["DisArm, 2 pairs", () => new DisArm({ samples: 4 })],
])("%s: every coordinate within 4 standard errors of the gradient by enumeration", (_, make) => {
  for (const [variables, categories] of [
    [3, 2],
    [2, 5],
  ] as const) {
    const logits = someLogits(variables, categories);
    const { network } = someLosses(variables, categories);
    const values = estimates(make(), logits, network);
    for (const [k, expected] of exactGradient(logits, network).entries()) {
      const column = Float32Array.from({ length: draws }, (_, row) => values[row * variables * categories + k]!);
      expect(Math.abs(meanScore(column, expected))).toBeLessThan(4);
    }
  }
});

function totalVariance(values: Float32Array): number {
  return tf.tidy(
    () => tf.sum(tf.moments(tf.tensor2d(values, [draws, values.length / draws]), 0).variance).dataSync()[0]!,
  );
}

test("draws that avoid one another have less variance than independent ones, and comparison by nodes less still", () => {
  for (const [variables, categories] of [
    [3, 2],
    [2, 5],
  ] as const) {
    const logits = someLogits(variables, categories);
    const { network } = someLosses(variables, categories);
    const of = (estimator: OfCategorical) => totalVariance(estimates(estimator, logits, network));
    const independent = of(new Reinforce({ samples: 4, baseline: "leave-one-out" }));
    const carms = of(new Carms({ samples: 4 }));
    const byNodes = of(new Carms({ samples: 4, weighting: "nodes" }));
    console.log(
      independent,
      carms,
      byNodes,
      of(new DisArm({ samples: 4 })),
      of(new DisArm({ samples: 4, tree: "sticks" })),
      of(new Carms({ samples: 4, weighting: "nodes", tree: "balanced" })),
      of(new Carms({ samples: 2, weighting: "nodes", tree: "balanced" })),
      of(new DisArm()),
    );
    expect(carms).toBeLessThan(independent);
    expect(byNodes).toBeLessThan(carms * 1.02);
  }
});

test("DisArm of one bit is its published formula", () => {
  const logit = 0.8;
  const probability = 1 / (1 + Math.exp(-logit));
  const losses = [0.3, -1.1];
  for (const u of [0.1, 0.5, 0.95]) {
    const noise = tf.exp(tf.neg(tf.tensor3d([[[1 - u]], [[u]]])));
    const [gradient] = tf.grads((x) =>
      new DisArm().surrogate(
        new OneHotCategorical({ logits: x }),
        (z) => tf.sum(tf.mul(z, losses), [-2, -1]),
        forcedRng(noise, "uniform"),
      ),
    )([tf.tensor2d([[0, logit]])]);
    const bit = (u: number) => (1 - u < probability ? 1 : 0);
    const [b, mirrored] = [bit(u), bit(1 - u)];
    const expected =
      b === mirrored
        ? 0
        : 0.5 * (losses[b]! - losses[mirrored]!) * (b - mirrored) * Math.max(probability, 1 - probability);
    expect(gradient!).toBeAllClose([-expected, expected], { rtol: 1e-5, atol: 1e-7 });
  }
});
