import * as core from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach } from "vitest";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as models from "../src/index.js";
import { ArrayImages, bars } from "./array-images.js";

// One example changes the active backend, others move tensors between backends; tfjs mistakes this for a leak.
tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true });
afterEach(async () => {
  await tf.setBackend("cpu");
});

const rng = core.createRng(1);
const prior = { loc: [-0.5, 0.2, 0.1], scale: [0.7, 1.2, 0.9] };
const latent = new models.IgrLatent({ variables: 2, categories: 4, temperature: 0.5, prior });
const model = new models.DiscreteVAE({
  encoder: models.denseNetwork({ inputs: 16, hidden: [], outputs: latent.encoderOutputs, rng }),
  decoder: models.denseNetwork({ inputs: latent.decoderInputs, hidden: [], outputs: 16, rng }),
  latent,
  likelihood: new models.BernoulliLikelihood(),
});
const images = new ArrayImages(bars(64, 4));

// Names that the examples expect the reader to define.
testDocExamples(
  new URL("../src", import.meta.url),
  { ...core, ...models, tf, tfl, rng, latent, model, images, train: images, test: images },
  20,
);
