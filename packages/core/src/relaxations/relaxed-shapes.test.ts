import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "./concrete.js";
import { ExpConcrete } from "./exp-concrete.js";
import { IGR } from "./igr.js";

type Build = (parameters: readonly number[], temperature: readonly number[], categories: number) => RelaxedDistribution;

const families: [string, Build][] = [
  [
    "Concrete",
    (shape, temperature, categories) =>
      new Concrete({ temperature: tf.fill([...temperature], 0.7), logits: tf.zeros([...shape, categories]) }),
  ],
  [
    "ExpConcrete",
    (shape, temperature, categories) =>
      new ExpConcrete({ temperature: tf.fill([...temperature], 0.7), logits: tf.zeros([...shape, categories]) }),
  ],
  ...(["softmax++", "stick-breaking", "interpolation"] as const).map((transform): [string, Build] => [
    `IGR ${transform}`,
    (shape, temperature, categories) =>
      new IGR({
        temperature: tf.fill([...temperature], 0.7),
        loc: tf.zeros([...shape, categories - 1]),
        scale: tf.ones([categories - 1]),
        transform,
      }),
  ]),
];

// Two shapes that broadcast: each axis is the common size or 1, and one of them may lack leading axes.
const pairOfShapes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean()), { maxLength: 3 })
  .chain((axes) =>
    fc.tuple(fc.integer({ min: 0, max: axes.length }), fc.boolean()).map(([missing, swap]) => {
      const [a, b] = [
        axes.map(([size, one]) => (one ? 1 : size)),
        axes.map(([size, , one]) => (one ? 1 : size)).slice(missing),
      ];
      return swap ? { a: b, b: a } : { a, b };
    }),
  );

const shapes = {
  parameters: pairOfShapes,
  categories: fc.integer({ min: 2, max: 5 }),
  sample: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
};

describe.each(families)("%s", (_name, build) => {
  test("shapes are those of broadcasting, for any batch, temperature and sample shape", () => {
    fc.assert(
      fc.property(shapes.parameters, shapes.categories, shapes.sample, ({ a, b }, categories, sampleShape) => {
        tf.tidy(() => {
          const relaxed = build(a, b, categories);
          const batch = tf.add(tf.zeros(a), tf.zeros(b)).shape;
          expect(relaxed.batchShape).toEqual(batch);
          expect(relaxed.eventShape).toEqual([categories]);
          const rng = createRng(1);
          const { value, logProb } = relaxed.sampleAndLogProb(rng, sampleShape);
          expect(value.shape).toEqual([...sampleShape, ...batch, categories]);
          expect(logProb.shape).toEqual([...sampleShape, ...batch]);
          const logValue = relaxed.sampleLog(rng, sampleShape);
          expect(relaxed.logProbFromLog(logValue).shape).toEqual(logProb.shape);
          expect(relaxed.logProb(relaxed.sample(rng, sampleShape)).shape).toEqual(logProb.shape);
          // One point for all members of the batch.
          const point =
            relaxed.name === "ExpConcrete"
              ? tf.fill([categories], -Math.log(categories))
              : tf.fill([categories], 1 / categories);
          expect(relaxed.logProb(point).shape).toEqual(batch);
        });
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe.each([
  ["Concrete", () => new Concrete({ temperature: [0.9, 0.6], probs: [0.2, 0.5, 0.3] })],
  [
    "ExpConcrete",
    () =>
      new ExpConcrete({
        temperature: 0.5,
        logits: tf.tensor2d([
          [1, 0],
          [0, 2],
        ]),
      }),
  ],
  ["IGR", () => new IGR({ loc: tf.tensor1d([0.3, -0.2]), scale: [1, 0.5], temperature: 0.8 })],
] as const)("%s keeps the laws of distributions", (_name, build) => {
  distributionLaws(build);
});

test("discrete() and base own no memory where numbers were given", () => {
  const concrete = new Concrete({ temperature: 0.5, probs: [0.5, 0.5] });
  const igr = new IGR({ loc: [0], scale: [1], temperature: 0.5 });
  const before = tf.memory().numTensors;
  concrete.discrete();
  igr.base;
  expect(tf.memory().numTensors).toBe(before);
});

test("the log-space methods leave only their results in memory", () => {
  for (const [, build] of families) {
    tf.tidy(() => {
      const relaxed = build([2], [], 3);
      const rng = createRng(1);
      const before = tf.memory().numTensors;
      const value = relaxed.sampleLog(rng, [4]);
      relaxed.logProbFromLog(value);
      relaxed.sampleLogAndLogProb(rng, [4], { stickTheLanding: true });
      expect(tf.memory().numTensors).toBe(before + 4);
    });
  }
});
