import { discreteVaeAuthors, jointVaeFashionMnist, structuredPredictionAuthors } from "@igr/models";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atPath, parseAssignment, parseAssignments, valueAt } from "./assignment.js";
import { configurationJsonSchema } from "./json-schema.js";
import { mergeLayers } from "./merge.js";
import { resolveConfiguration } from "./resolve.js";
import { latentTitle, runTitle } from "./title.js";

describe("defaults", () => {
  test("all options are set, and a resolved configuration resolves to itself", () => {
    const models = ["discrete-vae", "joint-vae", "structured-prediction", "mixture"];
    for (const kind of models) {
      const configuration = resolveConfiguration({ model: { kind } });
      expect(resolveConfiguration(configuration)).toEqual(configuration);
      expect(resolveConfiguration(JSON.parse(JSON.stringify(configuration)))).toEqual(configuration);
    }
  });

  test("they follow the model, the latent and the data", () => {
    expect(resolveConfiguration({ latent: { kind: "gs" } }).latent).toMatchObject({ temperature: 0.67, variables: 30 });
    expect(resolveConfiguration({ model: { kind: "joint-vae" }, latent: { kind: "gs" } })).toMatchObject({
      latent: { temperature: 0.25, variables: 1 },
      model: { networks: { kind: "convolutional" }, gamma: 30 },
      training: { learningRate: 5e-4, checkpoint: "last" },
    });
    expect(resolveConfiguration({ data: { name: "fashion-mnist" } })).toMatchObject({
      likelihood: { kind: "gaussian" },
      data: { binarize: false },
    });
    expect(resolveConfiguration({ data: { validation: 0 } }).training.checkpoint).toBe("last");
    expect(resolveConfiguration({ data: { trainImages: 1200 } }).data.validation).toBe(100);
  });

  test("IGR and GS of structured prediction are relaxations of bits", () => {
    const model = { kind: "structured-prediction" };
    expect(resolveConfiguration({ model, latent: { kind: "gs", temperature: 0.25 } }).latent).toEqual({
      kind: "binary-concrete",
      temperature: 0.25,
    });
    expect(resolveConfiguration({ model, latent: { kind: "igr" } }).latent).toEqual({
      kind: "binary-igr",
      temperature: 0.5,
      scale: 1,
    });
  });
});

test("bits that are not relaxed have an estimator and no temperature, with the authors' preset too", () => {
  const model = { kind: "structured-prediction" };
  const latent = { kind: "binary", estimator: { kind: "reinmax", temperature: 1.1 } };
  expect(resolveConfiguration({ model, latent: { kind: "categorical" } }).latent).toEqual(latent);
  expect(resolveConfiguration({ preset: "authors", model, latent: { kind: "binary" } }).latent).toEqual(latent);
  expect(runTitle(resolveConfiguration({ model, latent: { kind: "binary", estimator: { kind: "disarm" } } }))).toBe(
    "SOP DisARM",
  );
});

describe("presets", () => {
  test("the authors' settings are those of @igr/models, and the user's options override them", () => {
    const { encoderHidden, igrPrior } = discreteVaeAuthors();
    expect(resolveConfiguration({ preset: "authors" })).toMatchObject({
      model: { networks: { encoderHidden } },
      latent: { kind: "igr", decoderReceives: "log softmax", prior: { kind: "numbers", ...(igrPrior as object) } },
      data: { binarize: "threshold" },
      epochs: 100,
    });
    expect(resolveConfiguration({ preset: "authors", epochs: 2, latent: { kind: "gs" } })).toMatchObject({
      latent: { kind: "gs", decoderReceives: "log z" },
      epochs: 2,
    });
    expect(resolveConfiguration({ preset: "authors", latent: { prior: { kind: "fitted" } } }).latent).toMatchObject({
      prior: { kind: "fitted", objective: "mean", start: { loc: 0, scale: 1 }, scale: "free" },
    });
  });

  test("the authors' structured prediction draws Gumbel noise for GS", () => {
    const { units, learningRate } = structuredPredictionAuthors();
    const given = { preset: "authors", model: { kind: "structured-prediction" } };
    expect(resolveConfiguration({ ...given, latent: { kind: "gs" } })).toMatchObject({
      model: { units, variant: "linear", support: "bits", testSamples: 1 },
      latent: { kind: "binary-gumbel", temperature: 0.67 },
      training: { learningRate },
    });
    expect(resolveConfiguration({ ...given, latent: { kind: "igr" } }).latent).toMatchObject({ scale: "learned" });
  });

  test("as printed, the capacities of joint VAEs are swapped", () => {
    const given = { model: { kind: "joint-vae" }, data: { name: "fashion-mnist" } };
    const { capacities } = jointVaeFashionMnist();
    expect(resolveConfiguration(given).model).toMatchObject({ capacities });
    expect(resolveConfiguration({ ...given, preset: "paper-as-printed" }).model).toMatchObject({
      capacities: { continuous: capacities.discrete, discrete: capacities.continuous },
    });
  });
});

