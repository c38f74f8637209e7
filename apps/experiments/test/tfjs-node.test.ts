import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng } from "@igr/core";
import { BernoulliLikelihood, DiscreteVAE, denseNetwork, type EpochLog, fit, GumbelSoftmaxLatent } from "@igr/models";
import { loadTfjsNode } from "@igr/tfjs-native";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { enabling, isEnabled } from "../../../packages/tfjs-native/test/real-backend.js";
import { memoryAfterCollection } from "../../../test/resident-memory.js";
import type { RunEnvironment } from "../src/run/record.js";

const program = fileURLToPath(new URL("../bin/igr.mjs", import.meta.url));
const builder = fileURLToPath(new URL("../../../packages/tfjs-native/bin/igr-tfjs-native.mjs", import.meta.url));
const project = fileURLToPath(new URL("../../../packages/tfjs-native", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "igr-tfjs-node-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["tfjs-node", ""],
  ["tfjs-node-gpu", " --gpu"],
])("igr train --engine %s names the missing command, and uses no other engine", (engine, option) => {
  const environment = { ...process.env, IGR_TFJS_NATIVE_CACHE: join(folder, "empty") };
  const options = ["train", "--engine", engine, "--runs", join(folder, "none")];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    encoding: "utf8",
    env: environment,
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  const command = "node packages/tfjs-native/bin/igr-tfjs-native.mjs setup --project packages/tfjs-native";
  expect(stderr).toContain(`\`${command}${option}\``);
});

describe("training on TensorFlow through tfjs-node", { timeout: 600_000 }, () => {
  beforeAll(() => {
    if (!isEnabled) return;
    const { status, stderr } = spawnSync(process.execPath, [builder, "setup", "--project", project], {
      encoding: "utf8",
    });
    expect(stderr).toContain("Checking");
    expect(status).toBe(0);
  }, 600_000);
  beforeEach((context) => {
    if (!isEnabled) context.skip(enabling);
  });

  interface Trained {
    readonly epochs: readonly EpochLog[];
    readonly environment: RunEnvironment;
  }

  /** 100 steps; what is measured after them is kept small. */
  function train(engine: string): Trained {
    const size = [
      "--batch-size",
      "16",
      "--train-images",
      "1700",
      "--validation",
      "100",
      "--test-images",
      "32",
      "--set",
      "measures.iwaeSamples=10",
    ];
    const options = ["--engine", engine, "--latent", "gs", "--epochs", "1", ...size, "--quiet", "--json"];
    const command = [program, "train", ...options, "--runs", join(folder, engine)];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    return JSON.parse(stdout);
  }

  test("100 steps of the VAE have the losses of the compiled engine at the same seed", () => {
    const { environment, epochs } = train("tfjs-node");
    const [native] = epochs;
    expect(environment).toMatchObject({ engine: "eager", backend: "tensorflow" });
    expect(environment.device).toMatch(/^TensorFlow 2\.\d+\.\d+ on CPU /);
    expect(native?.steps).toBe(100);
    const [compiled] = train("jit").epochs;
    const difference = (a = Number.NaN, b = Number.NaN) => Math.abs(a - b) / Math.abs(b);
    expect(difference(native?.train.loss, compiled?.train.loss), "training loss").toBeLessThan(1e-6);
    expect(difference(native?.validation?.elbo, compiled?.validation?.elbo), "validation ELBO").toBeLessThan(1e-6);
  });

  test("training leaves memory flat", async () => {
    await loadTfjsNode({ log: () => {} });
    expect(tf.getBackend()).toBe("tensorflow");
    const batchSize = 256;
    const stepsPerEpoch = 20;
    const units = 2048;
    const rng = createRng(1);
    const network = (inputs: number, outputs: number) => denseNetwork({ inputs, hidden: [units], outputs, rng });
    const latent = new GumbelSoftmaxLatent({ variables: 2, categories: 4, temperature: 0.67 });
    const model = new DiscreteVAE({
      encoder: network(16, latent.encoderOutputs),
      decoder: network(latent.decoderInputs, 16),
      latent,
      likelihood: new BernoulliLikelihood(),
    });
    const images = {
      *batches() {
        for (let step = 0; step < stepsPerEpoch; step++) {
          yield tf.tensor2d(new Float32Array(batchSize * 16), [batchSize, 16]);
        }
      },
    };
    const tensors = new Set<number>();
    const resident: number[] = [];
    await fit(model, images, {
      epochs: 5,
      batchSize,
      rng,
      engine: "eager",
      callbacks: {
        onStep: ({ totalSteps }) => {
          if (totalSteps > 1) tensors.add(tf.memory().numTensors);
        },
        onEpoch: async () => {
          resident.push((await memoryAfterCollection()).resident);
        },
      },
    });
    model.dispose();
    // The first step creates the optimizer's slots.
    expect(tensors.size, `numTensors was ${[...tensors].join(", ")}`).toBe(1);
    // What leaks grows in every epoch; what allocators and collectors hold back doesn't.
    const growth = resident.slice(1).map((bytes, epoch) => bytes - (resident[epoch] as number));
    const activation = batchSize * units * 4;
    expect(Math.min(...growth) / (stepsPerEpoch * activation), "hidden activations kept by a step").toBeLessThan(0.25);
  });
});
