import { createRng, fitPrior } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import {
  CategoricalLatent,
  categoryUse,
  convolutionalDecoder,
  convolutionalEncoder,
  DeepGaussianMixture,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  denseNetwork,
  disentanglement,
  evaluate,
  evaluateLogLikelihood,
  exportOnnxModels,
  fit,
  GaussianLatent,
  GaussianLikelihood,
  GumbelSoftmaxLatent,
  IgrCategoricalLatent,
  IgrLatent,
  IgrPlanarLatent,
  IgrStickBreakingLatent,
  JointVAE,
  jointVaeCelebA,
  jointVaeFashionMnist,
  jointVaeFromPreset,
  jointVaeMnist,
  latentTraversal,
  load,
  RAdam,
  RelaxedCategoricalLayer,
  StructuredPrediction,
  structuredPredictionFromPreset,
  structuredPredictionMnist,
  vertexDistances,
} from "../src/index.js";
import { ArrayImages, bars } from "./array-images.js";
import { trainableModels } from "./trainable-models.js";

export const model = Object.values(trainableModels)[0]!() as DiscreteVAE;
const prediction = Object.values(trainableModels)
  .map((make) => make())
  .find((each) => each instanceof StructuredPrediction) as StructuredPrediction;
export const images = new ArrayImages(bars(4, 4));
export const rng = createRng(1);
export const size = { variables: 1, categories: 2 };
const prior = { loc: [0], scale: [1] };
const x = tf.tensor2d(bars(2, 4));
const pixels = tf.zeros([2, 784]);
/** Values that JavaScript callers can pass. */
export const any = <T>(value: unknown) => value as T;

/** Every public constructor and function with options: valid arguments, and a required option. */
export const optionBags: Record<string, readonly [call: (options: object) => unknown, valid: object, needed?: string]> =
  {
    CategoricalLatent: [(o) => new CategoricalLatent(any(o)), size, "categories"],
    "CategoricalLatent: estimator": [
      (o) => new CategoricalLatent({ ...size, estimator: any(o) }),
      { kind: "carms", samples: 2 },
    ],
    DeepGaussianMixture: [(o) => new DeepGaussianMixture(any(o)), { rng, dimensions: 1 }, "encoder"],
    DiscreteVAE: [(o) => new DiscreteVAE(any(o)), {}, "encoder"],
    "DiscreteVAE.hardElbo": [(o) => model.hardElbo(x, rng, o), {}],
    "DiscreteVAE.logLikelihood": [(o) => model.logLikelihood(x, rng, any(o)), { samples: 2 }, "samples"],
    "DiscreteVAE.measuredHard": [(o) => model.measuredHard(o), {}],
    "DiscreteVAE.sample": [(o) => model.sample(rng, 1, o), {}],
    GaussianLatent: [(o) => new GaussianLatent(any(o)), { variables: 1 }, "variables"],
    GaussianLikelihood: [(o) => new GaussianLikelihood(o), {}],
    GumbelSoftmaxLatent: [(o) => new GumbelSoftmaxLatent(any(o)), { ...size, temperature: 1 }, "temperature"],
    IgrCategoricalLatent: [(o) => new IgrCategoricalLatent(any(o)), { ...size, temperature: 1 }, "temperature"],
    IgrLatent: [(o) => new IgrLatent(any(o)), { ...size, temperature: 1, prior }, "prior"],
    IgrPlanarLatent: [(o) => new IgrPlanarLatent(any(o)), { ...size, depth: 1, temperature: 1, prior, rng }, "rng"],
    IgrStickBreakingLatent: [
      (o) => new IgrStickBreakingLatent(any(o)),
      { variables: 1, maxCategories: 2, temperature: 1, prior: { loc: [0, 0], scale: [1, 1] } },
      "maxCategories",
    ],
    JointVAE: [(o) => new JointVAE(any(o)), { continuous: [], discrete: [] }, "encoder"],
    RAdam: [(o) => new RAdam(o), {}],
    RelaxedCategoricalLayer: [
      (o) => new RelaxedCategoricalLayer(any(o)),
      { categories: 2, temperature: 1 },
      "categories",
    ],
    StructuredPrediction: [(o) => new StructuredPrediction(any(o)), {}, "networks"],
    "StructuredPrediction.bound": [(o) => prediction.bound(pixels, rng, any(o)), { samples: 1 }, "samples"],
    "StructuredPrediction.measuredBy": [(o) => prediction.measuredBy(any(o)), { samples: 1 }, "samples"],
    "StructuredPrediction.predict": [(o) => prediction.predict(pixels, rng, any(o)), { samples: 1 }, "samples"],
    categoryUse: [(o) => categoryUse(model, images, any(o)), { rng }, "rng"],
    convolutionalDecoder: [(o) => convolutionalDecoder(any(o)), { inputs: 1, rng }, "rng"],
    convolutionalEncoder: [(o) => convolutionalEncoder(any(o)), { outputs: 1, rng }, "outputs"],
    denseDecoder: [(o) => denseDecoder(any(o)), { inputs: 1, rng }, "inputs"],
    denseEncoder: [(o) => denseEncoder(any(o)), { outputs: 1, rng }, "outputs"],
    denseNetwork: [(o) => denseNetwork(any(o)), { inputs: 1, hidden: [], outputs: 1, rng }, "hidden"],
    disentanglement: [(o) => disentanglement(any(model), any(images), any(o)), { rng }, "rng"],
    evaluate: [(o) => evaluate(model, images, any(o)), { rng }, "rng"],
    evaluateLogLikelihood: [(o) => evaluateLogLikelihood(model, images, any(o)), { rng }, "rng"],
    exportOnnxModels: [(o) => exportOnnxModels(model, "none", o), {}],
    fit: [(o) => fit(model, images, any(o)), { epochs: 1, rng }, "epochs"],
    "fit: checkpoint": [
      (o) => fit(model, images, { epochs: 1, batchSize: 2, rng, engine: "eager", checkpoint: any(o) }),
      { dir: "none" },
      "dir",
    ],
    "fit: clipGradients": [(o) => fit(model, images, { epochs: 1, rng, clipGradients: o }), { value: 1 }],
    "fit: earlyStopping": [
      (o) => fit(model, images, { epochs: 1, rng, earlyStopping: any(o) }),
      { patience: 1 },
      "patience",
    ],
    "fit: schedules.klWeight": [
      (o) => fit(model, images, { epochs: 1, batchSize: 2, rng, engine: "eager", schedules: { klWeight: any(o) } }),
      { kind: "linear", from: 0, to: 1, steps: 1 },
      "steps",
    ],
    fitPrior: [async (o) => fitPrior(any(o)), { target: [0.5, 0.5], temperature: 1, rng }, "target"],
    jointVaeCelebA: [(o) => jointVaeCelebA(o), {}],
    jointVaeFashionMnist: [(o) => jointVaeFashionMnist(o), {}],
    jointVaeFromPreset: [(o) => jointVaeFromPreset(jointVaeMnist(), any(o)), {}, "discrete"],
    latentTraversal: [(o) => latentTraversal(any(model), any(o)), { from: x, rng }, "from"],
    load: [(o) => load("none", o), {}],
    structuredPredictionFromPreset: [
      (o) => structuredPredictionFromPreset(structuredPredictionMnist(), any(o)),
      { rng },
    ],
    structuredPredictionMnist: [(o) => structuredPredictionMnist(o), {}],
    vertexDistances: [(o) => vertexDistances(model, images, any(o)), { rng }, "rng"],
  };
