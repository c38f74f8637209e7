import { Affine, type Bijector, Chain, Exp, Invert, Sigmoid, Softplus } from "@igr/bijectors";
import { detached, signOf, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { zeroWhere } from "../base/boundary.js";

/**
 * 1 where an elementwise bijector increases, -1 where it decreases, in a shape that broadcasts against its input;
 * undefined if unknown.
 */
export function directionOf(bijector: Bijector): tf.Tensor | undefined {
  if (bijector instanceof Exp || bijector instanceof Sigmoid || bijector instanceof Softplus) return tf.scalar(1);
  if (bijector instanceof Affine) return detached(signOf, bijector.scale.tensor);
  if (bijector instanceof Invert) return directionOf(bijector.bijector);
  if (bijector instanceof Chain) {
    return bijector.bijectors.reduce<tf.Tensor | undefined>((product, map) => {
      const direction = directionOf(map);
      return product && direction && tf.mul(product, direction);
    }, tf.scalar(1));
  }
  return undefined;
}

/** The bijectors of a chain in the order of application; another bijector is a single step. */
export function stepsOf(bijector: Bijector): readonly Bijector[] {
  return bijector instanceof Chain ? bijector.bijectors.flatMap(stepsOf).reverse() : [bijector];
}

/** Values y of an elementwise bijector, split so that its inverse can be differentiated at all of them. */
export interface ImageSplit {
  /** y, or the image of 1/2 where y has no finite pre-image: every elementwise map is defined at 1/2. */
  readonly inside: tf.Tensor;
  /** 1 where y lies outside of the image, else 0; a constant. A NaN counts as inside. */
  readonly isOutside: tf.Tensor;
  /** 1 and -1 where the pre-image is Infinity and -Infinity, else 0; a constant. */
  readonly edge: tf.Tensor;
}

export function splitImage(bijector: Bijector, y: tf.Tensor): ImageSplit {
  const preImage = detached((image) => bijector.inverse(image), y);
  const isOutside = detached(
    (image, x) => {
      const isLost = tf.logicalAnd(tf.isNaN(x as tf.Tensor), tf.logicalNot(tf.isNaN(image as tf.Tensor)));
      return tf.cast(isLost, "float32");
    },
    y,
    preImage,
  );
  const edge = detached((x) => tf.where(tf.isInf(x), signOf(x), tf.zerosLike(x)), preImage);
  const center = detached((image) => bijector.forward(tf.fill(image.shape, 0.5)), y);
  return { inside: orConstant(tf.add(isOutside, tf.abs(edge)), y, center), isOutside, edge };
}

/** `x` where the mask is 0, and the constant, without a gradient, where it is 1. */
export function orConstant(mask: tf.Tensor, x: tf.Tensor, constant: tf.Tensor): tf.Tensor {
  const [isConstant, value, other] = toOneShape(mask, x, constant) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return tf.add(zeroWhere(isConstant, value), zeroWhere(tf.sub(1, isConstant), other));
}

/** `y`, clipped to the image of an elementwise bijector. A NaN stays NaN. */
export function intoImage(bijector: Bijector, y: tf.Tensor): tf.Tensor {
  const [atMinus, atPlus] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map((end) =>
    detached((like) => bijector.forward(tf.fill(like.shape, end)), y),
  ) as [tf.Tensor, tf.Tensor];
  // An end is NaN if the bijector is not defined there; then y is not clipped.
  const orElse = (x: tf.Tensor, otherwise: number) => tf.where(tf.isNaN(x), tf.fill(x.shape, otherwise), x);
  const low = detached(
    (a, b) => orElse(tf.minimum(a as tf.Tensor, b as tf.Tensor), Number.NEGATIVE_INFINITY),
    atMinus,
    atPlus,
  );
  const high = detached(
    (a, b) => orElse(tf.maximum(a as tf.Tensor, b as tf.Tensor), Number.POSITIVE_INFINITY),
    atMinus,
    atPlus,
  );
  return tf.minimum(tf.maximum(y, low), high);
}

// Distances at which the limit of a log-density at an infinite pre-image is read: its sign at the first, its value at
// the second.
const [far, near] = [1e18, 64];

/**
 * The limit, `[...]`, of `logDensity(x)` where a coordinate of x is infinite, as `edge`, `[..., ...event]`, says by its
 * sign: an infinity if it grows or falls without bound, else the value to which it settles. `inside` is 0 at those
 * coordinates. A constant.
 */
export function limitAtInfinity(
  logDensity: (x: tf.Tensor) => tf.Tensor,
  inside: tf.Tensor,
  edge: tf.Tensor,
): tf.Tensor {
  return detached(
    (x, sign) => {
      const at = (distance: number) => logDensity(tf.add(x as tf.Tensor, tf.mul(distance, sign as tf.Tensor)));
      const [first, second] = [at(far), at(2 * far)];
      const growth = tf.sub(second, first);
      const isLow = tf.logicalOr(tf.equal(second, Number.NEGATIVE_INFINITY), tf.less(growth, -1e-3 * far));
      const isHigh = tf.greater(growth, 1e-3 * far);
      const fill = (value: number) => tf.fill(second.shape, value);
      const settled = tf.where(isHigh, fill(Number.POSITIVE_INFINITY), at(near));
      return tf.where(isLow, fill(Number.NEGATIVE_INFINITY), settled);
    },
    inside,
    edge,
  );
}
