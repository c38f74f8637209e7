import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { bits, gradientsOf, reference, sequenceRng, setWaves, wave } from "../../test/reference-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { IgrStickBreakingLatent } from "../latent/igr-stick-breaking-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import { DeepGaussianMixture } from "./deep-gaussian-mixture.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const prior = { loc: [-0.5, 0.2, 0.1], scale: [0.7, 1.2, 0.9] };

function makeModel(pixels = 6, variables = 1): DeepGaussianMixture {
  const rng = createRng(1);
  const assignment = new IgrStickBreakingLatent({ variables, maxCategories: 3, temperature: 0.4, rho: 0.7, prior });
  return new DeepGaussianMixture({
    encoder: denseNetwork({ inputs: pixels, hidden: [5], outputs: 6 + 4, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: 2, hidden: [5], outputs: pixels, rng: rng.fork("d") }),
    likelihood: new BernoulliLikelihood(),
    dimensions: 2,
    assignment,
    rng: rng.fork("components"),
  });
}

test("terms, importance weights and gradients are torch's", () => {
  const expected = reference.mixture;
  const model = makeModel();
  const variables = model.trainableVariables;
  for (const [part, seed] of [
    [variables.slice(0, 4), 60],
    [variables.slice(4, 8), 70],
    [variables.slice(8), 90],
  ] as const) {
    setWaves(part, seed);
  }
  const x = bits([4, 6], 92);
  const noise = () => sequenceRng([wave([4, 3], 93, 1.2), wave([4, 2], 94, 1.1)]);
  const terms = model.elbo(x, noise());
  for (const name of ["reconstruction", "assignmentKl", "componentKl", "keptCategories"]) {
    expectClose(terms[name]!, expected[name], { rtol: 1e-5, atol: 1e-6 });
  }
  expectClose(tf.sub(terms.reconstruction, tf.add(terms.assignmentKl!, terms.componentKl!)), numbers(terms.elbo), {
    rtol: 1e-6,
  });
  expectClose(model.logWeights(x, noise(), 1), expected.logWeight, { rtol: 1e-5 });
  const gradients = gradientsOf(() => model.loss(x, noise()), variables);
  for (const [i, gradient] of gradients.entries()) {
    expectClose(gradient, expected.gradients[i], { rtol: 1e-4, atol: 1e-5 });
  }
});

describe("training", () => {
  async function run(engine: "eager" | "jit") {
    const model = makeModel(16);
    const steps: number[] = [];
    const before = tf.memory().numTensors;
    const { epochs } = await fit(model, new ArrayImages(bars(32, 4)), {
      epochs: 2,
      batchSize: 8,
      rng: createRng(3),
      schedules: { temperature: { kind: "linear", from: 1, to: 0.4, steps: 5 }, klWeight: 0.5 },
      validationData: new ArrayImages(bars(10, 4)),
      engine,
      jit: { threads: 1 },
      callbacks: { onStep: ({ loss }) => void steps.push(loss) },
    });
    expect(tf.memory().numTensors).toBe(before);
    return { model, steps, epochs, weights: model.trainableVariables.map(numbers) };
  }

  test("compiled and eager training agree, runs repeat, and the log has the number of components", async () => {
    const [eager, jit, again] = [await run("eager"), await run("jit"), await run("jit")];
    expectClose(jit.steps, eager.steps, { rtol: 1e-3 });
    expect(again.weights).toEqual(jit.weights);
    const { terms } = jit.epochs[1]!.validation!;
    expect(terms!.keptCategories).toBeGreaterThanOrEqual(1);
    expect(terms!.keptCategories).toBeLessThanOrEqual(3);
  });

  test("a saved model is loaded bit for bit", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-mixture-"));
    try {
      const { model } = await run("eager");
      await save(model, dir);
      const loaded = await load<DeepGaussianMixture>(dir);
      const x = bits([3, 16], 4);
      expect(numbers(loaded.elbo(x, createRng(1)).elbo)).toEqual(numbers(model.elbo(x, createRng(1)).elbo));
      expect(numbers(loaded.means)).toEqual(numbers(model.means));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test("draws from the mixture and from a component have the right means and scales", () => {
  const model = makeModel();
  const [means, logScales] = model.trainableVariables.slice(-2);
  const logScale = (k: number, d: number) => Math.log(0.3 + 0.2 * k + 0.1 * d);
  logScales!.assign(tf.tensor2d(Array.from({ length: 4 }, (_, k) => [logScale(k, 0), logScale(k, 1)])));
  const noise = (rng: ReturnType<typeof createRng>) => rng.normal([3, 2]);

  const z = tf.add(
    tf.slice(means!, [2, 0], [1, 2]),
    tf.mul(tf.exp(tf.slice(logScales!, [2, 0], [1, 2])), noise(createRng(5))),
  );
  expectClose(model.sampleComponent(2, createRng(5), 3), numbers(model.decode(z as tf.Tensor2D)), { rtol: 1e-5 });

  const rng = createRng(6);
  const c = tf.reshape(model.assignment.samplePrior(rng, 3), [3, 4]) as tf.Tensor2D;
  const mixed = (parameters: tf.Variable) => tf.matMul(c, parameters as tf.Tensor as tf.Tensor2D);
  const drawn = tf.add(mixed(means!), tf.mul(tf.exp(mixed(logScales!)), noise(rng)));
  expectClose(model.sample(createRng(6), 3), numbers(model.decode(drawn as tf.Tensor2D)), { rtol: 1e-5 });
});

test("weights are shares of the prior's vertices, and each component gives its own images", () => {
  const model = makeModel();
  const weights = numbers(model.weights(createRng(1), 4000));
  expect(weights.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  expect(weights[3]).toBe(0);
  // P(stick 1 is the longest): by the sigmoid of its Gaussian and the rest of the stick, at least P(y_1 > 0) = Phi(-0.5 / 0.7).
  expect(weights[0]).toBeGreaterThan(0.2375 - 4 * Math.sqrt(0.25 / 4000));
  expect(model.sample(createRng(1), 5).shape).toEqual([5, 6]);
  const [a, b] = [0, 1].map((k) => numbers(model.sampleComponent(k, createRng(1), 2)));
  expect(a).not.toEqual(b);
  expect(() => makeModel(6, 2)).toThrow("DeepGaussianMixture: assignment must have 1 variable, got 2");
  for (const k of [-1, 0.5, model.assignment.maxCategories + 1]) {
    expect(() => model.sampleComponent(k, createRng(1), 2)).toThrow(
      `DeepGaussianMixture.sampleComponent: k must be a whole number from 0 to ${model.assignment.maxCategories}, got ${k}`,
    );
  }
  expect(() => model.decode(tf.zeros([2, 3]))).toThrow(
    "DeepGaussianMixture.decode: z must have shape [B, 2], got [2,3]",
  );
});
