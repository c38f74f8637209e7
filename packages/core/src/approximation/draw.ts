import * as tf from "@tensorflow/tfjs-core";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Rng } from "../random/rng.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";

/** Samples of a relaxation, some of which may need more categories than it has. */
export interface Draw {
  /** Points of the simplex, `[samples, K]`. */
  readonly z: tf.Tensor;
  /** Number of samples that need more coordinates, a scalar. */
  readonly passing: tf.Tensor;
  /** The average number of kept coordinates, a scalar; K if nothing is cut. */
  readonly averageK: tf.Tensor;
}

export function draw(relaxed: RelaxedDistribution, rng: Rng, samples: number): Draw {
  if (relaxed instanceof InfiniteIGR) {
    const { value, passesCap, averageK } = relaxed.sampleWithPreImage(rng, [samples]);
    return { z: value, passing: tf.sum(passesCap), averageK };
  }
  return { z: relaxed.sample(rng, [samples]), passing: tf.scalar(0), averageK: tf.scalar(categoriesOf(relaxed)) };
}

/** Drops the remainder of an {@link InfiniteIGR}, which is not a category. */
export function categoriesOf(relaxed: RelaxedDistribution): number {
  return relaxed instanceof InfiniteIGR ? relaxed.cap : (relaxed.eventShape[0] as number);
}
