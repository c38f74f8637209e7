import { boundsOf, finalValue, type Schedule } from "@igr/models";
import { InputError } from "../input-error.js";
import type { EstimatorConfiguration } from "./estimator-schema.js";
import { binaryLatents, categoricalLatents } from "./latent-schema.js";
import type { RunConfiguration } from "./schema.js";

/**
 * Checks that the parts of a configuration fit together. @throws InputError saying what does not fit, and what would.
 */
export function checkTogether(configuration: RunConfiguration): void {
  const { model, latent, likelihood, data, training } = configuration;
  const isBinary = (binaryLatents as readonly string[]).includes(latent.kind);
  if (model.kind === "structured-prediction") {
    demand(
      isBinary,
      `latent.kind ${latent.kind} is not of bits; structured-prediction needs ${binaryLatents.join(", ")}`,
    );
    demand(likelihood.kind === "bernoulli", "likelihood.kind must be bernoulli for structured-prediction");
    demand(data.binarize !== false, "data.binarize must not be false for structured-prediction, whose pixels are bits");
    demand(sideOf(data) === 28, `data.name must be of 28x28 images for structured-prediction, got ${data.name}`);
  } else {
    demand(
      !isBinary,
      `latent.kind ${latent.kind} is for structured-prediction; ${model.kind} needs ${categoricalLatents.join(", ")}`,
    );
  }
  if (model.kind === "mixture") {
    demand(
      latent.kind === "igr-sb",
      "latent.kind must be igr-sb for a mixture, which learns how many components it uses",
    );
    demand(latent.kind !== "igr-sb" || latent.variables === 1, "latent.variables must be 1 for a mixture");
  }
  if (likelihood.kind === "bernoulli") {
    const isGrey = likelihood.grey === true;
    demand(
      isGrey || data.binarize !== false,
      "likelihood.kind bernoulli needs bits: data.binarize dynamic, static or threshold",
    );
    demand(!isGrey || data.binarize === false, "likelihood.grey needs grey pixels: data.binarize false");
  }
  if ("networks" in model && model.networks.kind === "convolutional" && data.name === "folder") {
    demand(
      data.size === 32 || data.size === 64,
      `data.size must be 32 or 64 for convolutional networks, got ${data.size}`,
    );
  }
  checkSchedules(training.schedules);
  checkLatent(configuration);
  if (data.trainImages !== undefined) {
    demand(
      data.validation < data.trainImages,
      `data.validation must be less than data.trainImages = ${data.trainImages}, got ${data.validation}`,
    );
  }
  if (data.validation === 0) {
    demand(training.checkpoint === "last", "training.checkpoint best needs validation images: data.validation > 0");
    demand(training.earlyStopping === undefined, "training.earlyStopping needs validation images: data.validation > 0");
  }
  if (training.clipGradients) {
    const { value, globalNorm } = training.clipGradients;
    demand(value !== undefined || globalNorm !== undefined, "training.clipGradients must hold value or globalNorm");
  }
  if (training.schedules.klWeight !== undefined) {
    demand(
      model.kind === "discrete-vae" || model.kind === "mixture",
      `training.schedules.klWeight is not used: ${model.kind} has no such weight`,
    );
  }
}

const scheduleDomains: Readonly<
  Record<string, { readonly allowed: string; readonly contains: (value: number) => boolean }>
> = {
  temperature: { allowed: "> 0", contains: (value) => value > 0 },
  klWeight: { allowed: ">= 0", contains: (value) => value >= 0 },
  hardWeight: { allowed: "in [0, 1]", contains: (value) => value >= 0 && value <= 1 },
  learningRate: { allowed: ">= 0", contains: (value) => value >= 0 },
};

function checkSchedules(schedules: RunConfiguration["training"]["schedules"]): void {
  for (const [name, schedule] of Object.entries(schedules)) {
    const domain = scheduleDomains[name];
    if (schedule === undefined || domain === undefined) continue;
    demand(
      boundsOf(schedule as Schedule).every(domain.contains),
      `training.schedules.${name} must stay ${domain.allowed}, got ${JSON.stringify(schedule)}`,
    );
  }
}

