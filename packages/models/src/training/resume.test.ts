import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { SIDE, trainableModels } from "../../test/trainable-models.js";
import { numbers } from "../../test/values.js";
import { type FitOptions, fit, type History } from "./fit.js";
import type { BatchOptions, ImageSource } from "./image-source.js";
import type { EpochLog } from "./logs.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-resume-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const STEPS = 4;
const images = (count: number) => new ArrayImages(bars(count, SIDE));

/** Grey images that are binarized once, in their first pass, like `binarize: "static"` in @igr/datasets. */
class StaticImages implements ImageSource {
  readonly #count: number;
  #kept: ArrayImages | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  batches(options: BatchOptions): Iterable<tf.Tensor> {
    if (!this.#kept) {
      const words = new Uint32Array(this.#count * SIDE * SIDE);
      options.rng.fork("static pixels").bits(words);
      const image = (i: number) => Array.from({ length: SIDE * SIDE }, (_, p) => words[i * SIDE * SIDE + p]! >>> 31);
      this.#kept = new ArrayImages(Array.from({ length: this.#count }, (_, i) => image(i)));
    }
    return this.#kept.batches(options);
  }
}

interface Run extends Partial<FitOptions> {
  readonly makeImages?: (count: number) => ImageSource;
  readonly makeOptimizer?: () => tf.Optimizer;
  /** Number of steps since the start after which the run is stopped. */
  readonly stopAfter?: number;
}

const withoutTimes = ({ epochs, ...history }: History) => ({
  ...history,
  resumedAt: undefined,
  epochs: epochs.map((log) => ({ ...log, imagesPerSecond: undefined, seconds: undefined })),
});

