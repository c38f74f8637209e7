import { checkInteger, checkNumber, type Domain } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkDistribution } from "../base/check-distribution.js";
import type { Distribution } from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Rng } from "../random/rng.js";
import { distanceToVertex } from "./distance-to-vertex.js";

/** Options of {@link vertexProximity}. */
export interface VertexProximityOptions {
  /** Generator of the samples. */
  readonly rng: Rng;
  /** Number of samples of each distribution in the batch; 1,000 by default. */
  readonly samples?: number;
  /** The largest distance that counts as near; 0.2 by default, the paper's. */
  readonly within?: number;
}

/**
 * Share of samples whose Euclidean distance to the nearest vertex of the simplex is at most `within`: a measure of how
 * close a relaxation is to its discrete counterpart (Potapczynski, Loaiza-Ganem and Cunningham 2020, section 5, where
 * temperatures are comparable at 0.75 within 0.2). Shapes: `[...batch]`, standard error `sqrt(p (1 - p) / samples)`.
 *
 * @param distribution Any distribution whose events are points of a simplex, `[K]`.
 * @throws RangeError if the event is not a vector, or `samples` is not a whole number > 0, or `within` not a number >=
 * 0.
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
  checkDistances("vertexProximity", "within", [within]);
  return tf.tidy(() => {
    const distances = sampledDistances("vertexProximity", distribution, rng, samples);
    return tf.mean(tf.cast(tf.lessEqual(distances, within), "float32"), 0);
  });
}

/** Options of {@link vertexProximityCurve}. */
export interface VertexProximityCurveOptions {
  /** Generator of the samples. */
  readonly rng: Rng;
  /** Number of samples of each distribution in the batch; 1,000 by default. */
  readonly samples?: number;
  /** The distances, >= 0; by default 0, 0.02, ..., 1: with more than sqrt(1 - 1 / K) all shares are 1. */
  readonly distances?: readonly number[];
}

/** Shares of samples near a vertex, at each of some distances. The tensors belong to the caller. */
export interface VertexProximityCurve {
  /** The distances. */
  readonly distances: readonly number[];
  /** Share of samples within each distance, `[...batch, distances]`: the cdf of the distance to the nearest vertex. */
  readonly shares: tf.Tensor;
  /** Standard errors of the shares, `sqrt(p (1 - p) / samples)`. All use the same samples, so errors are correlated. */
  readonly standardErrors: tf.Tensor;
}

/**
 * {@link vertexProximity} as a function of the distance: the cdf of the distances whose density figures 1, 5 and 12 of
 * Potapczynski, Loaiza-Ganem and Cunningham (2020) show.
 *
 * @throws RangeError as {@link vertexProximity}, and if there are no distances.
 *
 * @example
 * ```ts
 * const relaxed = new Concrete({ temperature: 0.5, logits: tf.zeros([10]) });
 * const { shares } = vertexProximityCurve(relaxed, { rng: createRng(1), distances: [0.1, 0.2, 0.5] }); // [3]
 * ```
 */
export function vertexProximityCurve(
  distribution: Distribution,
  {
    rng,
    samples = 1000,
    distances = Array.from({ length: 51 }, (_, index) => index / 50),
  }: VertexProximityCurveOptions,
): VertexProximityCurve {
  checkDistances("vertexProximityCurve", "distances", distances);
  const [shares, standardErrors] = tf.tidy(() => {
    const sampled = tf.expandDims(sampledDistances("vertexProximityCurve", distribution, rng, samples), -1);
    const shares = tf.mean(tf.cast(tf.lessEqual(sampled, tf.tensor1d([...distances])), "float32"), 0);
    return [shares, tf.sqrt(tf.div(tf.mul(shares, tf.sub(1, shares)), samples))] as [tf.Tensor, tf.Tensor];
  });
  return { distances, shares, standardErrors };
}

/** Distances of fresh samples to the nearest vertex, `[samples, ...batch]`. */
export function sampledDistances(owner: string, distribution: Distribution, rng: Rng, samples: number): tf.Tensor {
  checkDistribution(owner, "distribution", distribution);
  if (distribution.eventShape.length !== 1) {
    throw new RangeError(
      `${owner}: the distribution's events must be vectors [K], got event shape [${distribution.eventShape.join(",")}]`,
    );
  }
  checkInteger(owner, "samples", samples, 1);
  return tf.tidy(() => {
    // An ExpConcrete draws log z, so all relaxations are sampled in logs.
    const points =
      distribution instanceof RelaxedDistribution
        ? tf.exp(distribution.sampleLog(rng, [samples]))
        : distribution.sample(rng, [samples]);
    return distanceToVertex(points);
  });
}

const distancesAllowed: Domain = { allowed: "a number >= 0", contains: (value) => value >= 0 };

function checkDistances(owner: string, name: string, distances: readonly number[]): void {
  if (distances.length === 0) throw new RangeError(`${owner}: ${name} must hold at least 1 number, got []`);
  for (const distance of distances) {
    checkNumber(owner, name === "within" ? name : `each of ${name}`, distance, distancesAllowed);
  }
}