test.each([
  [{ latent: { kind: "gs", delta: 1 } }, "latent.delta is not used: latent of the kind gs has kind, variables"],
  [{ latent: { transform: "interpolation", delta: 1 } }, "latent.delta is not used: interpolation"],
  [{ latent: { transform: "interpolation", temperature: 2 } }, "latent.temperature must be <= 1"],
  [{ model: { gamma: 3 } }, "model.gamma is not used: model of the kind discrete-vae has kind, networks"],
  [{ data: { dir: "x" } }, "data.dir is not used: data of the kind mnist has name"],
  [{ temperature: 1 }, "temperature is not used: a configuration has model, latent"],
  [{ latent: { temperature: -1 } }, "latent.temperature must be > 0, got -1"],
  [{ latent: { temperature: Number.NaN } }, "latent.temperature must be a number, got NaN"],
  [{ latent: { categories: 1.5 } }, "latent.categories must be an integer, got 1.5"],
  [{ latent: { kind: "Gumbel" } }, "latent.kind must be igr, gs, igr-sb"],
  [{ latent: { prior: { kind: "learned" } } }, 'latent.prior.kind must be fitted or numbers, got "learned"'],
  [{ latent: { kind: "binary-igr" } }, "latent.kind binary-igr is for structured-prediction"],
  [{ latent: { kind: "binary" } }, "latent.kind binary is for structured-prediction"],
  [
    { model: { kind: "structured-prediction", samples: 5 }, latent: { kind: "binary" } },
    "model.samples is not used: the estimator has its own, latent.estimator.samples",
  ],
  [{ model: { kind: "mixture" }, latent: { kind: "gs" } }, "latent.kind must be igr-sb for a mixture"],
  [{ model: { kind: "mixture" }, latent: { variables: 2 } }, "latent.variables must be 1 for a mixture"],
  [
    { latent: { kind: "categorical", temperature: 1 } },
    "latent.temperature is not used: latent of the kind categorical",
  ],
  [{ latent: { kind: "categorical", estimator: { kind: "rebar" } } }, "latent.estimator.temperature is missing"],
  [{ model: { kind: "joint-vae" }, latent: { kind: "categorical" } }, "latent.kind categorical is for discrete-vae"],
  [{ model: { hardFirst: { freeBits: 1 } }, latent: { kind: "categorical" } }, "model.hardFirst is not used"],
  [
    { training: { schedules: { hardWeight: 1 } }, latent: { kind: "categorical" } },
    "training.schedules.hardWeight is not used",
  ],
  [
    { training: { schedules: { hardWeight: 1 } }, latent: { kind: "igr-planar" } },
    "training.schedules.hardWeight needs latent.kind igr or gs, got igr-planar",
  ],
  [
    { training: { schedules: { hardWeight: 1 } }, model: { kind: "mixture" } },
    "training.schedules.hardWeight is for discrete-vae, got mixture",
  ],
  [{ likelihood: { grey: true }, data: { binarize: "static" } }, "likelihood.grey needs grey pixels"],
  [
    { model: { hardFirst: { hardWeight: 1 } }, latent: { kind: "gs", decoderReceives: "log z" } },
    "model.hardFirst.hardWeight needs latent.decoderReceives z",
  ],
  [{ training: { optimizer: "sgd" } }, 'training.optimizer must be adam or radam, got "sgd"'],
  [{ data: { binarize: false } }, "likelihood.kind bernoulli needs bits"],
  [{ data: { trainImages: 10, validation: 10 } }, "data.validation must be less than data.trainImages = 10, got 10"],
  [{ data: { validation: 0 }, training: { checkpoint: "best" } }, "training.checkpoint best needs validation images"],
  [{ training: { earlyStopping: {} } }, "training.earlyStopping.patience is missing"],
  [{ training: { clipGradients: {} } }, "training.clipGradients must hold value or globalNorm"],
  [
    { training: { schedules: { temperature: { kind: "linear", from: 1, to: 0.6, steps: 5 } } } },
    "training.schedules.temperature must end at latent.temperature = 0.5, got 0.6",
  ],
  [
    { training: { schedules: { temperature: { kind: "linear", from: -1, to: 0.5, steps: 5 } } } },
    'training.schedules.temperature must stay > 0, got {"kind":"linear","from":-1,"to":0.5,"steps":5}',
  ],
  [{ training: { schedules: { klWeight: -1 } } }, "training.schedules.klWeight must stay >= 0, got -1"],
  [{ training: { schedules: { hardWeight: 2 } } }, "training.schedules.hardWeight must stay in [0, 1], got 2"],
  [{ preset: "nobody" }, 'there is no preset "nobody"; presets are paper'],
  [{ version: 2 }, "the configuration has version 2, which a newer igr wrote"],
] as const)("%j is rejected with a sentence", (given, sentence) => {
  expect(() => resolveConfiguration(given)).toThrow(sentence);
});

