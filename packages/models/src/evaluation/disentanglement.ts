import type { Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import type { JointVAE } from "../joint-vae/joint-vae.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Binarization } from "../training/image-source.js";
import { type CategoryAccuracy, categoryAccuracy } from "./category-accuracy.js";
import { JointCodes } from "./joint-codes.js";
import { type LabelledImageSource, visitLabelled } from "./labelled-images.js";
import { discreteInformation, gaussianInformation, labelEntropy, mutualInformationGap } from "./mutual-information.js";

/** Options of {@link disentanglement}. */
export interface DisentanglementOptions {
  /** Binarization and draws use forks of it; the stream itself does not advance. */
  readonly rng: Rng;
  /**
   * How many images to use, from the first; 2,000 by default. The time for the mutual information grows with their
   * square.
   */
  readonly images?: number;
  /** Draws of a categorical variable per image; their frequencies estimate its probabilities. 32 by default. */
  readonly draws?: number;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
}

/** What the latents of a {@link JointVAE} say about the labels, in nats unless another unit is named. */
export interface Disentanglement {
  /**
   * The first categorical variable as a classifier, by its most frequent category; absent if there is no categorical
   * variable.
   */
  readonly classifier?: CategoryAccuracy;
  /** Mutual information of each continuous variable and the label. */
  readonly continuous: readonly number[];
  /** Mutual information of each categorical variable and the label. */
  readonly discrete: readonly number[];
  /** The mutual information gap as a fraction of the label's entropy; absent for a single variable. */
  readonly gap?: number;
  /** Mean KL of each continuous variable from its prior. A variable with a KL near 0 is unused. */
  readonly continuousKl: readonly number[];
  /** Number of images used. */
  readonly images: number;
}

/**
 * Measures how the latents of a trained JointVAE relate to labels that were not used in training: the accuracy of the
 * first discrete variable as a classifier, the mutual information of each variable with the label, and the mutual
 * information gap. Continuous parts must be Gaussian.
 * @throws TypeError for a continuous part that is not Gaussian; RangeError for counts that are not integers >= 1.
 */
export async function disentanglement(
  model: JointVAE,
  source: LabelledImageSource,
  options: DisentanglementOptions,
): Promise<Disentanglement> {
  const owner = "disentanglement";
  checkNamedOptions(owner, options, OPTIONS);
  const { rng, images = 2000, draws = 32, binarize = model.isBinary ? "dynamic" : false } = options;
  checkRng(owner, rng, "fork");
  checkInteger(owner, "images", images, 1);
  checkInteger(owner, "draws", draws, 1);
  const codes = new JointCodes(model, rng.fork("draws"), draws);
  const batches = { batchSize: 200, shuffle: false, rng: rng.fork("binarization"), binarize, dropRemainder: false };
  const labels = await visitLabelled(source, { images, options: batches }, (x) => codes.add(x));
  return relatedTo(labels, codes);
}

const OPTIONS = { rng: "checked", images: "optional", draws: "optional", binarize: "optional" } as const;

/** The measures, from the codes of images and their labels. */
function relatedTo(labels: readonly number[], codes: JointCodes): Disentanglement {
  const continuous = codes.continuous.map((code) => gaussianInformation(code, labels));
  const discrete = codes.discrete.map((rows) => discreteInformation(rows, labels));
  const all = [...continuous, ...discrete];
  const entropy = labelEntropy(labels);
  const [first] = codes.discrete;
  return {
    ...(first ? { classifier: categoryAccuracy(first.map(largestIndex), labels) } : {}),
    continuous,
    discrete,
    ...(all.length > 1 && entropy > 0 ? { gap: mutualInformationGap(all, entropy) } : {}),
    continuousKl: codes.continuous.map(({ klSum }) => klSum / labels.length),
    images: labels.length,
  };
}

function largestIndex(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
