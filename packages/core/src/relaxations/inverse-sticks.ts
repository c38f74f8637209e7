import type { SoftmaxPlusPlus } from "@igr/bijectors";
import { broadcastTensor, detached, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { splitBoundary, zeroWhere } from "../base/boundary.js";

/** The sticks from which a point of the simplex was relaxed. */
export interface InverseSticks {
  /** The logits of the kept sticks, `[..., n]`; 0 elsewhere. */
  readonly y: tf.Tensor;
  /** 1 for the coordinates > 0, `[..., n]`; a constant. */
  readonly kept: tf.Tensor;
  /** log dw_k / dy_k of the kept sticks, `[..., n]`. */
  readonly logSlopes: tf.Tensor;
  /** 1 where the point is the image of sticks cut at rho, else 0, `[...]`; a constant. */
  readonly isCut: tf.Tensor;
}

/**
 * Undoes softmax++ over the first K sticks, with K the number of finite logarithms, and the stick-breaking; `logValue`
 * is `[..., n + 1]` with the remainder last. The rest of the stick is `1 - cumulative sum` here, which has few digits
 * if the last sticks leave little of it.
 */
export function sticksOfLog(logValue: tf.Tensor, { temperature, delta }: SoftmaxPlusPlus, rho: number): InverseSticks {
  const size = (logValue.shape.at(-1) as number) - 1;
  const { finite, isZero } = splitBoundary(logValue);
  const [ofSticks, ofRest] = [sliceLast(finite, 0, size), sliceLast(finite, size, 1)];
  const [isGone, isRestGone] = [sliceLast(isZero, 0, size), sliceLast(isZero, size, 1)];
  const ratios = tf.add(tf.sub(ofSticks, ofRest), tf.log(delta.column));
  const unmasked = tf.mul(temperature.column, ratios);
  const gone = broadcastTensor(isGone, unmasked.shape);
  const sticks = zeroWhere(gone, unmasked);
  const through = tf.cumsum(sticks, sticks.rank - 1);
  const left = tf.sub(1, through);
  const kept = tf.sub(1, gone);
  // Outside the image a stick, or the rest after it, is not positive; 1 replaces it, and isCut overrides the result.
  const isProper = detached(
    (stick, rest, mask) => tf.mul(mask, tf.mul(tf.step(stick), tf.step(rest))),
    sticks,
    left,
    kept,
  );
  const safeLog = (x: tf.Tensor) => {
    const improper = tf.sub(1, isProper);
    return tf.log(tf.add(zeroWhere(improper, x), improper));
  };
  const [logSticks, logLeft] = [safeLog(sticks), safeLog(left)];
  return {
    y: tf.sub(logSticks, logLeft),
    kept,
    // w_k (1 - u_k), where 1 - u_k is the share that stick k leaves of the rest before it.
    logSlopes: tf.sub(tf.add(logSticks, logLeft), safeLog(tf.add(left, sticks))),
    isCut: detached(
      (mask, proper, mass, stick, restGone) => {
        const count = tf.sum(mask, -1, true);
        const leading = tf.cast(tf.less(tf.range(0, size), count), "float32");
        const least = tf.max(tf.mul(tf.sub(mass, stick), mask), -1, true);
        const most = tf.max(tf.mul(mass, mask), -1, true);
        return tf.squeeze(
          tf.mul(
            tf.mul(holds(tf.greater(count, 0)), holds(tf.equal(restGone, 0))),
            tf.mul(
              tf.mul(allEqual(mask, leading), allEqual(mask, proper)),
              tf.mul(
                holds(tf.lessEqual(least, rho + slack)),
                tf.maximum(holds(tf.greater(most, rho - slack)), holds(tf.equal(count, size))),
              ),
            ),
          ),
          [-1],
        );
      },
      kept,
      isProper,
      through,
      sticks,
      broadcastTensor(isRestGone, [...kept.shape.slice(0, -1), 1]),
    ),
  };
}

/** Tolerance for rounding of the cumulative mass of the sticks at rho. */
const slack = 1e-5;

function holds(condition: tf.Tensor): tf.Tensor {
  return tf.cast(condition, "float32");
}

function allEqual(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.min(holds(tf.equal(a, b)), -1, true);
}

/** Checks that points are cuts at `rho`. Reads data. @throws RangeError that names the first other point. */
export function refuseOutside(owner: string, rho: number, isCut: tf.Tensor): void {
  const outside = isCut.dataSync().indexOf(0);
  if (outside >= 0) {
    throw new RangeError(
      `${owner}: every point must have as its coordinates > 0 the first K, whose sticks hold more than rho = ${rho} and not before, and the remainder; point ${outside} does not`,
    );
  }
}
