import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { makeModel, SIDE, test10, weights } from "../../test/grey-images-vae.js";
import { numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { GaussianLikelihood } from "../likelihood/gaussian-likelihood.js";
import type { FitCallbacks } from "./callbacks.js";
import { fit } from "./fit.js";
import type { ImageSource } from "./image-source.js";
import type { StepLog } from "./logs.js";

const train = () => new ArrayImages(bars(70, SIDE));

const withoutTimes = (epochs: readonly object[]) =>
  epochs.map((log) => ({ ...log, imagesPerSecond: undefined, seconds: undefined }));

describe("fit", () => {
  test("learns: the ELBO of training and held-out images exceeds the maximum of a model without latents", async () => {
    const prior = { loc: [-0.8, -0.8, -0.8], scale: [0.6, 0.6, 0.6] };
    const latent = new IgrLatent({ variables: 2, categories: 4, temperature: 0.5, prior });
    const history = await fit(makeModel(latent), train(), {
      epochs: 18,
      batchSize: 8,
      optimizer: tf.train.adam(0.05),
      rng: createRng(5),
      validationData: test10(),
      engine: "eager",
    });
    // One of four columns is on, so without latents a pixel has the entropy of a Bernoulli(1/4).
    const withoutLatents = 16 * (0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
    const [first, last] = [history.epochs[0]!, history.epochs.at(-1)!];
    expect(first.train.elbo).toBeLessThan(withoutLatents - 2);
    expect(last.train.elbo).toBeGreaterThan(withoutLatents + 1);
    expect(last.validation!.elbo).toBeGreaterThan(withoutLatents + 1);
    expect(history).toMatchObject({
      engine: "eager",
      backend: tf.getBackend(),
      likelihood: "Bernoulli pixels from logits",
    });
  });

  test("two runs with one seed are equal bit for bit, another seed is not", async () => {
    const run = async (seed: number) => {
      const model = makeModel();
      const options = {
        epochs: 2,
        batchSize: 16,
        rng: createRng(seed),
        validationData: test10(),
        engine: "eager",
      } as const;
      const { epochs } = await fit(model, train(), options);
      return { weights: weights(model), epochs: withoutTimes(epochs) };
    };
    const [a, b, c] = [await run(7), await run(7), await run(8)];
    expect(a).toEqual(b);
    expect(a.weights).not.toEqual(c.weights);
  });

  describe("the reading of a step's numbers", () => {
    /** The order of events: `draw` when a batch is requested, `read` when numbers have arrived. */
    async function orderOf(callbacks: FitCallbacks) {
      const order: string[] = [];
      const data = train();
      const watched: ImageSource = {
        *batches(options) {
          for (const batch of data.batches(options)) {
            order.push("draw");
            yield batch;
          }
        },
      };
      // A step of more than 20 ms would give way to the event loop, in which the reading below comes early.
      const clock = vi.spyOn(performance, "now").mockReturnValue(0);
      const read = vi.spyOn(tf.Tensor.prototype, "data").mockImplementation(async function (this: tf.Tensor) {
        const values = this.dataSync();
        await new Promise((resolve) => setImmediate(resolve));
        order.push("read");
        return values;
      } as typeof tf.Tensor.prototype.data);
      try {
        const options = { epochs: 1, batchSize: 16, rng: createRng(1), engine: "eager", callbacks } as const;
        const { epochs } = await fit(makeModel(), watched, options);
        return { order: order.slice(0, 8), epochs: withoutTimes(epochs) };
      } finally {
        read.mockRestore();
        clock.mockRestore();
      }
    }

    test("does not wait for steps without callbacks, and gives the same numbers", async () => {
      const told = await orderOf({ onStep: () => {} });
      expect(told.order).toEqual(["draw", "read", "draw", "read", "draw", "read", "draw", "read"]);
      const untold = await orderOf({});
      expect(untold.order).toEqual(["draw", "draw", "read", "draw", "read", "draw", "read", "read"]);
      expect(untold.epochs).toEqual(told.epochs);
    });
  });

  test("validation does not change training", async () => {
    const [a, b] = [makeModel(), makeModel()];
    const options = { epochs: 2, batchSize: 16, engine: "eager" } as const;
    await fit(a, train(), { ...options, rng: createRng(1) });
    await fit(b, train(), { ...options, rng: createRng(1), validationData: test10() });
    expect(weights(a)).toEqual(weights(b));
  });

  test("trains on shuffled full batches, evaluates all images in order, and binarizes anew in each epoch", async () => {
    const [data, held] = [train(), test10()];
    await fit(makeModel(), data, { epochs: 2, batchSize: 8, rng: createRng(1), validationData: held, engine: "eager" });
    expect(data.asked).toMatchObject([
      { batchSize: 8, shuffle: true, binarize: "dynamic", dropRemainder: true },
      { batchSize: 8, shuffle: true, binarize: "dynamic", dropRemainder: true },
    ]);
    expect(held.asked.every(({ shuffle, dropRemainder }) => !shuffle && !dropRemainder)).toBe(true);
    const states = [...data.asked, ...held.asked].map(({ rng }) => JSON.stringify(rng.state()));
    expect(new Set(states).size).toBe(states.length);
  });

  test("reports each step and each epoch", async () => {
    const steps: StepLog[] = [];
    const epochs: number[] = [];
    const { epochs: logs } = await fit(makeModel(), train(), {
      epochs: 2,
      batchSize: 16,
      rng: createRng(1),
      engine: "eager",
      callbacks: {
        onStep: async (log) => {
          await Promise.resolve();
          steps.push(log);
        },
        onEpoch: ({ epoch }) => {
          epochs.push(epoch);
        },
      },
    });
    expect(steps.map(({ epoch, step, totalSteps, images }) => [epoch, step, totalSteps, images])).toEqual([
      [1, 1, 1, 16],
      [1, 2, 2, 32],
      [1, 3, 3, 48],
      [1, 4, 4, 64],
      [2, 1, 5, 16],
      [2, 2, 6, 32],
      [2, 3, 7, 48],
      [2, 4, 8, 64],
    ]);
    expect(epochs).toEqual([1, 2]);
    for (const { loss, elbo, reconstruction, kl } of steps) {
      expect(loss).toBe(-elbo);
      expect(reconstruction - kl).toBeCloseTo(elbo, 4);
    }
    const mean = steps.slice(0, 4).reduce((sum, { elbo }) => sum + elbo / 4, 0);
    expect(logs[0]!.train.elbo).toBeCloseTo(mean, 8);
    expect(logs[0]!.validation).toBeUndefined();
  });

  test("the number of tensors is the same after every step, and after the run only the model's remain", async () => {
    const model = makeModel();
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await fit(model, train(), {
      epochs: 3,
      batchSize: 16,
      rng: createRng(1),
      validationData: test10(),
      engine: "eager",
      callbacks: { onStep: () => void counts.push(tf.memory().numTensors) },
    });
    expect(new Set(counts).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  test("an abort stops between two steps with the signal's reason and leaks nothing", async () => {
    const model = makeModel();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let steps = 0;
    const run = fit(model, train(), {
      epochs: 100,
      batchSize: 16,
      rng: createRng(1),
      engine: "eager",
      signal: controller.signal,
      callbacks: {
        onStep: () => {
          steps += 1;
          if (steps === 6) controller.abort(new Error("enough"));
        },
      },
    });
    await expect(run).rejects.toThrow("enough");
    expect(steps).toBe(6);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("an abort from a timer stops a synchronous backend", async () => {
    const signal = AbortSignal.timeout(50);
    const run = fit(makeModel(), train(), { epochs: 500, batchSize: 16, rng: createRng(1), engine: "eager", signal });
    await expect(run).rejects.toThrow("timeout");
  });

  test("an abort from a timer stops a run with epochs of a millisecond", async () => {
    const signal = AbortSignal.timeout(50);
    const data = new ArrayImages(bars(16, SIDE));
    const run = fit(makeModel(), data, { epochs: 5000, batchSize: 16, rng: createRng(1), engine: "eager", signal });
    await expect(run).rejects.toThrow("timeout");
  });

  test("a loss that is no longer finite is an error", async () => {
    const options = {
      epochs: 50,
      batchSize: 16,
      rng: createRng(1),
      engine: "eager",
      optimizer: tf.train.sgd(1e6),
    } as const;
    await expect(fit(makeModel(), train(), options)).rejects.toThrow(
      /^fit: the loss is -?(NaN|Infinity) at step \d+ of epoch/,
    );
  });

  test("a Gaussian likelihood receives grey images, and learns its scale", async () => {
    const base = makeModel();
    const likelihood = new GaussianLikelihood({ scale: "learned" });
    const model = new DiscreteVAE({
      latent: base.latent,
      encoder: base.encoder,
      decoder: base.decoder,
      likelihood,
    });
    const data = train();
    const start = numbers(likelihood.trainableVariables[0]!);
    await fit(model, data, { epochs: 1, batchSize: 16, rng: createRng(1), engine: "eager" });
    expect(data.asked[0]!.binarize).toBe(false);
    expect(numbers(likelihood.trainableVariables[0]!)).not.toEqual(start);
  });

  test("rejects options out of range and data without a full batch", async () => {
    const rng = createRng(1);
    await expect(fit(makeModel(), train(), { epochs: 0, rng })).rejects.toThrow(
      "fit: epochs must be a whole number >= 1, got 0",
    );
    await expect(fit(makeModel(), train(), { epochs: 1, rng, engine: "gpu" as "jit" })).rejects.toThrow(
      "fit: engine must be 'auto', 'jit' or 'eager', got 'gpu'",
    );
    await expect(fit(makeModel(), train(), { epochs: 1, rng, batchSize: 71, engine: "eager" })).rejects.toThrow(
      "fit: the dataset gave no batch of 71 images",
    );
  });
});
