import { parseArgs } from "node:util";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, fitPrior } from "@igr/core";
import { BernoulliLikelihood, DiscreteVAE, evaluate, fit, IgrLatent, load, useFastWasm } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { KINDS, Shapes, SIDE } from "./shapes.mjs";

const { values } = parseArgs({ options: { out: { type: "string" }, epochs: { type: "string", default: "60" } } });
tf.enableProdMode();
await tf.setBackend("wasm");
await useFastWasm();

const rng = createRng(1);
const train = new Shapes(1024, rng.fork("training shapes"));
const held = new Shapes(128, rng.fork("held-out shapes"));

// Three variables with six categories each: 216 codes for four kinds at 16 places in two sizes.
const prior = fitPrior({ target: Array(6).fill(1 / 6), temperature: 0.5, rng: rng.fork("prior") });
const latent = new IgrLatent({ variables: 3, categories: 6, temperature: 0.5, prior });

let seed = 0;
const seeded = () => tfl.initializers.glorotUniform({ seed: ++seed });
const conv = (filters, inputShape) =>
  tfl.layers.conv2d({
    filters,
    kernelSize: 3,
    strides: 2,
    padding: "same",
    activation: "relu",
    kernelInitializer: seeded(),
    inputShape,
  });
const dense = (units, activation, inputShape) =>
  tfl.layers.dense({ units, activation, kernelInitializer: seeded(), inputShape });
const model = new DiscreteVAE({
  encoder: tfl.sequential({
    layers: [
      conv(16, [SIDE, SIDE, 1]),
      conv(32),
      tfl.layers.flatten(),
      dense(64, "relu"),
      tfl.layers.batchNormalization(),
      dense(latent.encoderOutputs, "linear"),
    ],
  }),
  decoder: tfl.sequential({
    layers: [dense(128, "relu", [latent.decoderInputs]), dense(SIDE * SIDE, "linear")],
  }),
  latent,
  likelihood: new BernoulliLikelihood(),
});

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("stopped; run the same command again to continue")));
const optimizer = tf.train.adam(3e-3);
const before = await evaluate(model, held, { rng: rng.fork("before"), batchSize: 32 });
console.log(`before training: ELBO ${before.elbo.toFixed(2)}`);
const history = await fit(model, train, {
  epochs: Number(values.epochs),
  batchSize: 32,
  optimizer,
  rng: rng.fork("fit"),
  validationData: held,
  binarize: false, // the pictures are already black and white
  schedules: {
    learningRate: { kind: "cosine", from: 3e-3, to: 3e-4, steps: 1900, warmup: 30 },
    // Without it the decoder first learns the mean shape, and the codes stay unused.
    klWeight: { kind: "linear", from: 0, to: 1, steps: 640 },
  },
  clipGradients: { globalNorm: 50 },
  earlyStopping: { patience: 10 },
  checkpoint: values.out ? { dir: values.out } : undefined,
  signal: stop.signal,
  callbacks: {
    onEpoch: ({ epoch, train: { elbo }, validation }) =>
      console.log(`epoch ${epoch}: ELBO ${elbo.toFixed(2)}, held-out ${validation.elbo.toFixed(2)}`),
  },
});
console.log(`after training: ELBO ${history.epochs.at(-1).validation.elbo.toFixed(2)}, steps by ${history.engine}`);

// The codes of each kind: the most probable category of each variable.
const codes = KINDS.map(() => new Set());
for (const { images, indices } of held.batches({ batchSize: 128 })) {
  const best = tf.tidy(() => tf.argMax(latent.discreteLogProbs(model.encode(images)), 2).arraySync());
  for (const [row, code] of best.entries()) codes[held.kinds[indices[row]]].add(code.join("-"));
  images.dispose();
}
for (const [kind, used] of codes.entries()) console.log(`${KINDS[kind]}: codes ${[...used].sort().join(" ")}`);

if (values.out) {
  const best = await load(values.out, { which: "best" });
  const { elbo } = await evaluate(best, held, { rng: rng.fork("best"), batchSize: 32 });
  console.log(`the best model, loaded: ELBO ${elbo.toFixed(2)}`);
}
