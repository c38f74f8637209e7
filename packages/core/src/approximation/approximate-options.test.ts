import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Poisson } from "../distributions/counts/poisson.js";
import { Normal } from "../distributions/normal.js";
import { createRng } from "../random/create-rng.js";
import { type ApproximateOptions, approximate } from "./approximate.js";

const target = [0.5, 0.3, 0.15, 0.05];

describe("approximate refuses", () => {
  const good: ApproximateOptions = { temperature: 0.5, rng: createRng(1), steps: 1, samples: 10, countedSamples: 10 };
  test.each<[Partial<ApproximateOptions>, string]>([
    [{ temperature: 0 }, "approximate: temperature must be a finite number > 0, got 0"],
    [{ steps: 0 }, "approximate: steps must be a whole number >= 1, got 0"],
    [{ samples: 1.5 }, "approximate: samples must be a whole number >= 1, got 1.5"],
    [{ measureEvery: 0 }, "approximate: measureEvery must be a whole number >= 1, got 0"],
    [{ countedSamples: -1 }, "approximate: countedSamples must be a whole number >= 1, got -1"],
    [{ learningRate: Number.NaN }, "approximate: learningRate must be a finite number > 0, got NaN"],
    [{ start: { scale: 0 } }, "approximate: start.scale must be a finite number > 0, got 0"],
    [{ start: { loc: Number.POSITIVE_INFINITY } }, "approximate: start.loc must be a finite number, got Infinity"],
    [
      { objective: "median" as "mean" },
      "approximate: objective must be 'mean', 'kl', 'literal', 'energy' or 'probs', got 'median'",
    ],
    [
      { rng: undefined as never },
      "approximate: rng must be a generator, as createRng(seed) of @igr/core makes one, got undefined",
    ],
    [{ compile: "jit" as never }, "approximate: compile must be a function such as (f) => jit(f, { rng }), got jit"],
  ])("%o", async (wrong, message) => {
    await expect(approximate(target, "igr", { ...good, ...wrong })).rejects.toThrow(message);
  });

  test.each<[unknown, string]>([
    [[0.5, 0.4], "approximate: target must hold probabilities >= 0 that sum to 1, got [0.5, 0.4"],
    [[1], "approximate: target must hold at least 2 probabilities, got shape [1]"],
    [undefined, "approximate: target must be a tensor, a number or an array of numbers, got undefined"],
    ["poisson", "approximate: target must be a tensor, a number or an array of numbers, got poisson"],
    [[], "approximate: target must hold at least 2 probabilities, got shape [0]"],
    [[[0.5, 0.5]], "approximate: target must hold at least 2 probabilities, got shape [1,2]"],
    [new Poisson({ rate: [1, 2] }), "approximate: target must be one distribution, got Poisson with batch shape [2]"],
    [
      new Normal({ loc: 0, scale: 1 }),
      "approximate: target must be a distribution of counts or probabilities, got Normal",
    ],
    [new Poisson({ rate: 1e6 }), "truncatedPmf: "],
  ])("the target %o", async (wrong, message) => {
    await expect(approximate(wrong as tf.TensorLike, "igr", good)).rejects.toThrow(message);
  });

  test.each<[unknown, string]>([
    [
      "igr2",
      "approximate: relaxation must be 'igr', 'igr-stick-breaking', 'igr-planar', 'gumbel-softmax' or an object with such a type, got 'igr2'",
    ],
    [
      undefined,
      "approximate: relaxation must be 'igr', 'igr-stick-breaking', 'igr-planar', 'gumbel-softmax' or an object with such a type",
    ],
    [
      null,
      "approximate: relaxation must be 'igr', 'igr-stick-breaking', 'igr-planar', 'gumbel-softmax' or an object with such a type",
    ],
    [{ type: "igr-sb", onCap: "throw" }, "approximate: onCap must be 'error', 'warn' or 'ignore', got 'throw'"],
    [{ type: "gs", categories: 1 }, "approximate: categories must be a whole number >= 2, got 1"],
    [{ type: "igr-planar", depth: 0 }, "approximate: depth must be a whole number >= 1, got 0"],
    [{ type: "igr-sb", block: 0 }, "approximate: block must be a whole number >= 1, got 0"],
    [{ type: "igr-sb", cap: 0.5 }, "approximate: cap must be a whole number >= 1, got 0.5"],
    [{ type: "igr-sb", rho: 1 }, "InfiniteIGR: rho must be a number in (0, 1), got 1"],
    [{ type: "igr", delta: 0 }, "IGR: delta must be a finite number > 0, got 0"],
  ])("the relaxation %o", async (wrong, message) => {
    await expect(approximate(target, wrong as "igr", good)).rejects.toThrow(message);
  });

  test("'kl' to a target that excludes a category", async () => {
    await expect(approximate([0.5, 0, 0.5], "igr", { ...good, objective: "kl" })).rejects.toThrow(
      "approximate: objective 'kl' needs a target whose probabilities are all > 0, got 0 for category 1",
    );
  });
});
