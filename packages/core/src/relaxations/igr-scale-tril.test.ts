import { Chain, Planar, Sigmoid, StickBreaking } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { meanScore } from "../../test/statistics.js";
import { createRng, IGR, type IGROptions, klDivergence, MultivariateNormalTriL } from "../index.js";

const scaleTril = [
  [1, 0],
  [-0.8, 0.5],
];
const transforms: Record<string, () => Partial<IGROptions>> = {
  "softmax++": () => ({ temperature: 0.7 }),
  "stick-breaking": () => ({ temperature: 0.7, transform: "stick-breaking", delta: 0.3 }),
  interpolation: () => ({ temperature: 0.7, transform: "interpolation" }),
  planar: () => ({ temperature: 0.7, transform: new Planar({ u: [0.5, -0.3], w: [1, 0.4], b: 0.2 }) }),
  "a map onto the simplex": () => ({ transform: new Chain([new StickBreaking(), new Sigmoid()]) }),
};

describe.each(Object.keys(transforms))("IGR with scaleTril through %s", (name) => {
  const transform = transforms[name]!();
  const build = (options: Partial<IGROptions> = {}) =>
    new IGR({ loc: [0.3, -0.2], ...(options.scale ? {} : { scaleTril }), ...transform, ...options });

  distributionLaws(
    () =>
      new IGR({
        loc: tf.tensor2d([
          [0.3, -0.2],
          [1, 0],
        ]),
        scaleTril: tf.tensor2d(scaleTril),
        ...transform,
      }),
  );

  test("a diagonal factor is a scale", () => {
    const [full, diagonal] = [
      build({
        scaleTril: [
          [0.7, 0],
          [0, 1.2],
        ],
      }),
      build({ scale: [0.7, 1.2] }),
    ];
    const draws = diagonal.sampleAndLogProb(createRng(1), [50]);
    const same = full.sampleAndLogProb(createRng(1), [50]);
    expect(same.value).toBeAllClose(draws.value, { rtol: 1e-6 });
    expect(same.logProb).toBeAllClose(draws.logProb, { rtol: 1e-5, atol: 1e-5 });
    expect(full.logProb(draws.value)).toBeAllClose(diagonal.logProb(draws.value), { rtol: 1e-4, atol: 1e-4 });
    const other = build({ scale: [1, 0.5], loc: [1, 1] });
    const expected = klDivergence(diagonal, other);
    for (const p of [
      other,
      build({
        scaleTril: [
          [1, 0],
          [0, 0.5],
        ],
        loc: [1, 1],
      }),
    ]) {
      expect(klDivergence(full, p)).toBeAllClose(expected, { rtol: 1e-5 });
      expect(klDivergence(diagonal, p)).toBeAllClose(expected, { rtol: 1e-5 });
    }
  });

  test("the closed divergence is the mean of the log-ratio, within 4 standard errors", () => {
    const p = build({
      loc: [1, 0.5],
      scaleTril: [
        [0.8, 0],
        [0.6, 1.5],
      ],
    });
    const q = build();
    const { value, logProb } = q.sampleLogAndLogProb(createRng(2), [20_000]);
    const ratio = tf.sub(logProb, p.logProbFromLog(value)).dataSync();
    expect(Math.abs(meanScore(ratio, klDivergence(q, p).dataSync()[0]!))).toBeLessThan(4);
  });

  test("stickTheLanding has no gradient noise where q equals p", () => {
    const factor = tf.tensor2d(scaleTril);
    const slope = tf.grad((given: tf.Tensor) =>
      klDivergence(build({ scaleTril: given }), build(), {
        method: "monte-carlo",
        rng: createRng(3),
        samples: 20,
        stickTheLanding: true,
      }),
    )(factor);
    expect(slope).toBeAllClose([0, 0, 0, 0], { atol: 2e-4 });
  });
});

