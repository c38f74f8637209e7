import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, fitPrior } from "@igr/core";
import { loadMnist } from "@igr/datasets";
import {
  BernoulliLikelihood,
  DiscreteVAE,
  denseNetwork,
  evaluate,
  fit,
  GumbelSoftmaxLatent,
  IgrLatent,
  load,
  save,
  useFastWasm,
} from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import { LaplaceSoftmaxLatent } from "./laplace-softmax.mjs";

const { values } = parseArgs({
  options: { epochs: { type: "string", default: "5" }, images: { type: "string", default: "30000" } },
});
tf.enableProdMode();
await tf.setBackend("wasm");
await useFastWasm();

const size = { variables: 20, categories: 10 };
const prior = fitPrior({ target: Array(10).fill(0.1), temperature: 0.5, rng: createRng(1).fork("prior") });
const latents = {
  "Laplace softmax": () => new LaplaceSoftmaxLatent({ ...size, temperature: 0.5 }),
  IGR: () => new IgrLatent({ ...size, temperature: 0.5, prior }),
  "Gumbel-Softmax": () => new GumbelSoftmaxLatent({ ...size, temperature: 0.67 }),
};

// The closed form against the mean of the log ratios of draws, in standard errors of that mean.
const deviation = tf.tidy(() => {
  const own = new LaplaceSoftmaxLatent({ variables: 4, categories: 3, temperature: 0.5 });
  const rng = createRng(7);
  const parameters = own.parameters(rng.normal([5, 4, own.outputsPerVariable]));
  const { mean, variance } = tf.moments(own.sample(parameters, rng, [20_000]).logRatio(), 0);
  const errors = tf.div(tf.sub(mean, own.kl(parameters)), tf.sqrt(tf.div(variance, 20_000)));
  return tf.max(tf.abs(errors)).dataSync()[0];
});
console.log(`KL: closed form and draws differ by at most ${deviation.toFixed(2)} standard errors`);

const [train, test] = [await loadMnist({ split: "train" }), await loadMnist({ split: "test" })];
for (const [name, make] of Object.entries(latents)) {
  const rng = createRng(1);
  const latent = make();
  const model = new DiscreteVAE({
    encoder: denseNetwork({ inputs: 784, hidden: [256], outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [256], outputs: 784, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
  const { epochs } = await fit(model, train.slice(0, Number(values.images)), {
    epochs: Number(values.epochs),
    rng: rng.fork("fit"),
    validationData: test.slice(0, 1000),
  });
  const { elbo, standardError, kl } = epochs.at(-1).validation;
  console.log(`${name}: test ELBO ${elbo.toFixed(2)} ± ${standardError.toFixed(2)}, KL ${kl.toFixed(2)}`);

  if (latent instanceof LaplaceSoftmaxLatent) {
    const dir = mkdtempSync(join(tmpdir(), "own-relaxation-"));
    await save(model, dir);
    const loaded = await load(dir, { latents: { "laplace-softmax": (config) => new LaplaceSoftmaxLatent(config) } });
    const measure = (each) => evaluate(each, test.slice(0, 200), { rng: createRng(3) });
    const [a, b] = [await measure(model), await measure(loaded)];
    console.log(`saved and loaded: ${a.elbo === b.elbo ? "the same model" : "another model"}`);
    loaded.dispose();
    rmSync(dir, { recursive: true });
  }
  model.dispose();
}
