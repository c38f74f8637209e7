import type { Bijector } from "@igr/bijectors";
import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { zeroWhere } from "../base/boundary.js";
import { intoImage, orConstant, splitImage } from "./elementwise-map.js";

/** The tails of x from which a tail of its image is made. */
interface Tails {
  /** The tail for an increasing map. */
  readonly whereRising: (x: tf.Tensor) => tf.Tensor;
  /** The tail for a decreasing map. */
  readonly whereFalling: (x: tf.Tensor) => tf.Tensor;
}

/** A tail of y = bijector(x) from a tail of x, for an elementwise bijector with this direction, as `directionOf` gives it. */
export function tailOfImage(
  bijector: Bijector,
  direction: tf.Tensor,
  y: tf.Tensor,
  { whereRising, whereFalling }: Tails,
): tf.Tensor {
  const tail = (image: tf.Tensor) => {
    const x = bijector.inverse(image);
    const [rising, falling, sign] = toOneShape(whereRising(x), whereFalling(x), direction) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const isFalling = tf.step(tf.neg(sign));
    return tf.add(zeroWhere(isFalling, rising), zeroWhere(tf.sub(1, isFalling), falling));
  };
  // At an end of the image the tail is a constant: the slope of the pre-image is infinite there.
  const { inside, isOutside, edge } = splitImage(bijector, y);
  const atEnd = detached((image) => tail(intoImage(bijector, image)), y);
  return orConstant(tf.add(isOutside, tf.abs(edge)), tail(inside), atEnd);
}