/** The results of a run: all numbers of the model and of the optimizer, and the history without times. */
async function run(make: () => (typeof trainableModels)[string] extends () => infer M ? M : never, options: Run) {
  const { makeOptimizer = () => tf.train.adam(0.02), makeImages = images, stopAfter, ...given } = options;
  const model = make();
  const optimizer = makeOptimizer();
  const controller = new AbortController();
  const stop = new Error("stop");
  try {
    const history = await fit(model, makeImages(8 * STEPS), {
      epochs: 3,
      batchSize: 8,
      rng: createRng(3),
      validationData: makeImages(6),
      jit: { threads: 1 },
      signal: controller.signal,
      optimizer,
      ...given,
      callbacks: {
        onStep: ({ totalSteps }) => {
          if (totalSteps === stopAfter) controller.abort(stop);
        },
        ...given.callbacks,
      },
    });
    return {
      weights: model.namedVariables().map(({ variable }) => numbers(variable)),
      slots: Object.values(optimizer).flatMap((value) =>
        (Array.isArray(value) ? value.map((slot) => slot?.variable) : [value]).flatMap((each) =>
          each instanceof tf.Variable ? [numbers(each)] : [],
        ),
      ),
      iterations: optimizer.iterations,
      history: withoutTimes(history),
    };
  } catch (error) {
    if (error !== stop) throw error;
    return undefined;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

describe.each(Object.entries(trainableModels))("%s", (_, make) => {
  test.each(["eager", "jit"] as const)(
    "a run that was stopped twice ends as an uninterrupted run, bit for bit, %s",
    async (engine) => {
      const whole = await run(make, { engine });
      // In the middle of an epoch, and at the end of one before it is evaluated.
      const checkpoint = { dir };
      expect(await run(make, { engine, checkpoint, stopAfter: STEPS + 2 })).toBeUndefined();
      expect(await run(make, { engine, checkpoint, stopAfter: 2 * STEPS })).toBeUndefined();
      const resumed = await run(make, { engine, checkpoint });
      expect(resumed).toEqual(whole);
    },
  );
});

test.each(["eager", "jit"] as const)(
  "a run that was stopped within an evaluation evaluates again, %s",
  async (engine) => {
    const make = Object.values(trainableModels)[0] as (typeof trainableModels)[string];
    const validationData = () => new ArrayImages(bars(20, SIDE));
    const whole = await run(make, { engine, validationData: validationData() });
    const controller = new AbortController();
    const stop = new Error("stop");
    let passes = 0;
    class Stopping extends ArrayImages {
      override *batches(options: BatchOptions): Iterable<tf.Tensor> {
        let batches = 0;
        for (const batch of super.batches(options)) {
          // The second epoch's evaluation, after one of its three batches: a pass for the fingerprint of the data comes first, and
          // each evaluation is followed by a batch for vanished gradients.
          if (batches === 0) passes += 1;
          batches += 1;
          if (passes === 4 && batches === 2) controller.abort(stop);
          yield batch;
        }
      }
    }
    const stopped = {
      engine,
      checkpoint: { dir },
      signal: controller.signal,
      validationData: new Stopping(bars(20, SIDE)),
    };
    await expect(run(make, stopped)).rejects.toBe(stop);
    expect(await readdir(dir)).toContain("step-000000008");
    expect(await run(make, { engine, checkpoint: { dir }, validationData: validationData() })).toEqual(whole);
  },
);

const [makeIgr] = Object.values(trainableModels) as [(typeof trainableModels)[string]];

test.each<[string, () => tf.Optimizer]>([
  ["sgd", () => tf.train.sgd(0.01)],
  ["momentum", () => tf.train.momentum(0.01, 0.9, true)],
  ["rmsprop", () => tf.train.rmsprop(0.01, 0.9, 0.5)],
  ["adagrad", () => tf.train.adagrad(0.01)],
  ["adadelta", () => tf.train.adadelta(0.1)],
  ["adamax", () => tf.train.adamax(0.01)],
])("%s resumes with its whole state", async (_, makeOptimizer) => {
  const options = { engine: "eager", makeOptimizer, epochs: 2 } as const;
  const whole = await run(makeIgr, options);
  await run(makeIgr, { ...options, checkpoint: { dir }, stopAfter: 3 });
  expect(await run(makeIgr, { ...options, checkpoint: { dir } })).toEqual(whole);
});

test("schedules, clipping and early stopping resume where they stopped", async () => {
  const options = {
    epochs: 6,
    schedules: {
      learningRate: { kind: "cosine", from: 0.05, to: 0, steps: 20, warmup: 3 },
      temperature: { kind: "linear", from: 1, to: 0.5, steps: 9 },
    },
    clipGradients: { globalNorm: 0.5 },
    earlyStopping: { patience: 2 },
    monitor: ({ epoch }: { epoch: number }) => -Math.abs(epoch - 2),
  } as const;
  for (const engine of ["eager", "jit"] as const) {
    const at = join(dir, engine);
    const whole = await run(makeIgr, { engine, ...options });
    expect(whole!.history).toMatchObject({ stoppedEarly: true, epochs: { length: 4 } });
    await run(makeIgr, { engine, ...options, checkpoint: { dir: at }, stopAfter: 2 * STEPS + 1 });
    expect(await run(makeIgr, { engine, ...options, checkpoint: { dir: at } })).toEqual(whole);
  }
});

test("a static binarization, which only the memory of the process held, is the same after a resume", async () => {
  const options = {
    ...({ engine: "eager", binarize: "static" } as const),
    makeImages: (count: number) => new StaticImages(count),
  };
  const whole = await run(makeIgr, options);
  await run(makeIgr, { ...options, checkpoint: { dir }, stopAfter: STEPS + 2 });
  expect(await run(makeIgr, { ...options, checkpoint: { dir } })).toEqual(whole);
});

test("a run with more epochs resumes from the last one, and a run with as many does nothing", async () => {
  const options = { engine: "eager", checkpoint: { dir } } as const;
  const whole = await run(makeIgr, { engine: "eager", epochs: 3 });
  await run(makeIgr, { ...options, epochs: 2 });
  expect(await run(makeIgr, { ...options, epochs: 3 })).toEqual(whole);
  const told: string[] = [];
  const callbacks = {
    onResume: (epochs: readonly EpochLog[]) => told.push(`after ${epochs.map(({ epoch }) => epoch)}`),
    onTrainBegin: () => told.push("begin"),
    onEpochBegin: () => told.push("epoch"),
    onTrainEnd: () => told.push("end"),
  };
  const again = await run(makeIgr, { ...options, epochs: 3, callbacks });
  expect(again).toEqual(whole);
  expect(told).toEqual(["after 1,2,3", "begin", "end"]);
});

test("keeps the latest and the best of the checkpoints within epochs", async () => {
  const seen: string[][] = [];
  await run(makeIgr, {
    engine: "eager",
    epochs: 2,
    checkpoint: { dir, everySteps: 3, keep: 2 },
    monitor: ({ epoch }) => -epoch,
    callbacks: {
      onBatchEnd: async () => void seen.push((await readdir(dir)).filter((name) => name.startsWith("step")).sort()),
    },
  });
  expect(seen[3]).toEqual(["step-000000003"]);
  expect(seen[6]).toEqual(["step-000000004-epoch-0001", "step-000000006"].sort());
  expect((await readdir(dir)).sort()).toEqual([
    "step-000000004-epoch-0001",
    "step-000000006",
    "step-000000008-epoch-0002",
  ]);
});

describe("a run does not resume with other images", () => {
  const all = bars(8 * STEPS, SIDE);
  const grey = all.map((image, i) => image.map((pixel, p) => (pixel + ((i + p) % 3)) / 4));
  /** A dataset that exposes its pixels like one of @igr/datasets. */
  class StoredImages extends ArrayImages {
    readonly images: Uint8Array;
    readonly length: number;
    readonly imageShape = [SIDE, SIDE, 1];
    constructor(images: readonly (readonly number[])[]) {
      super(images);
      this.images = Uint8Array.from(images.flat(), (value) => 255 * value);
      this.length = images.length;
    }
  }
  const shifted = all.map((image) => [...image.slice(1), image[0]!]);

  test.each<[string, ImageSource, ImageSource]>([
    ["shifted images", new ArrayImages(all), new ArrayImages(shifted)],
    ["8 images more", new ArrayImages(all), new ArrayImages([...all, ...bars(8, SIDE)])],
    ["half of them", new ArrayImages(all), new ArrayImages(all.slice(0, 4 * STEPS))],
    ["stored pixels that are shifted", new StoredImages(all), new StoredImages(shifted)],
    ["fewer stored pixels", new StoredImages(all), new StoredImages(all.slice(8))],
    ["stored pixels of one image more", new StoredImages(all), new StoredImages([...all, all[0]!])],
  ])("%s", async (_, before, after) => {
    const options = { engine: "eager", epochs: 2, checkpoint: { dir } } as const;
    await run(makeIgr, { ...options, makeImages: () => before, validationData: images(6), stopAfter: STEPS + 1 });
    const resumed = run(makeIgr, { ...options, makeImages: () => after, validationData: images(6) });
    await expect(resumed).rejects.toThrow(
      /is rejected: data was \{.*this run has|is rejected: it was made with other data/,
    );
    await expect(resumed).rejects.toMatchObject({ reason: "different run" });
    // The right images are still accepted.
    await run(makeIgr, { ...options, makeImages: () => before, validationData: images(6) });
  });

  test("other validation images are rejected, because the history contains their bound", async () => {
    const options = { engine: "eager", epochs: 2, checkpoint: { dir } } as const;
    await run(makeIgr, { ...options, stopAfter: STEPS + 1 });
    const resumed = run(makeIgr, { ...options, validationData: new ArrayImages(grey.slice(0, 6)) });
    await expect(resumed).rejects.toThrow("validationData");
  });
});
