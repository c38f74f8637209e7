import { InvalidArgumentError } from "commander";

export const datasetNames = ["mnist", "fashion-mnist", "celeba"] as const;
export const modelNames = ["discrete-vae", "joint-vae", "structured-prediction", "mixture"] as const;
export const relaxationNames = ["igr", "gs", "igr-sb", "igr-planar"] as const;
export const architectureNames = ["dense", "convolutional"] as const;
export const engineNames = ["auto", "jit", "wasm", "cpu", "tfjs-node", "tfjs-node-gpu"] as const;
export const binarizations = ["dynamic", "static", "threshold"] as const;
export const likelihoodNames = ["bernoulli", "gaussian", "paper-gaussian"] as const;

export type DatasetName = (typeof datasetNames)[number];
export type ModelName = (typeof modelNames)[number];
export type ArchitectureName = (typeof architectureNames)[number];
export type RelaxationName = (typeof relaxationNames)[number];
export type EngineName = (typeof engineNames)[number];
export type LikelihoodName = (typeof likelihoodNames)[number];

/** Everything that decides a run's numbers; config.json of a run directory holds it, complete. */
export interface RunConfiguration {
  readonly dataset: DatasetName;
  /** Folder of the user's files, for celeba. */
  readonly dataDir?: string;
  /** Absent in runs from before there were others than the discrete VAE. */
  readonly model?: ModelName;
  /** Absent: dense. */
  readonly architecture?: ArchitectureName;
  readonly relaxation: RelaxationName;
  /** Temperature of the posterior and of the prior. */
  readonly temperature: number;
  /** The constant in softmax++'s normalizer (eq 21); the Gumbel-Softmax has none. */
  readonly delta: number;
  /** Number of categorical latent variables. */
  readonly variables: number;
  /** Categories of each variable. */
  readonly categories: number;
  /** Planar flows of each variable, for igr-planar. */
  readonly flows?: number;
  /** Most categories of a variable, for igr-sb; most components of a mixture. */
  readonly maxCategories?: number;
  /** Training steps over which the capacities of a joint VAE rise. */
  readonly capacitySteps?: number;
  readonly likelihood: LikelihoodName;
  readonly binarize: (typeof binarizations)[number] | false;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly engine: EngineName;
  /** Only the first so many training images; undefined means all. */
  readonly trainImages?: number;
  /** Only the first so many test images; undefined means all. */
  readonly testImages?: number;
}

/** The temperatures that the paper selected by cross-validation (table 1, top); sticks are numbers below 1 and need a lower one. */
export const selectedTemperatures: Readonly<Record<RelaxationName, number>> = {
  igr: 0.5,
  gs: 0.67,
  "igr-sb": 0.1,
  "igr-planar": 0.5,
};

/** The temperatures of the paper's joint models (table 2). */
const jointTemperatures: Readonly<Record<RelaxationName, number>> = {
  igr: 0.1,
  gs: 0.25,
  "igr-sb": 0.1,
  "igr-planar": 0.1,
};

/** The temperature where none is given. */
export function defaultTemperature(model: ModelName, relaxation: RelaxationName): number {
  return (model === "joint-vae" ? jointTemperatures : selectedTemperatures)[relaxation];
}

const relaxationTitles: Readonly<Record<RelaxationName, string>> = {
  igr: "IGR",
  gs: "GS",
  "igr-sb": "IGR-SB",
  "igr-planar": "IGR-Planar",
};

const modelTitles: Readonly<Record<ModelName, string>> = {
  "discrete-vae": "",
  "joint-vae": "JointVAE ",
  "structured-prediction": "StructuredPrediction ",
  mixture: "Mixture ",
};

/** As the paper writes a model: IGR(0.50), GS(0.67), JointVAE IGR-SB(0.10), IGR-Planar2(0.50). */
export function runTitle(
  configuration: Pick<RunConfiguration, "model" | "relaxation" | "temperature" | "flows">,
): string {
  const { model = "discrete-vae", relaxation, temperature, flows } = configuration;
  const decimals = Math.max(2, `${temperature}`.split(".")[1]?.length ?? 0);
  const depth = relaxation === "igr-planar" ? `${flows ?? ""}` : "";
  return `${modelTitles[model]}${relaxationTitles[relaxation]}${depth}(${temperature.toFixed(decimals)})`;
}

/** Parser of a command line number, for commander: `--epochs 3`. */
export function numberOption(owner: string, { integer = false, minimum = 0, inclusive = false } = {}) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    const isLarge = inclusive ? value >= minimum : value > minimum;
    if (!Number.isFinite(value) || !isLarge || (integer && !Number.isSafeInteger(value))) {
      const kind = integer ? "an integer" : "a number";
      throw new InvalidArgumentError(`${owner} must be ${kind} ${inclusive ? ">=" : ">"} ${minimum}, got "${text}".`);
    }
    return value;
  };
}