function checkLatent({ model, latent, training }: RunConfiguration): void {
  const { temperature } = training.schedules;
  if (latent.kind === "binary") {
    demand(
      model.kind !== "structured-prediction" || model.samples === 1,
      `model.samples is not used: the estimator has its own, latent.estimator.samples`,
    );
    demand(
      temperature === undefined,
      "training.schedules.temperature is not used: latent.kind binary has no relaxation",
    );
    checkEstimator(latent.estimator);
    return;
  }
  if (latent.kind === "categorical" || latent.kind === "igr-categorical") {
    demand(model.kind === "discrete-vae", `latent.kind ${latent.kind} is for discrete-vae, got ${model.kind}`);
    demand(
      model.hardFirst === undefined,
      `model.hardFirst is not used: draws of latent.kind ${latent.kind} are already hard`,
    );
    demand(
      training.schedules.hardWeight === undefined,
      `training.schedules.hardWeight is not used: draws of latent.kind ${latent.kind} are already hard`,
    );
    demand(
      temperature === undefined || latent.kind === "igr-categorical",
      "training.schedules.temperature is not used: latent.kind categorical has no relaxation",
    );
    const { estimator } = latent;
    demand(
      estimator.kind !== "vimco" || training.schedules.klWeight === undefined,
      "training.schedules.klWeight is not used: the KL is part of VIMCO's bound",
    );
    checkEstimator(estimator);
    return;
  }
  const hardWeights = {
    "training.schedules.hardWeight": training.schedules.hardWeight !== undefined,
    "model.hardFirst.hardWeight": model.kind === "discrete-vae" && (model.hardFirst?.hardWeight ?? 0) > 0,
  };
  for (const [path, isGiven] of Object.entries(hardWeights)) {
    if (!isGiven) continue;
    demand(model.kind === "discrete-vae", `${path} is for discrete-vae, got ${model.kind}`);
    demand(!("decoderReceives" in latent) || latent.decoderReceives === "z", `${path} needs latent.decoderReceives z`);
    demand(latent.kind === "igr" || latent.kind === "gs", `${path} needs latent.kind igr or gs, got ${latent.kind}`);
  }
  if (temperature !== undefined) {
    const end = finalValue(temperature as Parameters<typeof finalValue>[0]);
    demand(
      end === latent.temperature,
      `training.schedules.temperature must end at latent.temperature = ${latent.temperature}, got ${end}`,
    );
  }
  if (latent.kind !== "igr") return;
  if (latent.transform !== "softmax++") {
    demand(latent.scheduledPrior === "follows", "latent.scheduledPrior fixed needs latent.transform softmax++");
    demand(
      latent.decoderReceives !== "log softmax",
      "latent.decoderReceives log softmax needs latent.transform softmax++",
    );
  }
  if (latent.transform === "interpolation") {
    demand(latent.delta === undefined, "latent.delta is not used: interpolation (eq 23) has no remainder");
    demand(
      latent.temperature <= 1,
      `latent.temperature must be <= 1 for interpolation (eq 23), got ${latent.temperature}`,
    );
  }
}

function checkEstimator(estimator: EstimatorConfiguration): void {
  if (estimator.kind === "carms") {
    demand(
      estimator.tree !== "balanced" || estimator.weighting === "nodes",
      "latent.estimator.weighting must be nodes for the tree balanced of carms, got categories",
    );
  }
  if (estimator.kind !== "reinmax") return;
  const { variant = "plain", samples = 1, conditionalDraws } = estimator;
  demand(
    variant !== "leave-one-out" || samples >= 2,
    `latent.estimator.samples must be >= 2 for reinmax's leave-one-out, got ${samples}`,
  );
  demand(
    conditionalDraws === undefined || variant === "rao",
    `latent.estimator.conditionalDraws is not used: reinmax's variant is ${variant}`,
  );
}

/** The original side of a data set's images. */
function sideOf(data: RunConfiguration["data"]): number {
  return data.name === "celeba" ? 64 : data.name === "folder" ? data.size : 28;
}

function demand(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new InputError(sentence);
}
