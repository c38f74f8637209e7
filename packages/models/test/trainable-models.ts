import { createRng } from "@igr/core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { DeepGaussianMixture } from "../src/deep-gaussian-mixture/deep-gaussian-mixture.js";
import { DiscreteVAE } from "../src/discrete-vae/discrete-vae.js";
import { JointVAE } from "../src/joint-vae/joint-vae.js";
import { GaussianLatent } from "../src/latent/gaussian-latent.js";
import { GumbelSoftmaxLatent } from "../src/latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../src/latent/igr-latent.js";
import { IgrStickBreakingLatent } from "../src/latent/igr-stick-breaking-latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import { GaussianLikelihood } from "../src/likelihood/gaussian-likelihood.js";
import type { TrainableModel } from "../src/model/model.js";
import { denseNetwork } from "../src/network/dense.js";
import { StructuredPrediction } from "../src/structured-prediction/structured-prediction.js";

/** Side of the models' square images, in pixels. */
export const SIDE = 4;
const pixels = SIDE * SIDE;
const size = { variables: 2, categories: 3 };

function networks(encoderOutputs: number, decoderInputs: number, outputsPerPixel = 1) {
  const rng = createRng(1);
  return {
    encoder: denseNetwork({ inputs: pixels, hidden: [6], outputs: encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({
      inputs: decoderInputs,
      hidden: [6],
      outputs: pixels * outputsPerPixel,
      rng: rng.fork("d"),
    }),
  };
}

/** A minimal model of each kind that `fit` trains, the same in each call. */
export const trainableModels: Readonly<Record<string, () => TrainableModel>> = {
  "DiscreteVAE, IGR with a learned prior and a learned Gaussian scale": () => {
    const prior = { loc: [-0.8, 0.3], scale: [0.6, 0.4] };
    const latent = new IgrLatent({ ...size, temperature: 0.5, prior, learnPrior: true });
    const likelihood = new GaussianLikelihood({ scale: "learned" });
    return new DiscreteVAE({ ...networks(latent.encoderOutputs, latent.decoderInputs), latent, likelihood });
  },
  "DiscreteVAE, Gumbel-Softmax with batch normalization": () => {
    const latent = new GumbelSoftmaxLatent({ ...size, temperature: 0.67 });
    const { encoder, decoder } = networks(latent.encoderOutputs, latent.decoderInputs);
    const normalized = sequential({
      layers: [
        layers.batchNormalization({ inputShape: [pixels] }),
        layers.dense({ units: 6, activation: "relu" }),
        layers.dense({ units: latent.encoderOutputs }),
      ],
    });
    for (const [i, layer] of normalized.layers.slice(1).entries()) layer.setWeights(encoder.layers[i]!.getWeights());
    encoder.dispose();
    return new DiscreteVAE({ encoder: normalized, decoder, latent, likelihood: new BernoulliLikelihood() });
  },
  "JointVAE, whose capacities rise": () => {
    const continuous = [new GaussianLatent({ variables: 2 })];
    const discrete = [new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.67 })];
    const likelihood = new BernoulliLikelihood();
    return new JointVAE({
      ...networks(7, 5),
      continuous,
      discrete,
      likelihood,
      gamma: 30,
      capacities: {
        continuous: { kind: "linear", from: 0, to: 5, steps: 10 },
        discrete: { kind: "linear", from: 0, to: 1, steps: 12 },
      },
    });
  },
  "DeepGaussianMixture, by sticks": () => {
    const assignment = new IgrStickBreakingLatent({
      variables: 1,
      maxCategories: 3,
      temperature: 0.3,
      prior: { loc: [0, 0, 0], scale: [1, 1, 1] },
    });
    const dimensions = 2;
    return new DeepGaussianMixture({
      ...networks(assignment.encoderOutputs + 2 * dimensions, dimensions),
      assignment,
      dimensions,
      likelihood: new BernoulliLikelihood(),
      rng: createRng(2),
    });
  },
  "StructuredPrediction, two samples": () => {
    const rng = createRng(1);
    const layer = (inputs: number, outputs: number) =>
      denseNetwork({ inputs, hidden: [], outputs, rng: rng.fork(`${inputs} ${outputs}`) });
    return new StructuredPrediction({
      networks: [layer(pixels / 2, 10), layer(5, pixels / 2)],
      relaxation: { kind: "igr", temperature: 0.5 },
      samples: 2,
    });
  },
};
