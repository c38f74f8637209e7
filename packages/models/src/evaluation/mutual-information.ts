/** The posterior of one continuous variable for each image, and one draw from it. */
export interface GaussianCodes {
  /** Means, one per image. */
  readonly loc: ArrayLike<number>;
  /** Standard deviations, > 0. */
  readonly scale: ArrayLike<number>;
  /** Draws. */
  readonly sample: ArrayLike<number>;
}

/** Entropy of the labels' shares, in nats. */
export function labelEntropy(labels: ArrayLike<number>): number {
  const shares = [...countsOf(labels).values()].map((count) => count / labels.length);
  return shares.reduce((sum, share) => sum - share * Math.log(share), 0);
}

/**
 * Mutual information of a categorical variable and the labels, in nats, from the probabilities of its categories at each image:
 * the mean over labels of KL(q(k | label) || q(k)).
 * @param probs One row of probabilities per image.
 * @throws RangeError unless there is one row for each label, all of one length.
 */
export function discreteInformation(probs: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  const categories = probs[0]?.length ?? 0;
  checkLengths("discreteInformation", { probs }, labels);
  const ragged = probs.findIndex((row) => row.length !== categories);
  if (ragged >= 0) {
    throw new RangeError(
      `discreteInformation: probs must have rows of one length, got ${categories} at 0 and ${probs[ragged]!.length} at ${ragged}`,
    );
  }
  const counts = countsOf(labels);
  const joint = new Map([...counts.keys()].map((label) => [label, new Float64Array(categories)]));
  const total = new Float64Array(categories);
  for (const [image, row] of probs.entries()) {
    const ofLabel = joint.get(labels[image]!)!;
    for (let k = 0; k < categories; k++) {
      ofLabel[k]! += row[k]! / labels.length;
      total[k]! += row[k]! / labels.length;
    }
  }
  let information = 0;
  for (const [label, ofLabel] of joint) {
    const share = counts.get(label)! / labels.length;
    for (let k = 0; k < categories; k++) {
      const p = ofLabel[k]!;
      if (p > 0) information += p * Math.log(p / (share * total[k]!));
    }
  }
  return information;
}

/**
 * Mutual information of a continuous variable and the labels, in nats: the mean over images of log q(z | label) - log q(z) at
 * the image's draw, with q(z) the mixture of the posteriors of all given images and q(z | label) that of those with its label
 * (Chen et al. 2018, with all images as the minibatch). O(images^2): a few thousand images are enough.
 * @throws RangeError unless means, scales and draws have as many numbers as there are labels.
 */
export function gaussianInformation({ loc, scale, sample }: GaussianCodes, labels: ArrayLike<number>): number {
  checkLengths("gaussianInformation", { loc, scale, sample }, labels);
  const images = labels.length;
  const counts = countsOf(labels);
  let information = 0;
  for (let i = 0; i < images; i++) {
    // Weights relative to the largest exponent, so that the sums neither overflow nor vanish.
    let largest = Number.NEGATIVE_INFINITY;
    const exponents = new Float64Array(images);
    for (let n = 0; n < images; n++) {
      const standardized = (sample[i]! - loc[n]!) / scale[n]!;
      const exponent = -0.5 * standardized * standardized - Math.log(scale[n]!);
      exponents[n] = exponent;
      // Both sums include the label's images, so the largest of their weights keeps both above 0.
      if (labels[n] === labels[i] && exponent > largest) largest = exponent;
    }
    let all = 0;
    let same = 0;
    for (let n = 0; n < images; n++) {
      const weight = Math.exp(exponents[n]! - largest);
      all += weight;
      if (labels[n] === labels[i]) same += weight;
    }
    information += Math.log(same / counts.get(labels[i]!)!) - Math.log(all / images);
  }
  return information / images;
}

/**
 * The mutual information gap of one factor, the label: the difference between the two most informative variables, as a
 * fraction of the label's entropy (Chen et al. 2018). It is 1 if one variable determines the label and the others are
 * independent of it.
 * @throws RangeError if there are fewer than two variables or labels.
 *
 * @example
 * ```ts
 * mutualInformationGap([0.3, 2, 0.5], Math.log(10)); // 0.651
 * ```
 */
export function mutualInformationGap(informations: readonly number[], entropy: number): number {
  if (informations.length < 2 || !(entropy > 0)) {
    throw new RangeError(
      `mutualInformationGap: there must be at least 2 variables and 2 labels, got ${informations.length} and entropy ${entropy}`,
    );
  }
  const [first, second] = [...informations].sort((a, b) => b - a);
  return (first! - second!) / entropy;
}

function checkLengths(owner: string, lists: Record<string, ArrayLike<unknown>>, labels: ArrayLike<number>): void {
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== labels.length || labels.length === 0) {
      throw new RangeError(
        `${owner}: ${name} and labels must be lists of one length >= 1, got ${list.length} and ${labels.length}`,
      );
    }
  }
}

function countsOf(labels: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  return counts;
}
