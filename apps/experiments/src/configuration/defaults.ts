import { jointVaeCelebA, jointVaeFashionMnist, jointVaeMnist } from "@igr/models";
import type { DatasetName } from "./data-schema.js";
import { defaultTemperature } from "./default-temperature.js";
import type { Kinds } from "./kinds.js";
import type { PartialConfiguration } from "./schema.js";

/** Default number of validation images, held out of the training set. */
const VALIDATION = 5000;

const jointPresets = {
  mnist: jointVaeMnist,
  omniglot: jointVaeMnist,
  "fashion-mnist": jointVaeFashionMnist,
  folder: jointVaeFashionMnist,
  celeba: jointVaeCelebA,
} satisfies Record<DatasetName, () => unknown>;

/**
 * The defaults that depend on the model, the relaxation and the images; all others are in the schema. `given` has the
 * user's options: a prior given by numbers has no start, and without validation images nothing is chosen by them.
 */
export function defaultsOf(kinds: Kinds, given: PartialConfiguration): PartialConfiguration {
  const { model, data } = kinds;
  const isJoint = model === "joint-vae";
  const isPrediction = model === "structured-prediction";
  const likelihood = likelihoodKind(given) ?? (isPrediction || isDrawing(data) ? "bernoulli" : "gaussian");
  const validation = numberAt(given, "data", "validation") ?? defaultValidation(given);
  const networks = { kind: isJoint || data === "celeba" ? "convolutional" : "dense" };
  return {
    model: {
      kind: model,
      ...(isPrediction ? {} : { networks }),
      ...(isJoint ? jointDefaults(data) : {}),
    },
    latent: latentDefaults(kinds, given),
    likelihood: { kind: likelihood },
    data: {
      name: data,
      binarize:
        likelihood === "gaussian" || likelihood === "continuous-bernoulli" || isGrey(given)
          ? false
          : isPrediction
            ? "threshold"
            : "dynamic",
      validation,
    },
    training: {
      learningRate: isJoint ? 5e-4 : 1e-3,
      // A joint VAE's bound falls while its capacities rise, so the best checkpoint by the bound would be one of the
      // first.
      checkpoint: isJoint || validation === 0 ? "last" : "best",
    },
  };
}

function latentDefaults({ model, latent, data }: Kinds, given: PartialConfiguration): PartialConfiguration {
  const { transform } = (given.latent ?? {}) as { transform?: unknown };
  const isBinary = latent.startsWith("binary");
  const isEstimated = latent.endsWith("categorical") || latent === "binary";
  const isSingle = model === "joint-vae" || model === "mixture";
  return {
    kind: latent,
    ...(latent === "igr" && transform !== "interpolation" ? { delta: 0.1 } : {}),
    ...(isEstimated ? { estimator: { kind: "reinmax" } } : {}),
    ...(latent === "categorical" || latent === "binary" ? {} : { temperature: defaultTemperature({ model, latent }) }),
    ...(isBinary ? {} : { variables: isSingle ? 1 : 30 }),
    ...(latent === "igr-sb" ? { maxCategories: model === "mixture" ? 20 : jointPresets[data]().maxCategories } : {}),
    // With a free scale, mean matching makes the scale of sticks so small that the KL of the first steps is thousands
    // of nats.
    ...(latent.startsWith("igr") && latent !== "igr-categorical"
      ? { prior: { kind: "fitted", scale: latent === "igr-sb" ? 1 : "free" } }
      : {}),
  };
}

function jointDefaults(data: DatasetName): PartialConfiguration {
  const { continuousVariables, gamma, capacities } = jointPresets[data]();
  return { continuousVariables, gamma, capacities };
}

/** Data sets of drawings, whose grey values represent ink. */
function isDrawing(data: DatasetName): boolean {
  return data === "mnist" || data === "omniglot";
}

function likelihoodKind(given: PartialConfiguration): string | undefined {
  const { likelihood } = given as { likelihood?: { kind?: unknown } };
  return typeof likelihood?.kind === "string" ? likelihood.kind : undefined;
}

function isGrey(given: PartialConfiguration): boolean {
  return (given as { likelihood?: { grey?: unknown } }).likelihood?.grey === true;
}

/** A twelfth of the images if there are few. */
function defaultValidation(given: PartialConfiguration): number {
  const trainImages = numberAt(given, "data", "trainImages");
  return trainImages === undefined ? VALIDATION : Math.min(VALIDATION, Math.floor(trainImages / 12));
}

function numberAt(given: PartialConfiguration, ...keys: readonly [string, string]): number | undefined {
  const value = (given[keys[0]] as Record<string, unknown> | undefined)?.[keys[1]];
  return typeof value === "number" ? value : undefined;
}
