import { createRng, IGR, vertexProximity } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { JointVAE } from "../joint-vae/joint-vae.js";
import { GaussianLatent } from "../latent/gaussian-latent.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { evaluate } from "../training/evaluate.js";
import type { BatchOptions } from "../training/image-source.js";
import { disentanglement } from "./disentanglement.js";
import type { LabelledBatch, LabelledImageSource } from "./labelled-images.js";
import { latentTraversal } from "./latent-traversal.js";
import { evaluateLogLikelihood } from "./log-likelihood.js";
import { vertexDistances } from "./vertex-distances.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const prior = { loc: [-0.8, 0.3, -0.2], scale: [0.6, 0.4, 0.9] };

function discreteModel(): DiscreteVAE {
  const rng = createRng(1);
  const latent = new IgrLatent({ variables: 2, categories: 4, temperature: 0.4, prior });
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 16, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [8], outputs: 16, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

/** A joint model of four pixels whose first variable is pixel 0, and whose categories are the other three. */
function transparentJoint({ distance = 3, logScale = -2 } = {}): JointVAE {
  const rng = createRng(1);
  const encoder = denseNetwork({ inputs: 4, hidden: [], outputs: 4 + 3, rng });
  // Means +-distance and 0, scales exp(logScale) and 1; logits of 9 for the pixel that is on.
  const kernel = tf.buffer([4, 7]);
  kernel.set(2 * distance, 0, 0);
  for (const k of [0, 1, 2]) kernel.set(9, k + 1, 4 + k);
  encoder.setWeights([kernel.toTensor(), tf.tensor1d([-distance, logScale, 0, 0, 0, 0, 0])]);
  return new JointVAE({
    encoder,
    decoder: denseNetwork({ inputs: 5, hidden: [], outputs: 4, rng: rng.fork("d") }),
    likelihood: new BernoulliLikelihood(),
    continuous: [new GaussianLatent({ variables: 2 })],
    discrete: [new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.1 })],
    gamma: 1,
    capacities: { continuous: 0, discrete: 0 },
  });
}

class Labelled implements LabelledImageSource {
  readonly #label: (image: number[]) => number;
  readonly #images: number[][];

  constructor(images: number[][], label: (image: number[]) => number) {
    this.#images = images;
    this.#label = label;
  }

