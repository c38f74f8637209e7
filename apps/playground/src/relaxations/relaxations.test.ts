import "../tensorflow.js";
import { createRng, IGR, vertexProximity } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, test } from "vitest";
import { INITIAL } from "../settings/settings.js";
import { FAMILIES, makeRelaxation, parametersOf } from "./families.js";
import { figuresOf } from "./figures.js";
import { makeScene, noiseOf } from "./scene.js";

const SAMPLES = 5000;

test("softmax++ of the page is core's IGR on the same noise", () => {
  const settings = { ...INITIAL, temperature: 0.3, loc1: 0.7 };
  const { points, preImages } = makeScene(settings, SAMPLES);
  const relaxed = new IGR({ loc: [0.7, -0.2], scale: [1, 1], temperature: 0.3, delta: 1 });
  const y = tf.tensor2d(preImages, [SAMPLES, 2]);
  expect(Array.from(points["softmax++"])).toEqual(Array.from(relaxed.bijector.forward(y).dataSync()));
  // The pre-images are the first two of each row of three normals.
  const eps = createRng(1).normal([SAMPLES, 3]).arraySync() as number[][];
  expect(preImages[0]).toBeCloseTo(0.7 + eps[0]![0]!, 6);
  expect(preImages[3]).toBeCloseTo(-0.2 + eps[1]![1]!, 6);
});

test("the shared noise is Gumbel for the Gumbel-Softmax: mean 0.5772, variance pi^2 / 6", () => {
  const gumbel = noiseOf(1, SAMPLES).gumbel([SAMPLES, 3]);
  const { mean, variance } = tf.moments(gumbel);
  // Standard errors over 15,000 draws: 0.0105 and 0.028.
  expect(Math.abs(mean.dataSync()[0]! - 0.5772)).toBeLessThan(0.042);
  expect(Math.abs(variance.dataSync()[0]! - Math.PI ** 2 / 6)).toBeLessThan(0.12);
});

describe.each(FAMILIES)("%s", (family) => {
  const settings = { ...INITIAL, temperature: 0.25 };

  test("P(argmax) is the frequency of the largest coordinate", () => {
    const { probs, distances, vanished, tiny } = figuresOf(family, settings, SAMPLES);
    const hard = makeScene(settings, SAMPLES, true).points[family];
    for (const k of [0, 1, 2]) {
      const frequency = hard.reduce((sum, value, index) => sum + (index % 3 === k ? value : 0), 0) / SAMPLES;
      const error = Math.sqrt((frequency * (1 - frequency)) / SAMPLES);
      expect(Math.abs(frequency - probs[k]!)).toBeLessThan(4 * error + 0.004);
    }
    expect(Array.from(distances)).toEqual(Array.from(distances).sort((a, b) => a - b));
    expect(tiny).toBeGreaterThanOrEqual(vanished);
  });

  test("distances agree with core's vertexProximity on independent noise", () => {
    const { distances } = figuresOf(family, settings, SAMPLES);
    const relaxed = makeRelaxation(family, parametersOf(family, settings), settings);
    const expected = vertexProximity(relaxed, { rng: createRng(7), samples: 20_000 }).dataSync()[0]!;
    const share = distances.filter((distance) => distance <= 0.2).length / distances.length;
    expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / 1000) + 0.01);
  });

  test("leaks no tensors", () => {
    figuresOf(family, settings, SAMPLES);
    const before = tf.memory().numTensors;
    figuresOf(family, settings, SAMPLES);
    makeScene(settings, SAMPLES);
    expect(tf.memory().numTensors).toBe(before);
  });
});

afterAll(() => noiseOf(2, 1).dispose());
