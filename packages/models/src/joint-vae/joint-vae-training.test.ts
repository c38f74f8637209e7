import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { makeModel } from "../../test/joint-vae-model.js";
import { bits } from "../../test/reference-models.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { evaluate } from "../training/evaluate.js";
import { fit } from "../training/fit.js";
import type { StepLog } from "../training/logs.js";
import type { JointVAE } from "./joint-vae.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

describe("training", () => {
  const capacities = {
    continuous: { kind: "linear", from: 0, to: 1, steps: 10 },
    discrete: { kind: "linear", from: 0, to: 2, steps: 10 },
  } as const;

  async function run(engine: "eager" | "jit", per: "batch" | "example" = "batch") {
    const model = makeModel(16, { capacities, per });
    const steps: StepLog[] = [];
    const { epochs } = await fit(model, new ArrayImages(bars(48, 4)), {
      epochs: 3,
      batchSize: 8,
      optimizer: tf.train.adam(0.01),
      rng: createRng(3),
      validationData: new ArrayImages(bars(10, 4)),
      engine,
      jit: { threads: 1 },
      callbacks: { onStep: (log) => void steps.push(log) },
    });
    return { model, steps, epochs, weights: model.trainableVariables.map(numbers) };
  }

  test("compiled and eager training agree with the capacities of each step, and runs repeat bit for bit", async () => {
    const [eager, jit] = [await run("eager"), await run("jit")];
    expect(jit.steps.map(({ scheduled }) => scheduled!.discreteCapacity)).toEqual(
      Array.from({ length: 18 }, (_, step) => Math.min(2, 0.2 * step)).map((v) => expect.closeTo(v, 12)),
    );
    for (const [i, { loss, terms, reconstruction, scheduled }] of jit.steps.entries()) {
      expectClose([loss, terms!.continuousKl!], [eager.steps[i]!.loss, eager.steps[i]!.terms!.continuousKl!], {
        rtol: 1e-3,
        atol: 1e-3,
      });
      const penalty =
        Math.abs(terms!.continuousKl! - scheduled!.continuousCapacity!) +
        Math.abs(terms!.discreteKl! - scheduled!.discreteCapacity!);
      expect(loss).toBeCloseTo(7 * penalty - reconstruction, 2);
    }
    expect((await run("jit")).weights).toEqual(jit.weights);
    const { terms, kl, elbo, reconstruction } = jit.epochs[2]!.validation!;
    expect(terms!.continuousKl! + terms!.discreteKl!).toBeCloseTo(kl, 4);
    expect(reconstruction - kl).toBeCloseTo(elbo, 4);
    expect(jit.epochs[2]!.vanishedGradients!.zero).toBeGreaterThanOrEqual(0);
  });

  test("memory does not grow", async () => {
    const model = makeModel(16, { capacities, per: "example" });
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await fit(model, new ArrayImages(bars(64, 4)), {
      epochs: 2,
      batchSize: 8,
      rng: createRng(1),
      validationData: new ArrayImages(bars(10, 4)),
      engine: "eager",
      callbacks: { onStep: () => void counts.push(tf.memory().numTensors) },
    });
    expect(new Set(counts.slice(2)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test("a saved model is loaded bit for bit", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-joint-"));
    try {
      const { model } = await run("eager", "example");
      await save(model, dir);
      const loaded = await load<JointVAE>(dir);
      const x = bits([3, 16], 4);
      expect(numbers(loaded.elbo(x, createRng(1)).elbo)).toEqual(numbers(model.elbo(x, createRng(1)).elbo));
      expect(JSON.stringify(loaded.config())).toBe(JSON.stringify(model.config()));
      const data = () => new ArrayImages(bars(9, 4));
      const options = { rng: createRng(5), batchSize: 4, engine: "eager" } as const;
      expect(loaded.objectiveOf(await evaluate(loaded, data(), options))).toBe(
        model.objectiveOf(await evaluate(model, data(), options)),
      );
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test("rejects a capacity below 0 from fit, too", async () => {
  const options = { epochs: 1, batchSize: 8, rng: createRng(1), schedules: { discreteCapacity: -3 } };
  await expect(fit(makeModel(16), new ArrayImages(bars(8, 4)), options)).rejects.toThrow(
    "fit: schedules.discreteCapacity must stay >= 0, got -3",
  );
});
