import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memoryAfterCollection } from "../../../../test/resident-memory.js";
import { ArrayImages, bars } from "../../test/array-images.js";
import { SIDE, trainableModels } from "../../test/trainable-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { scheduleAt } from "../schedule/schedule.js";
import type { FitCallbacks } from "./callbacks.js";
import { type EarlyStopping, shouldStop } from "./early-stopping.js";
import { type FitOptions, fit } from "./fit.js";
import { clipGradients } from "./gradient-clipping.js";
import type { BatchOptions, ImageBatch, ImageSource } from "./image-source.js";
import type { EpochLog } from "./logs.js";
import { NonFiniteError } from "./non-finite-error.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const [make] = Object.values(trainableModels) as [(typeof trainableModels)[string]];
const images = (count = 32) => new ArrayImages(bars(count, SIDE));
const all = (model: ReturnType<typeof make>) => model.namedVariables().flatMap(({ variable }) => numbers(variable));

async function train(options: Partial<FitOptions> & { data?: ImageSource } = {}, model = make()) {
  const { data = images(), ...given } = options;
  const run = { epochs: 2, batchSize: 8, rng: createRng(1), engine: "eager", jit: { threads: 1 }, ...given } as const;
  const history = await fit(model, data, run);
  return { model, history, weights: all(model) };
}

describe("a schedule of the learning rate", () => {
  const schedule = { kind: "exponential", from: 0.05, to: 0.001, steps: 8, warmup: 3 } as const;

  test.each<[string, (rate: number) => tf.Optimizer]>([
    ["adam", (rate) => tf.train.adam(rate)],
    ["sgd", (rate) => tf.train.sgd(rate)],
    ["momentum", (rate) => tf.train.momentum(rate, 0.9)],
  ])("takes the steps of tfjs' %s whose rate is set before each, compiled as eager", async (_, optimizerAt) => {
    const set = optimizerAt(1);
    const callbacks: FitCallbacks = {
      onStep: ({ totalSteps }) => setRate(set, scheduleAt(schedule, totalSteps)),
    };
    setRate(set, scheduleAt(schedule, 0));
    const expected = await train({ optimizer: set, callbacks });
    for (const engine of ["eager", "jit"] as const) {
      const scheduled = await train({ optimizer: optimizerAt(0.3), schedules: { learningRate: schedule }, engine });
      expectClose(tf.tensor1d(scheduled.weights), expected.weights, { rtol: 1e-3, atol: 2e-4 });
      expect(scheduled.history.epochs[1]!.scheduled).toEqual({ learningRate: scheduleAt(schedule, 7) });
    }
  });

  test("is rejected if it is out of range, or the optimizer has no learning rate", async () => {
    const negative = { learningRate: { kind: "linear", from: 1, to: -1, steps: 5 } } as const;
    await expect(train({ schedules: negative })).rejects.toThrow("fit: schedules.learningRate must stay >= 0");
    await expect(train({ schedules: { learningRate: 1 }, optimizer: tf.train.sgd(0) })).rejects.toThrow(
      "fit: schedules.learningRate needs an optimizer with a learning rate > 0, SGD has 0",
    );
  });
});

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const settable = optimizer as unknown as { learningRate: number; setLearningRate?: (rate: number) => void };
  if (settable.setLearningRate) settable.setLearningRate(rate);
  settable.learningRate = rate;
}

