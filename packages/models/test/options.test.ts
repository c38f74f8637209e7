import { expect, test } from "vitest";
import * as everything from "../src/index.js";
import { DiscreteVAE, evaluate, fit, IgrLatent, type JointVAE, latentTraversal, load } from "../src/index.js";
import { any, images, model, optionBags, rng, size } from "./option-bags.js";

const rejection = (call: () => unknown) => expect(Promise.resolve().then(call)).rejects;

test.each(Object.entries(optionBags))("%s rejects unknown options", async (owner, [call, valid]) => {
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

test("covers every public constructor and function with an options bag", () => {
  // Functions without options, and abstract classes whose subclasses check.
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
    "boundsOf",
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
