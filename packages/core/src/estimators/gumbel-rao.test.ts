import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { someLogits, someLosses } from "../../test/enumeration.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { GumbelRao } from "./gumbel-rao.js";
import { Pathwise } from "./pathwise.js";

test("Gumbel-Rao with one draw of the noise is the straight-through Gumbel-Softmax", () => {
  const x = tf.tensor2d(someLogits(2, 5));
  const { network } = someLosses(2, 5);
  const one = tf.grad((x) =>
    new GumbelRao({ temperature: 0.5, conditionalDraws: 1 }).surrogate(
      new OneHotCategorical({ logits: x }),
      network,
      createRng(2),
    ),
  )(x);
  const reference = tf.grad((x) =>
    new Pathwise({ hard: true }).surrogate(new Concrete({ logits: x, temperature: 0.5 }), network, createRng(2)),
  )(x);
  expect(one).toBeAllClose(reference, { rtol: 1e-4, atol: 1e-6 });
});

test("more draws of the noise leave the mean of Gumbel-Rao and lower its variance, to that of its mean given the draw", () => {
  const logits = someLogits(1, 4);
  const { network } = someLosses(1, 4);
  const moments = (conditionalDraws: number) => {
    const draws = 20_000;
    const values = tf
      .grad((x) =>
        tf.sum(
          new GumbelRao({ temperature: 0.5, conditionalDraws }).surrogate(
            new OneHotCategorical({ logits: x }),
            network,
            createRng(conditionalDraws),
          ),
        ),
      )(tf.tile(tf.tensor3d([logits]), [draws, 1, 1]))
      .dataSync<"float32">();
    const mean = Array.from({ length: 4 }, (_, k) => values.reduce((s, x, i) => s + (i % 4 === k ? x : 0), 0) / draws);
    const variance = values.reduce((sum, x, i) => sum + (x - mean[i % 4]!) ** 2, 0) / draws;
    return { mean, variance, error: Math.sqrt(variance / draws) };
  };
  const [one, many] = [moments(1), moments(20)];
  expect(Math.hypot(...one.mean.map((each, k) => each - many.mean[k]!))).toBeLessThan(4 * (one.error + many.error));
  expect(many.variance).toBeLessThan(0.7 * one.variance);
});