describe("gradient clipping", () => {
  const gradients = [[3, -4], [12], [0.5]];
  const clip = (options: Parameters<typeof clipGradients>[1], scale = 1) =>
    clipGradients(
      gradients.map((each) => tf.tensor1d(each.map((v) => v * scale))),
      options,
    ).flatMap(numbers);

  test("by value, by the norm of all, and both", () => {
    expect(clip({ value: 2 })).toEqual([2, -2, 2, 0.5]);
    const norm = Math.sqrt(9 + 16 + 144 + 0.25);
    expectClose(tf.tensor1d(clip({ globalNorm: 1 })), [3 / norm, -4 / norm, 12 / norm, 0.5 / norm], { rtol: 1e-6 });
    expect(clip({ globalNorm: 14 })).toEqual([3, -4, 12, 0.5]);
    const after = Math.sqrt(4 + 4 + 4 + 0.25);
    expectClose(tf.tensor1d(clip({ value: 2, globalNorm: 1 })), [2 / after, -2 / after, 2 / after, 0.5 / after], {
      rtol: 1e-6,
    });
  });

  test("of large gradients, of gradients whose norm overflows float32, and of zero gradients", () => {
    const norm = Math.sqrt(9 + 16 + 144 + 0.25);
    expectClose(tf.tensor1d(clip({ globalNorm: 1 }, 1e17)), [3 / norm, -4 / norm, 12 / norm, 0.5 / norm], {
      rtol: 1e-5,
    });
    for (const scale of [1e25, 0]) expect(clip({ globalNorm: 1 }, scale).every((v) => v === 0)).toBe(true);
  });

  test("is part of the step, compiled and eager", async () => {
    const optimizer = () => tf.train.sgd(0.1);
    const clipGradients = { globalNorm: 1e-3 };
    const start = all(make());
    const eager = await train({ optimizer: optimizer(), clipGradients, epochs: 1 });
    const distance = Math.sqrt(eager.weights.reduce((sum, v, i) => sum + (v - start[i]!) ** 2, 0));
    // Four steps of at most rate x norm.
    expect(distance).toBeLessThanOrEqual(4 * 0.1 * 1e-3 * 1.001);
    expect(distance).toBeGreaterThan(0.1 * 1e-3);
    const jit = await train({ optimizer: optimizer(), clipGradients, epochs: 1, engine: "jit" });
    expectClose(tf.tensor1d(jit.weights), eager.weights, { rtol: 1e-4, atol: 1e-6 });
  });

  test("rejects invalid limits", async () => {
    await expect(train({ clipGradients: {} })).rejects.toThrow(
      "fit: clipGradients must hold 'value' or 'globalNorm', got neither",
    );
    await expect(train({ clipGradients: { value: 0 } })).rejects.toThrow(
      "fit: clipGradients.value must be a finite number > 0, got 0",
    );
  });
});

test("calls several tfjs callbacks, in tfjs' order, with flat logs and indices from 0", async () => {
  const told: string[] = [];
  const logs: Record<string, unknown>[] = [];
  const tfjs: FitCallbacks = {
    onTrainBegin: () => told.push("train"),
    onEpochBegin: (epoch) => told.push(`epoch ${epoch}`),
    onBatchBegin: (batch, { size } = {}) => told.push(`batch ${batch} of ${size}`),
    onBatchEnd: (batch, log) => {
      told.push(`end ${batch}`);
      logs.push(log!);
    },
    onEpochEnd: async (epoch, log) => {
      await Promise.resolve();
      told.push(`end of epoch ${epoch}`);
      logs.push(log!);
    },
    onTrainEnd: () => told.push("end of train"),
  };
  const own: FitCallbacks = {
    onStep: ({ step }) => told.push(`step ${step}`),
    onEpoch: ({ epoch }) => told.push(`log ${epoch}`),
  };
  const { history } = await train({ data: images(16), epochs: 1, callbacks: [tfjs, own], validationData: images(8) });
  expect(told).toEqual(
    [
      ["train", "epoch 0"],
      ["batch 0 of 8", "end 0", "step 1", "batch 1 of 8", "end 1", "step 2"],
      ["end of epoch 0", "log 1", "end of train"],
    ].flat(),
  );
  const [log] = history.epochs;
  expect(logs[0]).toMatchObject({ batch: 0, size: 8, loss: expect.any(Number), elbo: expect.any(Number) });
  expect(logs[2]).toMatchObject({
    loss: log!.train.loss,
    val_elbo: log!.validation!.elbo,
    val_kl: log!.validation!.kl,
  });
  expect(Object.values(logs[2]!).every((value) => typeof value === "number")).toBe(true);
});

describe("early stopping", () => {
  const stops = (values: readonly number[], options: EarlyStopping) => {
    const logs = values.map((value) => ({ train: { elbo: value } }) as EpochLog);
    return values.map((_, i) => shouldStop(logs.slice(0, i + 1), options, ({ train }) => train.elbo)).indexOf(true);
  };

  test("after `patience` epochs without a new best", () => {
    expect(stops([1, 2, 3, 4], { patience: 1 })).toBe(-1);
    expect(stops([1, 2, 1, 1.5, 3], { patience: 2 })).toBe(3);
    expect(stops([1, 2, 1, 3, 2, 2, 2], { patience: 3 })).toBe(6);
    expect(stops([5, 5], { patience: 1 })).toBe(1);
    expect(stops([-300, -200.5, -200.4, -200.3], { patience: 2, minDelta: 0.5 })).toBe(3);
    expect(stops([Number.NaN, Number.NaN], { patience: 2 })).toBe(1);
  });

  test("ends fit, by the ELBO of the validation data or a custom monitor", async () => {
    const { history } = await train({ epochs: 9, earlyStopping: { patience: 2 }, monitor: ({ epoch }) => -epoch });
    expect(history).toMatchObject({ epochs: { length: 3 }, stoppedEarly: true });
    const { history: learning } = await train({ earlyStopping: { patience: 1 }, validationData: images(8) });
    expect(learning).toMatchObject({ epochs: { length: 2 }, stoppedEarly: false });
    await expect(train({ earlyStopping: { patience: 0 } })).rejects.toThrow(
      "fit: earlyStopping.patience must be a whole number >= 1, got 0",
    );
  });
});

