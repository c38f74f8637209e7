/** A measured value of a trained model. */
export interface Measure {
  readonly value: number;
  /** Standard error over images, if known. */
  readonly standardError?: number;
  /** `nats` per image, a `share`, or a plain `count`. */
  readonly unit: "nats" | "share" | "count";
  /** Number of images. */
  readonly images?: number;
  /** Samples per image, if there are several. */
  readonly samples?: number;
  /** Means over consecutive images, for paired comparisons; absent where they are not kept. */
  readonly blocks?: readonly number[];
}

/** The measures, with headings for tables. */
export const measureTitles = {
  elbo: "test ELBO",
  reconstruction: "reconstruction",
  kl: "KL",
  "train-elbo": "training ELBO",
  "hard-elbo": "hard ELBO",
  "hard-kl": "hard KL",
  iwae: "IWAE-1000",
  "vertex-share": "near a vertex",
  "vertex-share-untrained": "near a vertex before training",
  objective: "eq 15",
  accuracy: "accuracy",
  "used-categories": "categories used",
  "kept-categories": "categories kept",
  perplexity: "perplexity",
  "dead-categories": "dead categories",
  "information-gap": "information gap",
  "active-continuous": "active continuous variables",
  nll: "test NLL",
  "nll-hard": "hard NLL",
} as const;

export type MeasureName = keyof typeof measureTitles;

/** A description of each measure. */
const measureDescriptions: Readonly<Record<MeasureName, string>> = {
  elbo: "evidence lower bound on the test images, one draw each",
  reconstruction: "log p(x | z) of it, summed over pixels",
  kl: "KL divergence of posterior and prior of it, summed over variables",
  "train-elbo": "the same bound on the first 10,000 training images",
  "hard-elbo": "bound on the discrete model, whose decoder sees one-hot vectors: comparable between all relaxations",
  "hard-kl": "KL of the probabilities of argmax z from uniform ones",
  iwae: "importance-weighted bound on log p(x) of the first test images",
  "vertex-share": "posterior draws within 0.2 of a vertex of the simplex, after training",
  "vertex-share-untrained": "posterior draws within 0.2 of a vertex of the simplex, before training",
  objective: "eq 15 at the last capacities, on the test images",
  accuracy: "accuracy of the discrete latent after the best one-to-one matching with the labels",
  "used-categories": "categories that are the most likely one of some image",
  "kept-categories": "categories that a draw keeps, on average",
  perplexity: "exp of the entropy of the mean posterior, the mean over variables: how many categories are used",
  "dead-categories":
    "categories with less than a tenth of an equal share of the mean posterior, the mean over variables",
  "information-gap": "mutual information gap",
  "active-continuous": "continuous variables with a KL above 0.01",
  nll: "negative log-likelihood of the lower half, relaxed bits",
  "nll-hard": "negative log-likelihood of the lower half, hard bits",
};

/** A measure in words, with its numbers of images and samples. */
export function describeMeasure(name: MeasureName, { images, samples }: Partial<Measure>): string {
  const counts = [
    ...(images === undefined ? [] : [`${images.toLocaleString("en-US")} images`]),
    ...(samples === undefined ? [] : [`${samples.toLocaleString("en-US")} samples each`]),
  ];
  return `${measureDescriptions[name]}${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`;
}

/** `-104.13 ± 0.42`, `91.2 %`, `8`: the number alone, without its unit. */
export function formatMeasure({ value, standardError, unit }: Measure, decimals = 2): string {
  if (unit === "share") return `${(100 * value).toFixed(1)} %`;
  if (unit === "count") return Number.isInteger(value) ? `${value}` : value.toFixed(1);
  return `${value.toFixed(decimals)}${standardError === undefined ? "" : ` ± ${standardError.toFixed(decimals)}`}`;
}
