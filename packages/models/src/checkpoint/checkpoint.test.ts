import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { elbo, makeModel, size } from "../../test/small-vae.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { GaussianLikelihood } from "../likelihood/gaussian-likelihood.js";
import type { Likelihood } from "../likelihood/likelihood.js";
import { fit } from "../training/fit.js";
import { load } from "./load.js";
import { save } from "./save.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-checkpoint-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("a saved model is loaded bit for bit", () => {
  // 1/3 has no exact float32: the file must hold the rounded prior.
  const prior = { loc: tf.tensor1d([1 / 3, -0.5]), scale: tf.tensor1d([0.1, 2 / 3]) };
  test.each<[string, () => Latent, () => Likelihood]>([
    ["IGR", () => new IgrLatent({ ...size, temperature: 0.5, delta: 0.2, prior }), () => new BernoulliLikelihood()],
    [
      "IGR by stick-breaking, per-pixel Gaussian",
      () => new IgrLatent({ ...size, temperature: 0.5, transform: "stick-breaking", prior }),
      () => GaussianLikelihood.paperPreset(),
    ],
    [
      "Gumbel-Softmax with a learned Gaussian scale",
      () => new GumbelSoftmaxLatent({ ...size, temperature: 0.67, priorTemperature: 0.5 }),
      () => new GaussianLikelihood({ scale: "learned", initialScale: 0.3, mean: "sigmoid" }),
    ],
  ])("%s", async (_, latent, likelihood) => {
    const model = makeModel(latent(), likelihood());
    for (const variable of model.likelihood.trainableVariables) variable.assign(tf.scalar(0.123));
    const before = tf.memory().numTensors;
    await save(model, join(dir, "new", "folder"));
    expect(tf.memory().numTensors).toBe(before);
    const loaded = await load(join(dir, "new", "folder"));
    expect(elbo(loaded)).toEqual(elbo(model));
    expect(loaded.latent.config()).toEqual(model.latent.config());
    expect(loaded.likelihood.config()).toEqual(model.likelihood.config());
  });
});

test("deletes the old remains of a killed save, but not those of a save that may be running, or other files", async () => {
  const id = "01234567-89ab-cdef-0123-456789abcdef";
  const old = ["config.json", "weights-0123456789abcdef.safetensors"].map((name) => `${name}.77-${id}.tmp`);
  const others = [`notes.txt.77-${id}.tmp`, "config.json.tmp"];
  for (const name of [...old, ...others]) {
    await writeFile(join(dir, name), "");
    await utimes(join(dir, name), 1, 1);
  }
  const recent = `config.json.78-${id}.tmp`;
  await writeFile(join(dir, recent), "");
  await save(makeModel(new ToyLatent(size)), dir);
  const files = await readdir(dir);
  expect(files).toEqual(expect.arrayContaining([...others, recent]));
  for (const name of old) expect(files).not.toContain(name);
});

test("an IGR prior is in the config as numbers", async () => {
  const prior = { loc: [-1.25, -1.5], scale: [0.36, 0.5] };
  await save(makeModel(new IgrLatent({ ...size, temperature: 0.5, prior })), dir);
  const config = JSON.parse(await readFile(join(dir, "config.json"), "utf8"));
  expect(config.latent).toEqual({ kind: "igr", ...size, temperature: 0.5, transform: "softmax++", prior });
});

test("a second save replaces the first and leaves no other file", async () => {
  await save(makeModel(new ToyLatent(size), undefined, 1), dir);
  const model = makeModel(new ToyLatent(size), undefined, 2);
  await save(model, dir);
  const files = (await readdir(dir)).sort();
  expect(files).toHaveLength(2);
  expect(files[0]).toBe("config.json");
  const latents = { toy: (config: object) => new ToyLatent(config as typeof size) };
  expect(elbo(await load(dir, { latents }))).toEqual(elbo(model));
});

