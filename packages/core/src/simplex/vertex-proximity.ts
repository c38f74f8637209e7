import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../base/distribution.js";
import type { Rng } from "../random/rng.js";
import { RelaxedDistribution } from "../relaxations/relaxed-distribution.js";
import { distanceToVertex } from "./distance-to-vertex.js";

/** What {@link vertexProximity} draws and counts. */
export interface VertexProximityOptions {
  /** Where the samples come from. */
  readonly rng: Rng;
  /** How many samples of each distribution in the batch; 1,000 if absent. */
  readonly samples?: number;
  /** The largest distance that counts as near; 0.2 if absent, the paper's. */
  readonly within?: number;
}

/**
 * Share of samples whose Euclidean distance to the nearest vertex of the simplex is at most `within`: how close a
 * relaxation is to its discrete counterpart (Potapczynski, Loaiza-Ganem and Cunningham 2020, section 5, where
 * temperatures are comparable at 0.75 within 0.2). Shapes: `[...batch]`, standard error `sqrt(p (1 - p) / samples)`.
 *
 * @param distribution Any distribution whose events are points of a simplex, `[K]`.
 * @throws RangeError if the event is no vector, or `samples` is not a whole number > 0, or `within` not a number >= 0.
 *
 * @example
 * ```ts
 * vertexProximity(new Concrete({ temperature: 0.15, logits: tf.zeros([10]) }), { rng: createRng(1) }); // about 0.75
 * ```
 */
export function vertexProximity(
  distribution: Distribution,
  { rng, samples = 1000, within = 0.2 }: VertexProximityOptions,
): tf.Tensor {
  if (distribution.eventShape.length !== 1) {
    throw new RangeError(
      `vertexProximity: the distribution's events must be vectors [K], got event shape [${distribution.eventShape.join(",")}]`,
    );
  }
  if (!Number.isInteger(samples) || samples < 1) {
    throw new RangeError(`vertexProximity: samples must be a whole number > 0, got ${samples}`);
  }
  if (!(within >= 0)) {
    throw new RangeError(`vertexProximity: within must be a number >= 0, got ${within}`);
  }
  return tf.tidy(() => {
    // An ExpConcrete draws log z: in logs all relaxations are alike.
    const points =
      distribution instanceof RelaxedDistribution
        ? tf.exp(distribution.sampleLog(rng, [samples]))
        : distribution.sample(rng, [samples]);
    const distances = distanceToVertex(points);
    return tf.mean(tf.cast(tf.lessEqual(distances, within), "float32"), 0);
  });
}
