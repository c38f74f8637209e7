import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { loadReference } from "../../test/reference-values.js";
import { ContinuousBernoulli, klDivergence } from "../index.js";

interface Reference {
  readonly torchContinuousBernoulli: readonly {
    readonly probs: number;
    readonly mean: number;
    readonly variance: number;
    readonly entropy: number;
    readonly points: readonly { x: number; logProb: number; cdf: number }[];
    readonly quantiles: readonly { p: number; x: number }[];
  }[];
}

const reference = loadReference<Reference>("common");

describe("ContinuousBernoulli", () => {
  test.each(reference.torchContinuousBernoulli)("is torch's at probs $probs", (row) => {
    const distribution = new ContinuousBernoulli({ probs: row.probs });
    // Within its cut torch takes a polynomial.
    const tolerance = { rtol: 3e-6, atol: 3e-6 };
    expect(distribution.mean()).toBeAllClose(row.mean, tolerance);
    expect(distribution.variance()).toBeAllClose(row.variance, tolerance);
    expect(distribution.entropy()).toBeAllClose(row.entropy, tolerance);
    for (const { x, logProb, cdf } of row.points) {
      expect(distribution.logProb(x)).toBeAllClose(logProb, tolerance);
      expect(distribution.cdf(x)).toBeAllClose(cdf, tolerance);
    }
    for (const { p, x } of row.quantiles) expect(distribution.quantile(p)).toBeAllClose(x, tolerance);
  });

  test("at logits 0 it is uniform, with the slopes of its neighbours", () => {
    const logits = tf.scalar(0);
    const of = (f: (d: ContinuousBernoulli) => tf.Tensor) =>
      tf.grad((v: tf.Tensor) => f(new ContinuousBernoulli({ logits: v })))(logits);
    expect(of((d) => d.logProb(0.8))).toBeAllClose(0.3, { rtol: 1e-6 });
    expect(of((d) => d.mean())).toBeAllClose(1 / 12, { rtol: 1e-6 });
    expect(of((d) => d.variance())).toBeAllClose(0, { atol: 1e-7 });
    expect(of((d) => d.entropy())).toBeAllClose(0, { atol: 1e-7 });
    // d F / d eta = x (x - 1) / 2, and minus that for the quantile.
    expect(of((d) => d.cdf(0.8))).toBeAllClose(-0.08, { rtol: 1e-5 });
    expect(of((d) => d.quantile(0.8))).toBeAllClose(0.08, { rtol: 1e-5 });
  });

  test("divergences of neighbours keep their digits: distance^2 times the variance / 2", () => {
    for (const logits of [0, 1, -40, 3000]) {
      const other = Math.fround(logits + 1e-3 * Math.max(1, Math.abs(logits)));
      const distance = other - logits;
      const [q, p] = [new ContinuousBernoulli({ logits }), new ContinuousBernoulli({ logits: other })];
      const variance = q.variance().dataSync()[0]!;
      expect(klDivergence(q, p)).toBeAllClose((distance ** 2 * variance) / 2, { rtol: 2e-3 });
      const slope = tf.grad((v: tf.Tensor) => klDivergence(q, new ContinuousBernoulli({ logits: v })))(
        tf.scalar(other),
      );
      expect(slope).toBeAllClose(distance * variance, { rtol: 2e-3 });
    }
  });

  test("outside [0, 1] and at its ends", () => {
    const distribution = new ContinuousBernoulli({ logits: [2, -2] });
    const normalizer = Math.log(Math.expm1(2) / 2);
    expect(distribution.logProb(tf.tensor2d([[-0.1], [0], [1], [1.1]]))).toBeAllClose(
      [-Infinity, -Infinity, -normalizer, 2 - normalizer, 2 - normalizer, -normalizer, -Infinity, -Infinity],
      { rtol: 1e-6 },
    );
    expect(distribution.cdf(tf.tensor2d([[-0.1], [0], [1], [1.1]]))).toBeAllClose([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(distribution.mode()).toBeAllClose([1, 0]);
  });
});
