import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng } from "../random/create-rng.js";
import { InfiniteIGR } from "./infinite-igr.js";

describe("the probabilities of the categories", () => {
  const loc = [-0.5, -1, 0.3, 2, 1, 0];
  const scale = [0.7, 1.2, 0.4, 1, 2, 0.8];
  const draws = 40_000;

  test.each([
    { rho: 0.95, delta: 0.1 },
    { rho: 0.95, delta: 4 },
    { rho: 0.5, delta: 0.1 },
    { rho: 0.3, delta: 4 },
  ])("are the frequencies of samples: rho $rho, delta $delta", ({ rho, delta }) => {
    const relaxed = new InfiniteIGR({ loc, scale, temperature: 0.3, rho, delta, onCap: "ignore" });
    const frequencies = tf.mean(relaxed.sample(createRng(1), [draws], { hard: true }), 0);
    const probs = relaxed.discreteProbs();
    expect(frequencies).toBeAllClose(probs, { rtol: 0, atol: 4 * Math.sqrt(0.25 / draws) + 2e-3 });
    expect(tf.sum(probs)).toBeAllClose(1, { atol: 5e-3 });
    expect(tf.exp(relaxed.discreteLogProbs())).toBeAllClose(probs, { atol: 1e-6 });
    expect(relaxed.discrete().mean()).toBeAllClose(tf.div(probs, tf.sum(probs)), { atol: 1e-5 });
  });

  test("a low rho cuts off longest sticks, so that it counts", () => {
    const probs = (rho: number) => new InfiniteIGR({ loc, scale, temperature: 0.3, rho }).discreteProbs().dataSync();
    expect(Math.abs((probs(0.3)[3] as number) - (probs(0.95)[3] as number))).toBeGreaterThan(0.02);
  });

  test("batches, an empty one too; only results stay in memory", () => {
    const [means, temperature] = [tf.zeros([2, 1, 6]), tf.tensor1d([0.1, 1, 2])];
    const before = tf.memory().numTensors;
    for (const rho of [0.3, 0.95]) {
      const probs = new InfiniteIGR({ loc: means, scale, temperature, rho }).discreteProbs({ samples: 64 });
      expect(probs.shape).toEqual([2, 3, 7]);
      probs.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(new InfiniteIGR({ loc: tf.zeros([0, 6]), scale, temperature: 1 }).discreteProbs().shape).toEqual([0, 7]);
  });

  test.each([0.3, 0.95])("gradients are those of differences, at rho %d", (rho) => {
    // P of category 2 by the first mean.
    const at = (first: tf.Tensor) =>
      tf.squeeze(
        tf.slice(
          new InfiniteIGR({
            loc: tf.concat([tf.reshape(first, [1]), tf.tensor1d(loc.slice(1))]),
            scale,
            temperature: 0.3,
            rho,
          }).discreteProbs({ samples: 8192 }),
          2,
          1,
        ),
      );
    const step = 0.2;
    const [up, down] = [at(tf.scalar(-0.5 + step)), at(tf.scalar(-0.5 - step))];
    const slope = tf.grad(at)(tf.scalar(-0.5));
    expect(slope).toBeAllClose(tf.div(tf.sub(up, down), 2 * step), { rtol: 0.1, atol: 5e-3 });
  });
});
