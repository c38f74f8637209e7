import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArrayImages } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import { BernoulliLikelihood } from "./bernoulli-likelihood.js";
import { ContinuousBernoulliLikelihood } from "./continuous-bernoulli-likelihood.js";

beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const likelihood = new ContinuousBernoulliLikelihood();

/** Float64: the density l exp(l x) / (exp(l) - 1), written so that it neither overflows nor cancels. */
function logProb(x: number, l: number): number {
  if (l === 0) return 0;
  return l > 0 ? l * (x - 1) + Math.log(l / -Math.expm1(-l)) : l * x + Math.log(l / Math.expm1(l));
}

test.each([-1e4, -200, -20, -1, -1e-4, 0, 1e-3, 0.5, 20, 200, 1e4])("is right at logit %d", (l) => {
  for (const x of [0, 0.3, 1]) {
    const value = likelihood.logProb(tf.tensor2d([[x]]), tf.tensor2d([[l]]));
    expectClose(value, [logProb(x, Math.fround(l))], { rtol: 1e-5, atol: 1e-6 * Math.max(1, Math.abs(l)) });
  }
});

test.each([-30, -2, 0, 0.1, 8])("the density of a pixel at logit %d integrates to 1 and has the right mean", (l) => {
  const points = 4000;
  const x = Float32Array.from({ length: points }, (_, i) => (i + 0.5) / points);
  const log = likelihood.logProb(tf.tensor2d(x, [points, 1]), tf.fill([points, 1], l));
  const density = numbers(tf.exp(log));
  const integral = (f: (x: number) => number) => density.reduce((sum, each, i) => sum + (each * f(x[i]!)) / points, 0);
  expect(integral(() => 1)).toBeCloseTo(1, 4);
  expectClose(likelihood.mean(tf.tensor2d([[l]])), [integral((each) => each)], { atol: 1e-4 });
});

test("sums over pixels, keeps image and sample axes, and leaks no tensors", () => {
  const x = tf.tensor2d([
    [1, 0.2, 0.7],
    [0, 0, 1],
  ]);
  const logits = createRng(1).normal([2, 2, 3]);
  const before = tf.memory().numTensors;
  const value = likelihood.logProb(x, logits);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(value.shape).toEqual([2, 2]);
  const [pixels, outputs] = [numbers(x), numbers(logits)];
  const sums = [0, 1, 2, 3].map((row) =>
    [0, 1, 2].reduce((sum, p) => sum + logProb(pixels[3 * (row % 2) + p]!, outputs[3 * row + p]!), 0),
  );
  expectClose(value, sums, { rtol: 1e-5, atol: 1e-6 });
});

test("equals the Bernoulli likelihood plus the log of the normalizing constant", () => {
  const [x, logits] = [tf.tensor2d([[0.1, 0.6]]), tf.tensor2d([[-1.5, 0.4]])];
  const constants = [-1.5, 0.4].reduce((sum, l) => sum + logProb(0, l) + Math.log1p(Math.exp(l)), 0);
  const difference = tf.sub(likelihood.logProb(x, logits), new BernoulliLikelihood().logProb(x, logits));
  expectClose(difference, [constants], { rtol: 1e-4 });
});

test("fit does not binarize grey pixels, and compiled and eager training agree", async () => {
  const grey = Array.from({ length: 16 }, (_, i) =>
    Array.from({ length: 4 }, (_, p) => ((i + p) % 2 === 0 ? 0.9 : 0.1)),
  );
  const run = async (engine: "eager" | "jit") => {
    const rng = createRng(1);
    const latent = new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.5 });
    const model = new DiscreteVAE({
      encoder: denseNetwork({ inputs: 4, hidden: [6], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
      decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [6], outputs: 4, rng: rng.fork("d") }),
      latent,
      likelihood: new ContinuousBernoulliLikelihood(),
    });
    const optimizer = tf.train.adam(0.03);
    const { epochs } = await fit(model, new ArrayImages(grey), { epochs: 8, batchSize: 8, optimizer, rng, engine });
    optimizer.dispose();
    return epochs.map(({ train }) => train.elbo);
  };
  const [eager, jit] = [await run("eager"), await run("jit")];
  expectClose(jit, eager, { rtol: 1e-3, atol: 1e-4 });
  expect(jit.at(-1)).toBeGreaterThan(jit[0] as number);
});
