import type { Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { JointVAE } from "../joint-vae.js";
import type { Binarization } from "../training/image-source.js";
import { type CategoryAccuracy, categoryAccuracy } from "./category-accuracy.js";
import { type LabelledImageSource, visitLabelled } from "./labelled-images.js";
import { discreteInformation, gaussianInformation, labelEntropy, mutualInformationGap } from "./mutual-information.js";

/** Options of {@link disentanglement}. */
export interface DisentanglementOptions {
  /** Binarization and draws come from forks of it; the stream itself does not move. */
  readonly rng: Rng;
  /** The first so many images, 2,000 by default: the mutual information takes time by their square. */
  readonly images?: number;
  /** Draws of a categorical variable per image, whose frequencies stand for its probabilities; 32 by default. */
  readonly draws?: number;
  /** By default 'dynamic' for a likelihood on binary pixels, else none. */
  readonly binarize?: Binarization;
}

/** What the latents of a {@link JointVAE} say about the labels, in nats where no other unit is named. */
export interface Disentanglement {
  /** The first categorical variable as a classifier, by its most frequent category; absent without one. */
  readonly classifier?: CategoryAccuracy;
  /** Mutual information of each continuous variable and the label. */
  readonly continuous: readonly number[];
  /** Mutual information of each categorical variable and the label. */
  readonly discrete: readonly number[];
  /** The mutual information gap, a share of the label's entropy; absent for a single variable. */
  readonly gap?: number;
  /** Mean KL of each continuous variable from its prior: one near 0 is not used. */
  readonly continuousKl: readonly number[];
  /** How many there were. */
  readonly images: number;
}

/**
 * Measures how a trained JointVAE's latents relate to labels that it never saw: the accuracy of the discrete one as a classifier,
 * each variable's mutual information with the label, and their gap. Needs Gaussian continuous parts.
 * @throws TypeError for another continuous part; RangeError for counts that are not integers >= 1.
 */
export async function disentanglement(
  model: JointVAE,
  source: LabelledImageSource,
  { rng, images = 2000, draws = 32, binarize = model.isBinary ? "dynamic" : false }: DisentanglementOptions,
): Promise<Disentanglement> {
  checkRng("disentanglement", rng, "fork");
  checkInteger("disentanglement", "images", images, 1);
  checkInteger("disentanglement", "draws", draws, 1);
  const continuousSizes = model.continuous.map(({ variables }) => variables);
  const continuousCount = continuousSizes.reduce((sum, size) => sum + size, 0);
  const codes = Array.from({ length: continuousCount }, () => ({
    loc: [] as number[],
    scale: [] as number[],
    sample: [] as number[],
    kl: 0,
  }));
  const probs = model.discrete.flatMap((part) => Array.from({ length: part.variables }, () => [] as Float32Array[]));
  const noise = rng.fork("draws");

  const labels = await visitLabelled(
    source,
    {
      images,
      options: { batchSize: 200, shuffle: false, rng: rng.fork("binarization"), binarize, dropRemainder: false },
    },
    async (x) => {
      const batch = x.shape[0]!;
      const tensors = tf.tidy(() => {
        const { continuous, discrete } = model.encode(x);
        const gaussian = model.continuous.flatMap((part, i) => {
          const { loc, scale } = continuous[i]!;
          if (!loc || !scale) {
            throw new TypeError(`disentanglement: a continuous part must be Gaussian, got ${part.constructor.name}`);
          }
          const sample = part.sample(continuous[i]!, noise);
          return [loc, scale, sample.z, part.kl(continuous[i]!, sample)].map((t) =>
            tf.reshape(t, [batch, part.variables]),
          );
        });
        const frequencies = model.discrete.map((part, i) => {
          const { z } = part.sample(discrete[i]!, noise, [draws]);
          return tf.mean(tf.cast(tf.oneHot(tf.argMax(z, 3), part.categories), "float32"), 0);
        });
        return [...gaussian, ...frequencies];
      });
      const values = await Promise.all(tensors.map((tensor) => tensor.data()));
      tf.dispose(tensors);
      let variable = 0;
      for (const [part, size] of continuousSizes.entries()) {
        const [loc, scale, sample, kl] = values.slice(4 * part, 4 * part + 4) as Float32Array[];
        for (let d = 0; d < size; d++, variable++) {
          const code = codes[variable]!;
          for (let i = 0; i < batch; i++) {
            code.loc.push(loc![i * size + d]!);
            code.scale.push(scale![i * size + d]!);
            code.sample.push(sample![i * size + d]!);
            code.kl += kl![i * size + d]!;
          }
        }
      }
      let discrete = 0;
      for (const [part, { variables, categories }] of model.discrete.entries()) {
        const rows = values[4 * continuousSizes.length + part] as Float32Array;
        for (let n = 0; n < variables; n++, discrete++) {
          for (let i = 0; i < batch; i++) {
            const from = (i * variables + n) * categories;
            probs[discrete]!.push(rows.slice(from, from + categories));
          }
        }
      }
    },
  );

  const continuous = codes.map((code) => gaussianInformation(code, labels));
  const discrete = probs.map((rows) => discreteInformation(rows, labels));
  const all = [...continuous, ...discrete];
  const entropy = labelEntropy(labels);
  return {
    ...(probs.length > 0 ? { classifier: categoryAccuracy(probs[0]!.map(largestIndex), labels) } : {}),
    continuous,
    discrete,
    ...(all.length > 1 && entropy > 0 ? { gap: mutualInformationGap(all, entropy) } : {}),
    continuousKl: codes.map(({ kl }) => kl / labels.length),
    images: labels.length,
  };
}

function largestIndex(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
