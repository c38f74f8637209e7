import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { SIDE, trainableModels } from "../../test/trainable-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import type { TrainableModel } from "../model/model.js";
import { type FitOptions, fit } from "./fit.js";

// tfjs' own leak check takes a tensor that moves between backends within a kernel for a leak; PROD keeps its banner off.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-average-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const STEPS = 4;
const [[, makeModel]] = Object.entries(trainableModels) as [[string, () => TrainableModel]];
const weightsOf = (model: TrainableModel) => model.trainableVariables.map((variable) => Array.from(numbers(variable)));

/** A run with the training weights after every step, and those that the end of every epoch sees. */
async function run(options: Partial<FitOptions> & { readonly stopAfter?: number }) {
  const { stopAfter, ...given } = options;
  const model = makeModel();
  const optimizer = tf.train.adam(0.02);
  const steps: number[][][] = [];
  const epochEnds: number[][][] = [];
  const controller = new AbortController();
  const stop = new Error("stop");
  try {
    const history = await fit(model, new ArrayImages(bars(8 * STEPS, SIDE)), {
      epochs: 3,
      batchSize: 8,
      rng: createRng(3),
      validationData: new ArrayImages(bars(6, SIDE)),
      jit: { threads: 1 },
      signal: controller.signal,
      optimizer,
      ...given,
      callbacks: {
        onStep: ({ totalSteps }) => {
          steps.push(weightsOf(model));
          if (totalSteps === stopAfter) controller.abort(stop);
        },
        onEpochEnd: () => void epochEnds.push(weightsOf(model)),
      },
    });
    return { steps, epochEnds, last: weightsOf(model), elbos: history.epochs.map((log) => log.validation!.elbo) };
  } catch (error) {
    if (error !== stop) throw error;
    return { steps, epochEnds, last: weightsOf(model), elbos: [] };
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** `s_t / c_t` in float64, of each variable. */
function averages(steps: readonly number[][][], decay: number): number[][] {
  const shares = steps.map((_, i) => (1 - decay) * decay ** (steps.length - 1 - i));
  const total = shares.reduce((sum, share) => sum + share);
  return steps[0]!.map((variable, v) =>
    variable.map((_, n) => shares.reduce((sum, share, i) => sum + share * steps[i]![v]![n]!, 0) / total),
  );
}

describe.each(["eager", "jit"] as const)("averages of the weights, %s", (engine) => {
  test.each(engine === "jit" ? [0.9] : [0.5, 0.9, 0.9999])(
    "are those of the training weights after each step at a decay of %d",
    async (decay) => {
      const plain = await run({ engine });
      const averaged = await run({ engine, weightAverage: { decay } });
      // Training does not notice.
      expect(averaged.steps).toEqual(plain.steps);
      for (const [i, seen] of averaged.epochEnds.entries()) {
        const expected = averages(plain.steps.slice(0, (i + 1) * STEPS), decay);
        for (const [v, values] of expected.entries()) {
          expectClose(tf.tensor1d(seen[v]!), values, { rtol: 1e-5, atol: 1e-6 });
        }
      }
      expect(averaged.last).toEqual(averaged.epochEnds.at(-1));
      expect(averaged.elbos).not.toEqual(plain.elbos);
    },
  );

  test("with nearly no memory are the weights themselves", async () => {
    const plain = await run({ engine });
    const averaged = await run({ engine, weightAverage: { decay: 1e-12 } });
    for (const [i, elbo] of averaged.elbos.entries()) expect(elbo).toBeCloseTo(plain.elbos[i]!, 3);
  });

  test("go on from a checkpoint bit for bit, within an epoch and after one", async () => {
    const options = { engine, weightAverage: { decay: 0.9 } };
    const whole = await run(options);
    for (const stopAfter of [STEPS + 2, 2 * STEPS]) {
      const checkpoint = { dir: join(dir, `${stopAfter}`) };
      const stopped = await run({ ...options, checkpoint, stopAfter });
      // A run that was stopped leaves the training weights.
      expect(stopped.last).toEqual(whole.steps[stopAfter - 1]);
      const resumed = await run({ ...options, checkpoint });
      expect(resumed.steps).toEqual(whole.steps.slice(stopAfter));
      expect(resumed.last).toEqual(whole.last);
      expect(resumed.elbos).toEqual(whole.elbos);
      const loaded = await load(checkpoint.dir);
      expect(weightsOf(loaded)).toEqual(whole.last);
      loaded.dispose();
    }
  });

  test("leave no tensor behind", async () => {
    await run({ engine, epochs: 1, weightAverage: { decay: 0.9 } });
    const before = tf.memory().numTensors;
    await run({ engine, epochs: 1, weightAverage: { decay: 0.9 } });
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("a run with another decay, or none, does not go on", async () => {
  const options = { engine: "eager", checkpoint: { dir } } as const;
  await run({ ...options, epochs: 1, weightAverage: { decay: 0.9 } });
  await expect(run({ ...options, weightAverage: { decay: 0.5 } })).rejects.toThrow(
    'weightAverage was {"decay":0.9}, this run has {"decay":0.5}',
  );
  await expect(run(options)).rejects.toThrow('weightAverage was {"decay":0.9}, this run has none');
});

test.each([0, 1, -0.1, Number.NaN, "0.9"])("a decay of %j is refused", async (decay) => {
  await expect(run({ weightAverage: { decay: decay as number } })).rejects.toThrow("fit: weightAverage.decay must be");
});

test("an unknown option is refused", async () => {
  const weightAverage = { decay: 0.9, momentum: 0.9 } as { decay: number };
  await expect(run({ weightAverage })).rejects.toThrow("momentum");
});
