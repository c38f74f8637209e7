import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { kolmogorovSmirnov } from "../../test/statistics.js";
import { createRng } from "../random/create-rng.js";
import { conditionalGumbel, conditionalGumbelSlope } from "./conditional-gumbel.js";

const logProbs = tf.log(tf.tensor1d([0.5, 0.3, 0.15, 0.05]));
const draws = 40_000;

test("scores drawn given their argmax, over all argmaxes, are Gumbel(log probs) again", () => {
  const rng = createRng(1);
  const scores = tf.add(logProbs, rng.gumbel([draws, 4]));
  const z = tf.cast(tf.oneHot(tf.cast(tf.argMax(scores, 1), "int32"), 4), "float32");
  const again = conditionalGumbel(tf.broadcastTo(logProbs, [draws, 4]), z, rng.gumbel([draws, 4]));
  expect(tf.argMax(again, 1).dataSync()).toEqual(tf.argMax(scores, 1).dataSync());
  const values = again.dataSync();
  for (const [k, logProb] of Array.from(logProbs.dataSync()).entries()) {
    const column = Float32Array.from({ length: draws }, (_, row) => values[4 * row + k]!);
    expect(kolmogorovSmirnov(column, (x) => Math.exp(-Math.exp(logProb - x)))).toBeLessThan(1.95);
  }
});

test("its slope is the derivative with respect to each log-probability", () => {
  const rng = createRng(2);
  const noise = rng.gumbel([50, 4]);
  const z = tf.oneHot(tf.cast(tf.mod(tf.range(0, 50, 1, "int32"), 4), "int32"), 4, 1, 0, "float32");
  const rows = tf.tile(tf.reshape(logProbs, [1, 4]), [50, 1]);
  const h = 1e-2;
  const difference = tf.div(
    tf.sub(conditionalGumbel(tf.add(rows, h), z, noise), conditionalGumbel(tf.sub(rows, h), z, noise)),
    2 * h,
  );
  expect(conditionalGumbelSlope(rows, z, noise)).toBeAllClose(difference, { atol: 1e-3 });
});

test("nothing overflows where a probability is small", () => {
  const rows = tf.tensor2d([[0, -200, -1e4, -1e30]]);
  const noise = tf.tensor2d([[-2, 15, -2.5, 0]]);
  const given = conditionalGumbel(rows, tf.tensor2d([[1, 0, 0, 0]]), noise);
  expect(given).toBeAllClose([-2, -185, -10002.5, -1e30], { rtol: 1e-6 });
  expect(conditionalGumbelSlope(rows, tf.tensor2d([[1, 0, 0, 0]]), noise)).toBeAllClose([0, 1, 1, 1]);
  // The rarest category won: the others lie below it.
  const rare = conditionalGumbel(rows, tf.tensor2d([[0, 0, 1, 0]]), noise);
  expect(rare).toBeAllClose([-2.5 - Math.log1p(Math.exp(-0.5)), -185, -2.5, -1e30], { rtol: 1e-6 });
});
