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
import { paperGaussian } from "./paper-gaussian.js";
import type { PresetName } from "./preset-descriptions.js";
import type { PartialConfiguration } from "./schema.js";

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
  const relaxed = latent === "binary-igr" ? { kind: "binary-igr", scale: igrScale } : { kind: "binary-gumbel" };
  return {
    model: { kind: "structured-prediction", units, variant, support, samples, testSamples },
    latent: latent === "binary" ? { kind: "binary" } : relaxed,
    data: { binarize },
    training: { batchSize, learningRate },
    epochs,
  };
}

function numbers(prior: ReturnType<typeof discreteVaeAuthors>["igrPrior"]): PartialConfiguration {
  return prior === "fitted" ? { kind: "fitted" } : { kind: "numbers", ...prior };
}

/** Named settings, which override the defaults and are overridden by the user's options, for what is trained. */
type Preset = (kinds: Kinds) => PartialConfiguration;

const presets: Readonly<Record<PresetName, Preset>> = { paper, "paper-as-printed": asPrinted, authors };

/** @throws InputError for an unknown name. */
export function presetNamed(name: string): Preset {
  if (!Object.hasOwn(presets, name)) {
    throw new InputError(`there is no preset ${JSON.stringify(name)}; presets are ${listed(Object.keys(presets))}`);
  }
  return presets[name as PresetName];
}
