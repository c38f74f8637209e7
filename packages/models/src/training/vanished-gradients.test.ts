import { createRng, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { ToyLatent } from "../../test/toy-latent.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import type { LatentParameters } from "../latent/latent-part.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { vanishedGradients } from "./vanished-gradients.js";

/** z_k = exp(mean_k) of its own coordinate alone, scaled so that known entries are 0 or tiny. */
class DiagonalLatent extends ToyLatent {
  readonly #factors: number[];
  constructor(factors: number[]) {
    super({ variables: 2, categories: factors.length });
    this.#factors = factors;
  }
  override sample(parameters: LatentParameters, _rng: Rng) {
    return { z: tf.mul(tf.exp(parameters.mean!), tf.tensor1d(this.#factors)), logRatio: () => tf.scalar(0) };
  }
}

function model(latent: ToyLatent): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 4, hidden: [], outputs: latent.encoderOutputs, rng }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [], outputs: 4, rng }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

test("counts entries of the Jacobian of each z_k", async () => {
  const x = tf.ones([5, 4]);
  const diagonal = model(new DiagonalLatent([1, 1e-20, 0, 2]));
  const before = tf.memory().numTensors;
  const shares = await vanishedGradients(diagonal, x, createRng(1));
  expect(tf.memory().numTensors).toBe(before);
  // 16 entries for each variable: the 12 off the diagonal are 0; of the 4 on it, one is 0 and one is below 1e-10.
  expect(shares!.zero).toBeCloseTo(13 / 16, 6);
  expect(shares!.tiny).toBeCloseTo(14 / 16, 6);
});

test("a softmax at temperature 1 has no vanished gradients, although the gradients of the sum of z are rounding noise", async () => {
  const shares = await vanishedGradients(
    model(new ToyLatent({ variables: 2, categories: 3 })),
    tf.ones([5, 4]),
    createRng(1),
  );
  expect(shares).toEqual({ zero: 0, tiny: 0 });
});

/** Keeps the first two of its categories: the third and fourth are cut off, the last is the remainder. */
class CutLatent extends ToyLatent {
  override sample(parameters: LatentParameters, _rng: Rng) {
    const kept = tf.slice(parameters.mean!, [0, 0, 0], [-1, -1, 2]);
    const both = tf.sum(kept, -1, true);
    const z = tf.concat([tf.add(kept, both), tf.zeros([5, 2, 2]), tf.mul(1e-20, both)], 2);
    return { z, kept: tf.fill([5, 2], 2), logRatio: () => tf.scalar(0) };
  }
}

test("entries of categories that a draw cut off do not count", async () => {
  const shares = await vanishedGradients(
    model(new CutLatent({ variables: 2, categories: 5 })),
    tf.ones([5, 4]),
    createRng(1),
  );
  // Of 25 entries for each variable, 6 count: the two kept categories and the remainder by the two kept coordinates. 2
  // of them are tiny.
  expect(shares!.zero).toBeCloseTo(0, 6);
  expect(shares!.tiny).toBeCloseTo(2 / 6, 6);
});
