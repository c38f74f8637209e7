import { concatLast, detached, signOf, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { gaussLegendre } from "../special/gauss-legendre.js";

/** Distances of more scales than this count as this: their squares overflow in float32. */
export const farthest = 1e19;

/** Accuracy of a rule. */
export interface Precision {
  /** Number of standard deviations beyond which a normal density or cdf counts as 0 or 1. */
  readonly reach: number;
  /** Number of points of the rule. */
  readonly points: number;
}

/** Points and weights for an integral over t, one rule for each member of the batch. They are constants. */
export interface CornerRule {
  /** The mean of the narrowest normal that matters, `[..., 1]`: the integrand has its finest structure near it. */
  readonly center: tf.Tensor;
  /** t - center at each point, `[..., 1, points]`. The difference alone keeps all digits there. */
  readonly offsets: tf.Tensor;
  /** Weights, > 0, `[..., 1, points]`. */
  readonly weights: tf.Tensor;
}

/**
 * A quadrature rule on `[lower, Infinity)` for products of one normal density and normal cdfs with the given `loc` and
 * `scale`, `[..., D]`, over a common t; `lower` is `[..., 1]`.
 *
 * With scales from 0.01 to 100 no fixed rule resolves such a product, but it has one corner: below
 * `start = max(lower, max_j(loc_j - reach scale_j))` it is 0, and every factor that still changes above `start` has
 * `start` within its reach. So the intervals `loc_j +- reach scale_j` of the factors that matter have a common point e,
 * and each has its structure at a distance of at most `reach` of its own scales from e. Points whose spacing grows in
 * proportion to the distance from e resolve all of them at once: `t = e + h sinh(v)`, where h is of the size of the
 * smallest scale, with a Gauss-Legendre rule in v. The narrowest normal's mean lies within its own reach of e.
 */
export function cornerRule(
  loc: tf.Tensor,
  scale: tf.Tensor,
  lower: tf.Tensor,
  { reach, points }: Precision,
): CornerRule {
  const { nodes, weights: shares } = gaussLegendre(points);
  const packed = detached(
    (loc, scale, lower) => {
      const reached = tf.mul(reach, scale);
      const huge = tf.fill(scale.shape, 3e38);
      const meanWhere = (isChosen: tf.Tensor) => tf.max(tf.where(isChosen, loc, tf.neg(huge)), -1, true);
      // Distances from the mean of one normal keep the digits of its scale, which a point on the line may not have.
      const intervals = (pivot: tf.Tensor) => {
        const means = tf.sub(loc, pivot);
        const [from, to] = [tf.sub(means, reached), tf.add(means, reached)];
        return [means, to, tf.maximum(tf.sub(lower, pivot), tf.max(from, -1, true))] as const;
      };
      const lows = tf.sub(loc, reached);
      const [, ends, first] = intervals(meanWhere(tf.equal(lows, tf.max(lows, -1, true))));
      // At least one: the last to end may end below the threshold.
      const matters = tf.greaterEqual(ends, tf.minimum(first, tf.max(ends, -1, true)));
      const scales = tf.where(matters, scale, huge);
      const finest = tf.min(scales, -1, true);
      const pivot = meanWhere(tf.equal(scales, finest));
      const [means, to, start] = intervals(pivot);
      const corner = tf.maximum(start, tf.minimum(0, tf.min(tf.where(matters, to, huge), -1, true)));
      const end = tf.maximum(tf.max(to, -1, true), tf.add(start, finest));
      // The distance of the farthest factor from the corner, in its own scales: the spacing grows more slowly the
      // farther it is.
      const eccentricity = tf.div(tf.abs(tf.sub(means, corner)), scales);
      const most = tf.max(eccentricity, -1, true);
      const width = tf.mul(tf.maximum(2, tf.mul(0.8, most)), finest);
      const [low, high] = [arsinh(tf.div(tf.sub(start, corner), width)), arsinh(tf.div(tf.sub(end, corner), width))];
      // It is only as short by rounding, where all normals lie far below the threshold: weights of 0 have no logarithm.
      const length = tf.maximum(tf.sub(high, low), 1e-3);
      const v = tf.add(low, tf.mul(length, nodes));
      const [up, down] = [tf.exp(v), tf.exp(tf.neg(v))];
      const half = tf.mul(0.5, width);
      const offsets = tf.add(corner, tf.mul(half, tf.sub(up, down)));
      const weights = tf.mul(tf.mul(tf.mul(half, length), tf.add(up, down)), shares);
      return concatLast([pivot, offsets, weights]);
    },
    loc,
    scale,
    lower,
  );
  const center = sliceLast(packed, 0, 1);
  const [offsets, weights] = [sliceLast(packed, 1, points), sliceLast(packed, 1 + points, points)];
  return { center, offsets: tf.expandDims(offsets, -2), weights: tf.expandDims(weights, -2) };
}

function arsinh(x: tf.Tensor): tf.Tensor {
  const size = tf.minimum(tf.abs(x), farthest);
  return tf.mul(signOf(x), tf.log(tf.add(size, tf.sqrt(tf.add(1, tf.square(size))))));
}