test("two softmax++ of other temperatures and deltas, one with scale and one with scaleTril, have a closed divergence", () => {
  const q = new IGR({ loc: [0.3, -0.2], scaleTril, temperature: 0.5, delta: 0.2 });
  const p = new IGR({ loc: [0, 0.5], scale: [1, 0.7], temperature: 1.3 });
  const { value, logProb } = q.sampleLogAndLogProb(createRng(4), [20_000]);
  const ratio = tf.sub(logProb, p.logProbFromLog(value)).dataSync();
  expect(Math.abs(meanScore(ratio, klDivergence(q, p, { method: "closed" }).dataSync()[0]!))).toBeLessThan(4);
});

test("the density integrates to 1 over the simplex", () => {
  const steps = 400;
  const points: number[][] = [];
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < steps; j++) {
      const [a, b] = [(i + 0.5) / steps, (j + 0.5) / steps];
      if (a + b < 1) points.push([a, b, 1 - a - b]);
    }
  }
  const relaxed = new IGR({ loc: [0.3, -0.2], scaleTril, temperature: 1, delta: 1 });
  const mass = tf.mul(tf.sum(tf.exp(relaxed.logProb(points))), 1 / steps ** 2);
  expect(mass).toBeAllClose(1, { rtol: 5e-3 });
});

test("gradients reach the factor below and on its diagonal, and not above", () => {
  const factor = tf.tensor2d([
    [1, 9],
    [-0.8, 0.5],
  ]);
  const slope = tf
    .grad((given: tf.Tensor) =>
      tf.sum(tf.square(new IGR({ loc: [0, 0], scaleTril: given, temperature: 1 }).sample(createRng(5), [100]))),
    )(factor)
    .dataSync();
  expect(slope[1]).toBeCloseTo(0, 10);
  expect([slope[0], slope[2], slope[3]].every((v) => Number.isFinite(v) && v !== 0)).toBe(true);
  expect(new IGR({ loc: [0, 0], scaleTril: factor, temperature: 1 }).scaleTril).toBeAllClose([1, 0, -0.8, 0.5]);
});

test("base is the Gaussian of the pre-image", () => {
  const relaxed = new IGR({ loc: [0.3, -0.2], scaleTril, temperature: 0.7 });
  expect(relaxed.base).toBeInstanceOf(MultivariateNormalTriL);
  const { value, preImage } = relaxed.sampleWithPreImage(createRng(6), [10]);
  const logDet = relaxed.bijector.forwardLogDetJacobian(preImage);
  expect(relaxed.logProb(value)).toBeAllClose(tf.sub(relaxed.base.logProb(preImage), logDet), {
    rtol: 1e-4,
    atol: 1e-4,
  });
});

test.each([
  [
    () => new IGR({ loc: [0, 0], scale: 1, scaleTril, temperature: 1 }),
    "IGR: exactly one of scale and scaleTril must be given, got both",
  ],
  [() => new IGR({ loc: [0, 0], temperature: 1 }), "IGR: scale is missing"],
  [
    () =>
      new IGR({
        loc: [0, 0],
        scaleTril: [
          [1, 0],
          [0, -1],
        ],
        temperature: 1,
      }),
    "IGR: scaleTril must be finite lower triangular matrices with a diagonal > 0, got -1 in row 1, column 1",
  ],
  [
    () => new IGR({ loc: [0, 0, 0], scaleTril, temperature: 1 }),
    "IGR: shapes must broadcast against each other, got loc [3], scaleTril without its last axis [2]",
  ],
  [() => new IGR({ loc: [0, 0], scaleTril, temperature: 1 }).scale, "IGR: scale is of independent coordinates"],
  [
    () => new IGR({ loc: [0, 0], scaleTril, temperature: 1 }).discreteProbs(),
    "IGR.discreteProbs: has no closed form with scaleTril; estimate it by the frequencies of sample(rng, [10000], { hard: true })",
  ],
])("refuses %#", (build, message) => {
  expect(build).toThrow(message);
});