  *batches({ batchSize }: BatchOptions): Iterable<LabelledBatch> {
    for (let from = 0; from < this.#images.length; from += batchSize) {
      const part = this.#images.slice(from, from + batchSize);
      const images = tf.tensor2d(part);
      const labels = tf.tensor1d(part.map(this.#label), "int32");
      yield { images, labels, dispose: () => tf.dispose([images, labels]) };
    }
  }
}

describe("the importance-weighted bound of a dataset", () => {
  const data = () => new ArrayImages(bars(10, 4));
  const options = { rng: createRng(4), samples: 40, batchSize: 4, binarize: "threshold" } as const;

  test("equals the model's own bound with the same draws, in several passes, compiled or not, and repeats", async () => {
    const model = discreteModel();
    const settings = { ...options, batchSize: 10, samplesPerPass: 10 };
    const draws = { samples: 40, samplesPerPass: 10 };
    const x = tf.tensor2d(bars(10, 4));
    const expected = numbers(model.logLikelihood(x, createRng(4).fork("noise"), draws));
    const mean = expected.reduce((sum, value) => sum + value / 10, 0);
    const variance = expected.reduce((sum, value) => sum + (value - mean) ** 2 / 9, 0);
    for (const engine of ["eager", "jit"] as const) {
      const { logLikelihood, standardError } = await evaluateLogLikelihood(model, data(), { ...settings, engine });
      expect(logLikelihood).toBeCloseTo(mean, 4);
      expect(standardError).toBeCloseTo(Math.sqrt(variance / 10), 4);
    }
    const padded = { ...settings, batchSize: 4, engine: "jit" } as const;
    const runs = [
      await evaluateLogLikelihood(model, data(), padded),
      await evaluateLogLikelihood(model, data(), padded),
    ];
    expect(runs[0]!.images).toBe(10);
    expect(runs[1]).toEqual(runs[0]);
  });

  test("1,000 samples take the memory of one pass, in the model's own method and over a dataset", async () => {
    const model = discreteModel();
    const peakOf = async (work: (rng: ReturnType<typeof createRng>) => unknown) => {
      const before = tf.memory();
      let most = { numTensors: 0, numBytes: 0 };
      const watch = (rng: ReturnType<typeof createRng>) => {
        const normal = rng.normal.bind(rng);
        rng.normal = (shape) => {
          const { numTensors, numBytes } = tf.memory();
          if (numBytes > most.numBytes) most = { numTensors, numBytes };
          return normal(shape);
        };
        const fork = rng.fork.bind(rng);
        rng.fork = (label) => watch(fork(label));
        return rng;
      };
      await work(watch(createRng(1)));
      expect(tf.memory().numTensors).toBe(before.numTensors);
      return most.numBytes - before.numBytes;
    };
    const x = tf.tensor2d(bars(10, 4));
    const own = (samples: number) =>
      peakOf((rng) => model.logLikelihood(x, rng, { samples, samplesPerPass: 20 }).dispose());
    // A weight per sample and image stays: 4 bytes each.
    expect((await own(1000)) - (await own(40))).toBeLessThanOrEqual(1.05 * 960 * 10 * 4);
    const over = (samples: number) =>
      peakOf((rng) =>
        evaluateLogLikelihood(model, data(), { ...options, rng, samples, samplesPerPass: 20, engine: "eager" }),
      );
    expect(await over(1000)).toBe(await over(40));
  });

  test("rejects passes that do not divide the samples", async () => {
    await expect(evaluateLogLikelihood(discreteModel(), data(), { ...options, samplesPerPass: 7 })).rejects.toThrow(
      "evaluateLogLikelihood: samplesPerPass must divide samples = 40, got 7",
    );
  });
});

test("vertex distances of posterior draws have the share that core measures of the same posteriors", async () => {
  const model = discreteModel();
  const images = bars(60, 4);
  const before = tf.memory().numTensors;
  const { distances, share } = await vertexDistances(model, new ArrayImages(images), {
    rng: createRng(1),
    batchSize: 25,
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(distances).toHaveLength(120);
  expect(share).toBe(distances.filter((distance) => distance <= 0.2).length / 120);
  const { loc, scale } = model.encode(tf.tensor2d(images));
  const posterior = new IGR({ loc: loc!, scale: scale!, temperature: 0.4 });
  const expected = numbers(tf.mean(vertexProximity(posterior, { rng: createRng(2), samples: 400 })))[0]!;
  expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / 120));
});

test("every function that measures a model is named in its errors", async () => {
  const [model, data, rng] = [discreteModel(), new ArrayImages(bars(8, 4)), createRng(1)];
  const engine = "turbo" as "jit";
  await expect(evaluate(model, data, { rng, engine })).rejects.toThrow(
    "evaluate: engine must be 'auto', 'jit' or 'eager'",
  );
  await expect(evaluateLogLikelihood(model, data, { rng, engine })).rejects.toThrow(
    "evaluateLogLikelihood: engine must",
  );
  await expect(evaluateLogLikelihood(model, data, { rng, batchSize: 0 })).rejects.toThrow(
    "evaluateLogLikelihood: batchSize must be a whole number >= 1, got 0",
  );
  await expect(vertexDistances(model, data, { rng, within: -1 })).rejects.toThrow(
    "vertexDistances: within must be a finite number > 0, got -1",
  );
  await expect(evaluate(model, data, {} as { rng: typeof rng })).rejects.toThrow(
    "evaluate: rng must be a generator, as createRng(seed) of @igr/core makes one, got undefined",
  );
});

describe("a JointVAE whose latents are known", () => {
  const images = Array.from({ length: 240 }, (_, i) => [
    i % 2,
    Number(i % 3 === 0),
    Number(i % 3 === 1),
    Number(i % 3 === 2),
  ]);

  test("its category classifies perfectly, and the gap is 1", async () => {
    const model = transparentJoint();
    const before = tf.memory().numTensors;
    const source = new Labelled(images, (image) => (image.indexOf(1, 1) + 1) % 3);
    const result = await disentanglement(model, source, { rng: createRng(1) });
    expect(tf.memory().numTensors).toBe(before);
    expect(result.images).toBe(240);
    expect(result.classifier!.accuracy).toBeGreaterThan(0.99);
    expect(result.discrete[0]).toBeGreaterThan(0.98 * Math.log(3));
    expect(Math.max(...result.continuous)).toBeLessThan(0.05);
    expect(result.gap).toBeGreaterThan(0.93);
    // The posterior of the second continuous variable equals its prior.
    expect(result.continuousKl[0]).toBeCloseTo((9 + Math.exp(-4) - 1) / 2 + 2, 4);
    expect(result.continuousKl[1]).toBeCloseTo(0, 5);
  });

  test("the continuous variable determines the parity of an image", async () => {
    const source = new Labelled(images, (image) => image[0]!);
    const result = await disentanglement(transparentJoint(), source, { rng: createRng(1), images: 200 });
    expect(result.images).toBe(200);
    expect(result.continuous[0]).toBeCloseTo(Math.LN2, 2);
    expect(result.classifier!.accuracy).toBeLessThan(0.6);
  });

  test("overlapping draws have less information than their means", async () => {
    const source = new Labelled(Array.from({ length: 10 }, () => images).flat(), (image) => image[0]!);
    const options = { rng: createRng(1), images: 2000 };
    const result = await disentanglement(transparentJoint({ distance: 1, logScale: 0 }), source, options);
    // The capacity of two Gaussians at +-1, by quadrature: 0.3368 nats; 4 standard errors of 2,000 draws. With the
    // means it would be 0.567.
    expect(Math.abs(result.continuous[0]! - 0.3368)).toBeLessThan(4 * Math.sqrt(0.2 / 2000));
  });

  test("each of several parts is measured by its own parameters", async () => {
    const single = transparentJoint();
    const [kernel, bias] = single.encoder.getWeights().map((weight) => tf.clone(weight));
    const columns = (weights: tf.Tensor, from: number, size: number) => tf.slice(weights, [0, from], [-1, size]);
    // loc and log scale of pixel 0 are adjacent; the second part's columns follow.
    const order = (weights: tf.Tensor) => {
      const [first, second, logits] = [columns(weights, 0, 2), columns(weights, 2, 2), columns(weights, 4, 3)];
      return tf.concat([second, first, tf.mul(logits, 0), logits], 1);
    };
    const encoder = denseNetwork({ inputs: 4, hidden: [], outputs: 4 + 6, rng: createRng(1) });
    encoder.setWeights([order(kernel!), tf.reshape(order(tf.reshape(bias!, [1, -1])), [-1])]);
    const category = () => new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.1 });
    const model = new JointVAE({
      encoder,
      decoder: denseNetwork({ inputs: 2 + 6, hidden: [], outputs: 4, rng: createRng(2) }),
      likelihood: new BernoulliLikelihood(),
      continuous: [new GaussianLatent({ variables: 1 }), new GaussianLatent({ variables: 1 })],
      discrete: [category(), category()],
      gamma: 1,
      capacities: { continuous: 0, discrete: 0 },
    });
    const ofCategory = new Labelled(images, (image) => (image.indexOf(1, 1) + 1) % 3);
    const { discrete, classifier, continuousKl } = await disentanglement(model, ofCategory, { rng: createRng(1) });
    expect(discrete[0]).toBeLessThan(0.05);
    expect(discrete[1]).toBeGreaterThan(0.98 * Math.log(3));
    expect(classifier!.accuracy).toBeLessThan(0.6);
    expect(continuousKl[0]).toBeCloseTo(0, 5);
    expect(continuousKl[1]).toBeGreaterThan(6);
    const ofParity = new Labelled(images, (image) => image[0]!);
    const { continuous } = await disentanglement(model, ofParity, { rng: createRng(1) });
    expect(continuous[0]).toBeLessThan(0.05);
    expect(continuous[1]).toBeCloseTo(Math.LN2, 2);
  });

  test("rejects images without labels", async () => {
    const unlabelled = new ArrayImages(images) as unknown as LabelledImageSource;
    await expect(disentanglement(transparentJoint(), unlabelled, { rng: createRng(1) })).rejects.toThrow(
      "disentanglement: batches must hold images and labels, as those of @igr/datasets do",
    );
  });

  test("each row of a traversal moves one variable through quantiles or vertices", () => {
    const model = transparentJoint();
    const from = tf.tensor2d([[1, 0, 1, 0]]);
    const before = tf.memory().numTensors;
    const { images: grid, rows, columns } = latentTraversal(model, { from, rng: createRng(1), columns: 3 });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([rows, columns, grid.shape]).toEqual([["continuous 0", "continuous 1", "discrete 0"], 3, [9, 4]]);
    const vertex = (k: number) => tf.tensor2d([[0, 1, 2].map((j) => Number(j === k))]);
    // 1.6449 is the 95 % quantile; the image's own means are 3 and 0, its category 1.
    for (const [row, means, k] of [
      [0, [-1.6449, 0], 1],
      [1, [0, 0], 1],
      [2, [1.6449, 0], 1],
      [5, [3, 1.6449], 1],
      [6, [3, 0], 0],
      [8, [3, 0], 2],
    ] as const) {
      const expected = model.decode([tf.tensor2d([[...means]])], [vertex(k)]);
      expectClose(tf.slice(grid, [row, 0], [1, -1]), numbers(expected), { rtol: 1e-4 });
    }
  });
});
