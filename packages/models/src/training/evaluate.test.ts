import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { ArrayImages } from "../../test/array-images.js";
import { makeModel, test10 } from "../../test/grey-images-vae.js";
import { numbers } from "../../test/values.js";
import type { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { evaluate } from "./evaluate.js";

describe("evaluate", () => {
  /** The mean of each image's number of bright pixels, through a model whose ELBO is known: the decoder gives 0. */
  function flatModel(): DiscreteVAE {
    const model = makeModel();
    for (const weight of [...model.encoder.weights, ...model.decoder.weights]) {
      weight.write(tf.zeros(weight.shape as number[]));
    }
    return model;
  }

  test("averages over the images, without the padding of the last batch", async () => {
    const model = makeModel();
    const held = test10();
    const options = { rng: createRng(3), engine: "eager" } as const;
    const whole = await evaluate(model, held, { ...options, batchSize: 10 });
    const padded = await evaluate(model, held, { ...options, batchSize: 10_000 });
    // The first rows of a larger draw are the same numbers.
    expect(padded.images).toBe(10);
    expect(padded.elbo).toBeCloseTo(whole.elbo, 4);
    expect(padded.standardError).toBeCloseTo(whole.standardError, 4);

    const flat = await evaluate(flatModel(), held, { ...options, batchSize: 4 });
    expect(flat.reconstruction).toBeCloseTo(-16 * Math.log(2), 4);
    expect(flat.kl).toBe(0);
    expect(flat.standardError).toBeLessThan(1e-5);
  });

  test("its standard error is that of the images' ELBOs", async () => {
    const model = makeModel();
    const held = test10();
    const rng = createRng(3);
    const result = await evaluate(model, held, { rng, batchSize: 10, engine: "eager" });
    const [x] = [...held.batches({ batchSize: 10, shuffle: false, rng, binarize: false, dropRemainder: false })];
    const elbos = numbers(model.elbo(x!, rng.fork("noise")).elbo);
    const mean = elbos.reduce((sum, v) => sum + v, 0) / 10;
    const variance = elbos.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 9;
    expect(result.elbo).toBeCloseTo(mean, 4);
    expect(result.standardError).toBeCloseTo(Math.sqrt(variance / 10), 4);
  });

  test("an empty dataset is an error", async () => {
    await expect(evaluate(makeModel(), new ArrayImages([]), { rng: createRng(1), engine: "eager" })).rejects.toThrow(
      "evaluate: the dataset gave no images",
    );
  });
});