test("a save that dies before the config is replaced leaves the old model", async () => {
  const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
  await save(model, dir);
  const config = await readFile(join(dir, "config.json"));
  const [weights] = (await readdir(dir)).filter((name) => name.startsWith("weights"));
  const bytes = await readFile(join(dir, weights!));
  await save(makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }), undefined, 2), dir);
  // The state on disk right before the second config was renamed: old config, both weight files, a temporary file.
  await writeFile(join(dir, "config.json"), config);
  await writeFile(join(dir, weights!), bytes);
  await writeFile(join(dir, "config.json.1.tmp"), "{");
  expect(elbo(await load(dir))).toEqual(elbo(model));
});

test("fit saves after epochs, and the latest checkpoint is the trained model", async () => {
  const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
  const saved: string[] = [];
  await fit(model, new ArrayImages(bars(8, 2)), {
    epochs: 5,
    batchSize: 4,
    rng: createRng(1),
    engine: "eager",
    checkpoint: { dir, every: 2, keep: 1 },
    monitor: ({ epoch }) => (epoch === 2 ? 1 : 0),
    callbacks: {
      onEpoch: async ({ epoch }) => {
        const names = (await readdir(dir)).filter((name) => name.startsWith("step-")).sort();
        saved.push(`${epoch}: ${names.join(" ")}`);
      },
    },
  });
  expect(saved).toEqual([
    "1: ",
    "2: step-000000004-epoch-0002",
    "3: step-000000004-epoch-0002",
    "4: step-000000004-epoch-0002 step-000000008-epoch-0004",
    "5: step-000000004-epoch-0002 step-000000010-epoch-0005",
  ]);
  expect(elbo(await load(dir))).toEqual(elbo(model));
  expect(elbo(await load(dir, { which: "best" }))).toEqual(elbo(await load(join(dir, "step-000000004-epoch-0002"))));
  expect(elbo(await load(dir, { which: "best" }))).not.toEqual(elbo(model));
});

test("an abort in the first epoch leaves a checkpoint of the finished steps", async () => {
  const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
  const untrained = elbo(model);
  const controller = new AbortController();
  const run = fit(model, new ArrayImages(bars(8, 2)), {
    epochs: 1,
    batchSize: 2,
    rng: createRng(1),
    engine: "eager",
    checkpoint: { dir },
    signal: controller.signal,
    callbacks: { onStep: ({ step }) => (step === 3 ? controller.abort(new Error("enough")) : undefined) },
  });
  await expect(run).rejects.toThrow("enough");
  expect(elbo(model)).not.toEqual(untrained);
  expect(elbo(await load(dir))).toEqual(elbo(model));
});

test("an abort before the first step leaves no checkpoint", async () => {
  const options = { epochs: 1, batchSize: 2, rng: createRng(1), engine: "eager", checkpoint: { dir } } as const;
  const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
  const run = fit(model, new ArrayImages(bars(8, 2)), { ...options, signal: AbortSignal.abort(new Error("enough")) });
  await expect(run).rejects.toThrow("enough");
  expect(await readdir(dir)).toEqual([]);
});

test("a checkpoint deleted during the read is replaced by the next one", async () => {
  const options = {
    epochs: 1,
    batchSize: 4,
    rng: createRng(1),
    engine: "eager",
    checkpoint: { dir, keep: 1 },
  } as const;
  const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
  await fit(model, new ArrayImages(bars(8, 2)), options);
  const [name] = (await readdir(dir)) as [string];
  const fs = process.getBuiltinModule("node:fs/promises");
  const readFile = vi.spyOn(fs, "readFile").mockImplementationOnce(async () => {
    await fs.rename(join(dir, name), join(dir, "step-000000099-epoch-0099"));
    throw Object.assign(new Error("gone"), { code: "ENOENT" });
  });
  try {
    expect(elbo(await load(dir))).toEqual(elbo(model));
  } finally {
    readFile.mockRestore();
  }
  await rm(join(dir, "step-000000099-epoch-0099", "config.json"));
  await expect(load(dir)).rejects.toThrow("ENOENT");
});
