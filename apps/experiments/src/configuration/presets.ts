import {
  discreteVaeAuthors,
  discreteVaePaper,
  jointVaeCelebA,
  jointVaeFashionMnist,
  jointVaeMnist,
  structuredPredictionAuthors,
  structuredPredictionMnist,
} from "@igr/models";
import { InputError } from "../input-error.js";
import { type Kinds, listed } from "./kinds.js";
import type { PartialConfiguration } from "./schema.js";

/** Named settings, which override the defaults and are overridden by the user's options. */
export interface Preset {
  readonly description: string;
  /** The settings for a model; settings that it does not use are omitted. */
  readonly settings: (kinds: Kinds) => PartialConfiguration;
}

/** The Gaussian of the authors' programs, which agrees with the paper's numbers: at most 190 nats per image. */
export const paperGaussian = {
  kind: "gaussian",
  scale: "per-pixel",
  floor: 1e-6,
  mean: "sigmoid",
  activation: "elu",
} as const;

const jointPresets = {
  mnist: jointVaeMnist,
  "fashion-mnist": jointVaeFashionMnist,
  celeba: jointVaeCelebA,
  omniglot: jointVaeMnist,
  folder: jointVaeFashionMnist,
} as const;

function gaussianOf({ data }: Kinds): PartialConfiguration {
  return data === "mnist" || data === "omniglot" ? {} : { likelihood: paperGaussian };
}

/** The paper as printed and corrected: appendix D, Dupont's capacities. */
function paper(kinds: Kinds): PartialConfiguration {
  if (kinds.model === "structured-prediction") {
    const { epochs, batchSize, learningRate } = structuredPredictionMnist();
    return { epochs, training: { batchSize, learningRate } };
  }
  if (kinds.model === "mixture") return {};
  if (kinds.model === "joint-vae") {
    const { epochs, batchSize, learningRate } = jointPresets[kinds.data]();
    return { epochs, training: { batchSize, learningRate }, ...gaussianOf(kinds) };
  }
  const { epochs, batchSize, learningRate } = discreteVaePaper();
  return { epochs, training: { batchSize, learningRate }, ...gaussianOf(kinds) };
}

function asPrinted(kinds: Kinds): PartialConfiguration {
  if (kinds.model !== "joint-vae") return paper(kinds);
  const { capacities } = kinds.data === "mnist" ? jointVaeMnist() : jointPresets[kinds.data]({ asPrinted: true });
  return { ...paper(kinds), model: { kind: "joint-vae", capacities } };
}

/** The settings of the paper authors' programs for its tables. */
function authors(kinds: Kinds): PartialConfiguration {
  const base = paper(kinds);
  if (kinds.model === "joint-vae") return { ...base, model: { kind: "joint-vae", per: "example" } };
  if (kinds.model === "structured-prediction") return authorsPrediction(kinds);
  if (kinds.model === "mixture") return {};
  const { encoderHidden, igrPrior, decoderReceives, binarize } = discreteVaeAuthors();
  const isBinary = kinds.data === "mnist" || kinds.data === "omniglot";
  const latent = {
    igr: { kind: "igr", decoderReceives: decoderReceives.igr, prior: numbers(igrPrior) },
    gs: { kind: "gs", decoderReceives: decoderReceives.gumbelSoftmax },
    "igr-planar": { kind: "igr-planar", prior: numbers(igrPrior) },
  }[kinds.latent as string];
  return {
    ...base,
    ...(kinds.data === "celeba" ? {} : { model: { kind: "discrete-vae", networks: { kind: "dense", encoderHidden } } }),
    ...(latent === undefined ? {} : { latent }),
    ...(isBinary ? { data: { binarize } } : {}),
  };
}

function authorsPrediction({ latent }: Kinds): PartialConfiguration {
  const { units, variant, support, epochs, batchSize, learningRate, samples, testSamples, igrScale, binarize } =
    structuredPredictionAuthors();
  return {
    model: { kind: "structured-prediction", units, variant, support, samples, testSamples },
    latent: latent === "binary-igr" ? { kind: "binary-igr", scale: igrScale } : { kind: "binary-gumbel" },
    data: { binarize },
    training: { batchSize, learningRate },
    epochs,
  };
}

function numbers(prior: ReturnType<typeof discreteVaeAuthors>["igrPrior"]): PartialConfiguration {
  return prior === "fitted" ? { kind: "fitted" } : { kind: "numbers", ...prior };
}

export const presets: Readonly<Record<string, Preset>> = {
  paper: { description: "the paper's settings (appendix D), with Dupont's capacities for joint VAEs", settings: paper },
  "paper-as-printed": { description: "the same with the capacities as the paper prints them", settings: asPrinted },
  authors: {
    description:
      "the paper authors' programs: the decoder receives logarithms, pixels are cut at 1/2, one additional layer, no fitted prior; linear structured prediction",
    settings: authors,
  },
};

/** @throws InputError for an unknown name. */
export function presetNamed(name: string): Preset {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (!preset) {
    throw new InputError(`there is no preset ${JSON.stringify(name)}; presets are ${listed(Object.keys(presets))}`);
  }
  return preset;
}