describe("the guard against numbers that are not finite", () => {
  /** Images whose 11th batch since the start contains a NaN; batches give the positions of their images. */
  class PoisonedImages implements ImageSource {
    #batches = 0;

    *batches(options: BatchOptions): Iterable<ImageBatch> {
      let first = 0;
      for (const batch of images().batches(options)) {
        this.#batches += 1;
        const isPoisoned = options.shuffle && this.#batches === 11;
        const tensor = isPoisoned ? tf.mul(batch, Number.NaN) : tf.clone(batch);
        batch.dispose();
        const indices = Array.from({ length: tensor.shape[0]! }, (_, i) => first + i);
        first += indices.length;
        yield { images: tensor, indices, dispose: () => tensor.dispose() };
      }
    }
  }

  test.each(["eager", "jit"] as const)("stops with step, images and the last good checkpoint, %s", async (engine) => {
    const dir = await mkdtemp(join(tmpdir(), "igr-guard-"));
    const checkpoint = { dir };
    const error = await train({ data: new PoisonedImages(), checkpoint, engine, epochs: 5 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteError);
    // Four batches were drawn for the fingerprint of the data, and one of the first epoch's four for the count of vanished gradients.
    expect(error).toMatchObject({
      ...{ epoch: 2, step: 2, totalSteps: 6 },
      batchIndices: [8, 9, 10, 11, 12, 13, 14, 15],
      lastCheckpoint: join(dir, "step-000000004-epoch-0001"),
    });
    expect(error.message).toMatch(
      /^fit: the loss is NaN at step 2 of epoch 2 \(reconstruction NaN, kl .*, images 8 9 10/,
    );
    expect(await readdir(dir)).toEqual(["step-000000004-epoch-0001"]);
    const kept = await load(dir);
    expect(all(kept).every(Number.isFinite)).toBe(true);
    await rm(dir, { recursive: true });
  });

  test("parameters that are not finite after the last step of an epoch are not saved", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-guard-"));
    const optimizer = tf.train.sgd(Number.POSITIVE_INFINITY);
    const error = await train({ checkpoint: { dir }, optimizer, batchSize: 32 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.message).toMatch(/^fit: '.*' is not finite after the update at step 1 of epoch 1/);
    expect(error.lastCheckpoint).toBeUndefined();
    expect(await readdir(dir)).toEqual([]);
    await rm(dir, { recursive: true });
  });
});

function modelOfWidth(width: number): DiscreteVAE {
  const rng = createRng(1);
  const latent = new GumbelSoftmaxLatent({ variables: 8, categories: 8, temperature: 0.67 });
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 256, hidden: [width], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [width], outputs: 256, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

test.each([
  ["eager", 256],
  ["jit", 4096],
] as const)("memory is flat over 20 epochs with checkpoints, %s", { timeout: 90_000 }, async (engine, width) => {
  const dir = await mkdtemp(join(tmpdir(), "igr-memory-"));
  const tensors: number[] = [];
  const memory: Awaited<ReturnType<typeof memoryAfterCollection>>[] = [];
  const measured = 20;
  const model = modelOfWidth(width);
  const onEpoch = async ({ epoch }: EpochLog) => {
    tensors.push(tf.memory().numTensors);
    // A warm-up as long as the measurement, because code is compiled and the collector's heap grows at first.
    if (epoch % measured === 0) memory.push(await memoryAfterCollection());
  };
  await train(
    {
      ...{ engine, epochs: 2 * measured, batchSize: 16, checkpoint: { dir, everySteps: 3 } },
      data: new ArrayImages(bars(32, 16)),
      validationData: new ArrayImages(bars(16, 16)),
      clipGradients: { globalNorm: 1 },
      schedules: { learningRate: { kind: "cosine", from: 1e-2, to: 1e-3, steps: 40 } },
      callbacks: { onEpoch },
    },
    model,
  );
  expect(new Set(tensors).size).toBe(1);
  const weights = 4 * model.trainableVariables.reduce((sum, { size }) => sum + size, 0);
  const [before, after] = memory as [(typeof memory)[0], (typeof memory)[0]];
  // A copy of the weights in each epoch would make it 20.
  expect((after.live - before.live) / weights).toBeLessThan(4);
  // Memory outside of JavaScript is visible only in the size of the process, which varies by about 60 MB; 20 copies
  // would take 210 MB. Eager steps use no such memory.
  if (engine === "jit") expect((after.resident - before.resident) / weights).toBeLessThan(measured / 2);
  model.dispose();
  await rm(dir, { recursive: true });
});
