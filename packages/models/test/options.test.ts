import { expect, test } from "vitest";
import * as everything from "../src/index.js";
<<<<<<< ours
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

const model = Object.values(trainableModels)[0]!() as DiscreteVAE;
const prediction = Object.values(trainableModels)
  .map((make) => make())
  .find((each) => each instanceof StructuredPrediction) as StructuredPrediction;
const images = new ArrayImages(bars(4, 4));
const rng = createRng(1);
const size = { variables: 1, categories: 2 };
const prior = { loc: [0], scale: [1] };
const x = tf.tensor2d(bars(2, 4));
const pixels = tf.zeros([2, 784]);
// Values that JavaScript callers can pass.
const any = <T>(value: unknown) => value as T;

/** Every public constructor and function with options: valid arguments, and a required option. */
const bags: Record<string, readonly [call: (options: object) => unknown, valid: object, needed?: string]> = {
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
    "relaxation",
  ],
  structuredPredictionMnist: [(o) => structuredPredictionMnist(o), {}],
  vertexDistances: [(o) => vertexDistances(model, images, any(o)), { rng }, "rng"],
};

const rejection = (call: () => unknown) => expect(Promise.resolve().then(call)).rejects;

test.each(Object.entries(bags))("%s rejects unknown options", async (owner, [call, valid]) => {
=======
import { DiscreteVAE, evaluate, fit, IgrLatent, type JointVAE, latentTraversal, load } from "../src/index.js";
import { any, images, model, optionBags, rng, size } from "./option-bags.js";

const rejection = (call: () => unknown) => expect(Promise.resolve().then(call)).rejects;

test.each(Object.entries(optionBags))("%s tells unknown options", async (owner, [call, valid]) => {
>>>>>>> theirs
  await rejection(() => call({ ...valid, learningrate: 1 })).toThrow(
    new RegExp(
      `^${owner}: options must be among .*, got 'learningrate'$|^${owner}: options must be among '[^']+', got 'learningrate'$`,
    ),
  );
  await rejection(() => call(any([]))).toThrow();
});

test.each(Object.entries(optionBags).filter(([, [, , needed]]) => needed !== undefined))(
  "%s names a missing option",
  async (owner, [call, valid, needed]) => {
    const { [needed as never]: _, ...others } = valid;
    const name = owner.split(":")[0];
    await rejection(() => call(others)).toThrow(new RegExp(`^${name}.*: .*\\b${needed}\\b.*, got (undefined|\\{\\})`));
  },
);

<<<<<<< ours
test("covers every public constructor and function with an options bag", () => {
  // Functions without options, and abstract classes whose subclasses check.
=======
/** Options whose strings are no names that a check could know. */
const isFree = (name: string) => name === "dir";

test.each(
  Object.entries(optionBags).flatMap(([owner, [call, valid, needed]]) =>
    Object.entries(needed === undefined || needed in valid ? valid : {})
      .filter(([name, value]) => typeof value === "number" || (typeof value === "string" && !isFree(name)))
      .map(([name, value]) => ({ owner, name, value, call: (given: unknown) => call({ ...valid, [name]: given }) })),
  ),
)("$owner: another $name is a RangeError, one of another kind a TypeError", async ({ value, call }) => {
  const [another, otherKind] = typeof value === "number" ? [Number.NaN, "1"] : ["unknown", 1];
  await rejection(() => call(another)).toThrow(RangeError);
  await rejection(() => call(otherKind)).toThrow(TypeError);
});

test("no public constructor or function with an options bag is left out", () => {
  // What takes none, or is an abstract class whose subclasses check.
>>>>>>> theirs
  const without = [
    "BernoulliLikelihood",
    "CheckpointError",
    "ContinuousBernoulliLikelihood",
    "Latent",
    "LatentPart",
    "Likelihood",
    "NonFiniteError",
    "VariationalAutoencoder",
    "bestMatching",
    "categoryAccuracy",
    "discreteInformation",
    "discreteVaeAuthors",
    "discreteVaePaper",
    "encodeModel",
    "exportLayersModels",
    "exportSafetensors",
    "finalValue",
    "gaussianInformation",
    "jointVaeMnist",
    "labelEntropy",
    "mutualInformationGap",
    "save",
    "scheduleAt",
    "structuredPredictionAuthors",
    "useFastWasm",
    "vanishedGradients",
  ];
  const functions = Object.entries(everything).filter(([, value]) => typeof value === "function");
  const names = functions.map(([name]) => name).filter((name) => !without.includes(name));
  expect(names.filter((name) => !(name in optionBags))).toEqual([]);
});

test.each<[string, () => unknown]>([
  ["fit: options must be an object, got undefined", () => fit(model, images, any(undefined))],
  ["fit: dataset must be a dataset, .*got .*", () => fit(model, any([[0, 1]]), { epochs: 1, rng })],
  ["fit: validationData must be a dataset", () => fit(model, images, { epochs: 1, rng, validationData: any([[0]]) })],
  ["fit: model must be one of this package", () => fit(any(undefined), images, { epochs: 1, rng })],
  ["fit: optimizer must be a tf.Optimizer", () => fit(model, images, { epochs: 1, rng, optimizer: any("adam") })],
  ["evaluate: dataset must be a dataset", () => evaluate(model, any([[0]]), { rng })],
  ["IgrLatent: prior must be \\{ loc, scale \\}, .*got undefined", () => new IgrLatent(any(size))],
  ["IgrLatent: options must be an object", () => new IgrLatent(any(undefined))],
  [
    "DiscreteVAE: latent must be a Latent",
    () => new DiscreteVAE(any({ encoder: model.encoder, decoder: model.decoder, likelihood: model.likelihood })),
  ],
  ["latentTraversal: from must be a tensor", () => latentTraversal(any<JointVAE>(model), any({ rng }))],
  ["load: dir must be a folder or the URL of a served one, got undefined", () => load(any(undefined))],
])("%s", async (message, call) => {
  await rejection(call).toThrow(new RegExp(message));
});
