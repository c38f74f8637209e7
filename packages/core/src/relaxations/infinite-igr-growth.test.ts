import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { GrowingSticks } from "./growing-sticks.js";
import { InfiniteIGR } from "./infinite-igr.js";
import type { InfiniteIGROptions } from "./infinite-igr-options.js";

const numbers = (x: tf.Tensor) => Array.from(x.dataSync());

describe("growing parameters", () => {
  test("grow in blocks as samples need them, up to the cap, and only then", () => {
    const sticks = new GrowingSticks({ block: 4, cap: 50, start: { loc: -1.5, scale: 0.5 } });
    const relaxed = new InfiniteIGR({ sticks, temperature: 0.1, rho: 0.3 });
    expect([sticks.count, relaxed.eventShape]).toEqual([4, [51]]);
    const small = relaxed.sampleWithPreImage(createRng(1), [1]);
    expect(sticks.count).toBe(4 * Math.ceil((small.effectiveK.dataSync()[0] as number) / 4));
    const { effectiveK } = new InfiniteIGR({ sticks, temperature: 0.1, rho: 0.9 }).sampleWithPreImage(
      createRng(1),
      [300],
    );
    const most = Math.max(...numbers(effectiveK));
    expect(sticks.count).toBe(4 * Math.ceil(most / 4));
    expect(sticks.variables.length).toBe((2 * sticks.count) / 4);
    sticks.dispose();
  });

  test("see the samples that the same parameters without growth see", () => {
    const sticks = new GrowingSticks({ block: 8, cap: 40, start: { loc: -1, scale: 0.7 } });
    const fixed = new InfiniteIGR({ loc: tf.fill([40], -1), scale: 0.7, temperature: 0.2 });
    const grown = new InfiniteIGR({ sticks, temperature: 0.2 });
    expect(grown.sample(createRng(5), [20])).toBeAllClose(fixed.sample(createRng(5), [20]), { rtol: 1e-6 });
    expect(klDivergence(grown, grown)).toBeAllClose([0], { atol: 0 });
    sticks.dispose();
  });

  test("train: an optimizer moves the blocks, those added later too", () => {
    const sticks = new GrowingSticks({ block: 4, cap: 60, batchShape: [2] });
    const relaxed = new InfiniteIGR({ sticks, temperature: 0.1, rho: 0.95 });
    const optimizer = tf.train.adam(0.1);
    const rng = createRng(3);
    // Away from the first categories: sticks become shorter, and samples need more of them.
    for (let step = 0; step < 60; step++) {
      optimizer.minimize(
        () => tf.sum(tf.slice(tf.mean(relaxed.sample(rng, [20]), 0), [0, 0], [2, 6])),
        false,
        sticks.variables,
      );
    }
    expect(sticks.count).toBeGreaterThan(8);
    expect(numbers(sticks.variables[0] as tf.Tensor).every((value) => value < -1)).toBe(true);
    expect(numbers(sticks.variables[2] as tf.Tensor).some((value) => value !== 0)).toBe(true);
    const before = tf.memory().numTensors;
    const count = sticks.variables.length;
    sticks.dispose();
    expect(tf.memory().numTensors).toBe(before - count);
    optimizer.dispose();
  });

  test("inside a trace nothing is read: parameters have to have grown before", () => {
    const sticks = new GrowingSticks({ block: 4, cap: 16 });
    const relaxed = new InfiniteIGR({ sticks, temperature: 0.1 });
    const slot = globalThis as { [key: symbol]: unknown };
    const key = Symbol.for("igr.drawListener");
    slot[key] = { draw: (_rng: unknown, _kind: string, shape: number[]) => tf.fill(shape, -9), fork: () => {} };
    try {
      expect(() => relaxed.sample(createRng(1))).toThrow(
        "InfiniteIGR.sample: sticks cannot grow inside a compiled function; call sticks.growTo(sticks.cap) before",
      );
      sticks.growTo(16);
      expect(numbers(relaxed.sampleWithPreImage(createRng(1)).passesCap)).toEqual([1]);
    } finally {
      delete slot[key];
    }
    sticks.dispose();
  });
});

describe("the cap", () => {
  const options: InfiniteIGROptions = { loc: tf.fill([5], -4), scale: 0.1, temperature: 0.5, rho: 0.9 };

  test("is an error by default, which names the way out", () => {
    expect(() => new InfiniteIGR(options).sample(createRng(1), [3])).toThrow(
      new RangeError(
        "InfiniteIGR.sample: 3 of 3 samples hold at most rho = 0.9 of the stick up to the cap of 5 coordinates; raise the cap, lower rho, or pass onCap: 'warn' to cut them there",
      ),
    );
  });

  test("is a warning on request, once, and samples are cut there", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const relaxed = new InfiniteIGR({ ...options, onCap: "warn" });
      const { effectiveK, passesCap } = relaxed.sampleWithPreImage(createRng(1), [3]);
      relaxed.sample(createRng(1));
      expect(warn).toHaveBeenCalledOnce();
      expect(warn.mock.calls[0]?.[0]).toContain("3 of 3 samples hold at most rho = 0.9");
      expect([numbers(effectiveK), numbers(passesCap)]).toEqual([
        [5, 5, 5],
        [1, 1, 1],
      ]);
    } finally {
      warn.mockRestore();
    }
  });
});

test("a batch of 64 at cap 512 takes less than 64 MB with its gradients", async () => {
  const [loc, scale] = [tf.fill([64, 512], -4), tf.fill([64, 512], 1)];
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(() => {
    const gradients = tf.grads((l: tf.Tensor, s: tf.Tensor) => {
      const relaxed = new InfiniteIGR({ loc: l, scale: s, temperature: 0.1, onCap: "ignore" });
      const prior = new InfiniteIGR({ loc: tf.zeros([512]), scale: 1, temperature: 0.1 });
      const { value, logProb } = relaxed.sampleAndLogProb(createRng(1));
      return tf.addN([
        tf.sum(logProb),
        tf.sum(tf.square(value)),
        tf.sum(klDivergence(relaxed, prior, { method: "closed" })),
      ]);
    })([loc, scale]);
    tf.dispose(gradients);
    return tf.scalar(0);
  });
  expect(peakBytes - before).toBeLessThan(64 * 2 ** 20);
});