test("a later layer of another kind replaces the options of the earlier one", () => {
  const merged = mergeLayers({ latent: { kind: "gs", priorTemperature: 1 } }, { latent: { kind: "igr" } });
  expect(merged).toEqual({ latent: { kind: "igr" } });
  expect(mergeLayers({ a: { b: 1, c: 2 } }, { a: { b: 3 } })).toEqual({ a: { b: 3, c: 2 } });
});

test("an assignment is parsed as YAML and set at its path", () => {
  expect(parseAssignment("latent.temperature=0.5")).toEqual({ latent: { temperature: 0.5 } });
  expect(parseAssignment("a.b=[512, 256]")).toEqual({ a: { b: [512, 256] } });
  expect(parseAssignment("a=softmax++")).toEqual({ a: "softmax++" });
  expect(parseAssignment("a=x=y")).toEqual({ a: "x=y" });
  expect(parseAssignments(["a.b=1", "a.c=2", "a.b=3"])).toEqual({ a: { b: 3, c: 2 } });
  for (const text of ["=1", "a", "a..b=1", "__proto__.x=1"]) expect(() => parseAssignment(text)).toThrow();
  const key = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((each) => !(each in Object.prototype));
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.double({ noNaN: true }), (keys, value) => {
      expect(valueAt(atPath(keys.join("."), value), keys.join("."))).toBe(value);
    }),
  );
});

test("titles are the paper's", () => {
  expect(runTitle(resolveConfiguration({}))).toBe("IGR(0.50)");
  const planar = resolveConfiguration({ latent: { kind: "igr-planar", depth: 5, temperature: 0.125 } });
  expect(latentTitle(planar.latent)).toBe("IGR-Planar5(0.125)");
});

test("the JSON Schema describes every option, and requires only kinds", () => {
  const text = JSON.stringify(configurationJsonSchema());
  for (const word of ["softmax++", "igr-sb", "paper-as-printed", "eq 21", "capacities"]) expect(text).toContain(word);
  expect(configurationJsonSchema()).not.toHaveProperty("required");
});
