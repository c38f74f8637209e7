import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose, numbers } from "../../test/values.js";
import { BernoulliLikelihood } from "./bernoulli-likelihood.js";

const likelihood = new BernoulliLikelihood();

/** Float64: x log s(l) + (1 - x) log s(-l). */
function logProb(x: number, l: number): number {
  const logSigmoid = (v: number) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v)));
  return x * logSigmoid(l) + (1 - x) * logSigmoid(-l);
}

test.each([-1e4, -200, -20, -1, 0, 0.5, 20, 200, 1e4])("is right at logit %d for dark, grey and bright pixels", (l) => {
  for (const x of [0, 0.3, 1]) {
    const value = likelihood.logProb(tf.tensor2d([[x]]), tf.tensor2d([[l]]));
    expectClose(value, [logProb(x, Math.fround(l))], { rtol: 1e-6, atol: 1e-7 * Math.max(1, Math.abs(l)) });
  }
});

test("sums over pixels and keeps image and sample axes", () => {
  const x = tf.tensor2d([
    [1, 0, 1],
    [0, 0, 1],
  ]);
  const logits = tf.tensor3d([
    [
      [1, 2, 3],
      [0, -1, 4],
    ],
    [
      [-2, 0.5, 1],
      [3, 3, 3],
    ],
  ]);
  const before = tf.memory().numTensors;
  const value = likelihood.logProb(x, logits);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(value.shape).toEqual([2, 2]);
  const rows = numbers(x);
  const expected = [0, 1].flatMap((s) =>
    [0, 1].map((b) =>
      [0, 1, 2].reduce((sum, p) => sum + logProb(rows[3 * b + p]!, numbers(logits)[6 * s + 3 * b + p]!), 0),
    ),
  );
  expectClose(value, expected, { rtol: 1e-6 });
});

test.each([-200, -20, 0, 20, 200])("has the gradient x - sigmoid(l) at logit %d", (l) => {
  const gradient = tf.grad((logits) => likelihood.logProb(tf.tensor2d([[1, 0]]), logits))(tf.tensor2d([[l, l]]));
  const s = 1 / (1 + Math.exp(-l));
  expectClose(gradient, [1 / (1 + Math.exp(l)), -s], { rtol: 1e-5, atol: 1e-7 });
});

test("its mean is the sigmoid of the logits", () => {
  expectClose(likelihood.mean(tf.tensor2d([[0, 1]])), [0.5, 1 / (1 + Math.exp(-1))], { rtol: 1e-6 });
});
