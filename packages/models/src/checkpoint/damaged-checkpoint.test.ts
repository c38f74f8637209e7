import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { makeModel, size } from "../../test/small-vae.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { fit } from "../training/fit.js";
import { load } from "./load.js";
import { configSha256, save } from "./save.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "igr-checkpoint-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("load refuses", () => {
  test("a folder without a checkpoint", async () => {
    await expect(load(dir)).rejects.toThrow(
      `load: ${dir} holds no saved model (config.json) and no checkpoint of fit, only nothing`,
    );
    await expect(load(join(dir, "none"))).rejects.toThrow(
      /^load: .*none must be a folder with a saved model or checkpoints of fit: ENOENT/,
    );
  });

  test("weights that were changed, naming the file", async () => {
    await save(makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 })), dir);
    const [weights] = (await readdir(dir)).filter((name) => name.startsWith("weights"));
    const bytes = await readFile(join(dir, weights!));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(dir, weights!), bytes);
    await expect(load(dir)).rejects.toThrow(/^load: .*weights-[0-9a-f]{16}\.safetensors has SHA-256 /);
  });

  test("a config of another program, of another version or of an unknown kind", async () => {
    await save(makeModel(new ToyLatent(size)), dir);
    await expect(load(dir)).rejects.toThrow(
      "has a latent of kind 'toy'; known are categorical, gaussian, igr, igr-categorical, igr-planar, igr-sb, igr-stick-breaking, gumbel-softmax: pass { latents:",
    );
    const path = join(dir, "config.json");
    const config = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...config, version: 99 }));
    await expect(load(dir)).rejects.toThrow("has version 99, this program reads version 1");
    await writeFile(path, "{}");
    await expect(load(dir)).rejects.toThrow("is not the config of a saved model");
    await writeFile(path, "not json");
    await expect(load(dir)).rejects.toThrow("is not the config of a saved model");
  });

  test("a config with one changed byte, except where bytes have no meaning", async () => {
    const prior = { loc: [-0.8123456], scale: [0.6234567] };
    await save(makeModel(new IgrLatent({ variables: 3, categories: 2, temperature: 0.517, prior })), dir);
    const path = join(dir, "config.json");
    const bytes = await readFile(path);
    const before = JSON.stringify((await load(dir)).latent.config());
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 5) {
      for (const bit of [1, 4]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= bit;
        await writeFile(path, damaged);
        const model = await load(dir).catch((error: Error) => error);
        if (model instanceof Error) refused += 1;
        // Bytes without effect: white space, and the name of the hash.
        else expect(JSON.stringify(model.latent.config())).toBe(before);
      }
    }
    expect(refused).toBeGreaterThan(0.4 * ((2 * bytes.length) / 5));
    await writeFile(path, `${JSON.stringify(JSON.parse(bytes.toString()))}`);
    expect((await load(dir)).latent.config()).toEqual(JSON.parse(before));
  });

  test("the second best checkpoint in place of the best", async () => {
    const model = makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 }));
    const scores = [1, 3, 2, 1];
    await fit(model, new ArrayImages(bars(8, 2)), {
      ...{ epochs: 4, batchSize: 4, rng: createRng(1), engine: "eager" },
      checkpoint: { dir, keep: 2 },
      monitor: ({ epoch }) => scores[epoch - 1]!,
    });
    const names = (await readdir(dir)).filter((name) => name.startsWith("step")).sort();
    expect(names.map((name) => name.slice(-1))).toEqual(["2", "3", "4"]);
    await load(dir, { which: "best" });
    // A damaged checkpoint is an error, not a reason to load another one.
    const state = join(dir, names[0]!, "training.json");
    const text = await readFile(state, "utf8");
    await writeFile(state, text.replace("score", "scare"));
    await load(dir, { which: "best" });
    const weights = (await readdir(join(dir, names[0]!))).find((name) => name.startsWith("weights"))!;
    await writeFile(join(dir, names[0]!, weights), "");
    await expect(load(dir, { which: "best" })).rejects.toThrow(/epoch-0002.* has SHA-256/);
    await rm(join(dir, names[0]!), { recursive: true });
    await expect(load(dir, { which: "best" })).rejects.toThrow(
      /the best checkpoint of .* was step-\d+-epoch-0002, which is gone/,
    );
    await writeFile(join(dir, names[2]!, "training.json"), "{}");
    await expect(load(dir, { which: "best" })).rejects.toThrow("the best checkpoint can't be determined");
  });

  test("nothing leaks when the weights do not fit", async () => {
    await save(makeModel(new GumbelSoftmaxLatent({ ...size, temperature: 1 })), dir);
    const path = join(dir, "config.json");
    const config = JSON.parse(await readFile(path, "utf8"));
    config.latent.categories = 4;
    await writeFile(path, JSON.stringify({ ...config, sha256: configSha256(config) }));
    const before = tf.memory().numTensors;
    await expect(load(dir)).rejects.toThrow("encoder output must hold 8 numbers");
    expect(tf.memory().numTensors).toBe(before);
  });
});
