import { InvalidArgumentError } from "commander";

export const datasetNames = ["mnist", "fashion-mnist"] as const;
export const relaxationNames = ["igr", "gs"] as const;
export const engineNames = ["auto", "jit", "wasm", "cpu", "tfjs-node", "tfjs-node-gpu"] as const;
export const binarizations = ["dynamic", "static", "threshold"] as const;
export const likelihoodNames = ["bernoulli", "gaussian"] as const;

export type DatasetName = (typeof datasetNames)[number];
export type RelaxationName = (typeof relaxationNames)[number];
export type EngineName = (typeof engineNames)[number];
export type LikelihoodName = (typeof likelihoodNames)[number];

/** Everything that decides a run's numbers; config.json of a run directory holds it, complete. */
export interface RunConfiguration {
  readonly dataset: DatasetName;
  readonly relaxation: RelaxationName;
  /** Temperature of the posterior and of the prior. */
  readonly temperature: number;
  /** The constant in softmax++'s normalizer (eq 21); the Gumbel-Softmax has none. */
  readonly delta: number;
  /** Number of categorical latent variables. */
  readonly variables: number;
  /** Categories of each variable. */
  readonly categories: number;
  readonly likelihood: LikelihoodName;
  readonly binarize: (typeof binarizations)[number] | false;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly engine: EngineName;
  /** Only the first so many training images; undefined means all. */
  readonly trainImages?: number;
}

/** The temperatures that the paper selected by cross-validation (table 1, top). */
export const selectedTemperatures: Readonly<Record<RelaxationName, number>> = { igr: 0.5, gs: 0.67 };

/** As the paper writes a model: IGR(0.50), GS(0.67). */
export function runTitle({ relaxation, temperature }: Pick<RunConfiguration, "relaxation" | "temperature">): string {
  const decimals = Math.max(2, `${temperature}`.split(".")[1]?.length ?? 0);
  return `${relaxation.toUpperCase()}(${temperature.toFixed(decimals)})`;
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
