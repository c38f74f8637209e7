import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { loadReference } from "../../test/reference-values.js";
import { Binomial, createRng, Multinomial } from "../index.js";

interface Reference {
  readonly multinomial: readonly { totalCount: number; probs: number[]; x: number[]; logProb: number }[];
}

const reference = loadReference<Reference>("common");

describe("Multinomial", () => {
  test.each(reference.multinomial.map((row) => ({ ...row, title: `${row.totalCount} of ${row.probs.length}` })))(
    "log-probability as mpmath: $title",
    ({ totalCount, probs, x, logProb }) => {
      const size = Math.max(1, Math.abs(logProb));
      expect(new Multinomial({ totalCount, probs }).logProb(x)).toBeAllClose(logProb, { rtol: 0, atol: 3e-6 * size });
    },
  );

  test("of two categories is a binomial, with its gradient", () => {
    const k = tf.tensor1d([0, 1, 2, 3, 4, 5]);
    const pairs = tf.stack([k, tf.sub(5, k)], -1);
    const ofPair = (logit: tf.Tensor) =>
      new Multinomial({ totalCount: 5, logits: tf.stack([logit, tf.scalar(0)]) }).logProb(pairs);
    const ofOne = (logits: tf.Tensor) => new Binomial({ totalCount: 5, logits }).logProb(k);
    const logit = tf.scalar(0.7);
    expect(ofPair(logit)).toBeAllClose(ofOne(logit), { rtol: 1e-5 });
    const weighted = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.grad((x: tf.Tensor) => tf.sum(tf.mul(f(x), [1, 2, 3, 4, 5, 6])))(logit);
    // Terms of up to 15 cancel to -0.16: float32 keeps their sum to about 1e-5, whatever the backend.
    expect(weighted(ofPair)).toBeAllClose(weighted(ofOne), { rtol: 1e-5, atol: 2e-5 });
  });

  test("probabilities of all counts sum to 1, and others have none", () => {
    const counts: number[][] = [];
    for (let a = 0; a <= 4; a++) {
      for (let b = 0; a + b <= 4; b++) counts.push([a, b, 4 - a - b]);
    }
    const votes = new Multinomial({ totalCount: 4, probs: [0.2, 0.3, 0.5] });
    expect(tf.sum(tf.exp(votes.logProb(counts)))).toBeAllClose(1, { rtol: 1e-6 });
    expect(
      votes.logProb([
        [1, 1, 1],
        [5, -1, 0],
        [1.5, 1.5, 1],
      ]),
    ).toBeAllClose([-Infinity, -Infinity, -Infinity]);
  });

  test("a category of probability 0 never comes", () => {
    const votes = new Multinomial({ totalCount: 50, probs: [0.5, 0, 0.5] });
    expect(tf.max(tf.slice(votes.sample(createRng(1), [200]), [0, 1], [200, 1]))).toBeAllClose(0);
    expect(votes.logProb([20, 10, 20])).toBeAllClose(-Infinity);
    expect(votes.logProb([25, 0, 25])).toBeAllClose(Math.log(126410606437752 / 2 ** 50), { rtol: 1e-5 });
  });
});
