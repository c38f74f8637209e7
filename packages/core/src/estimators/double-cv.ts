import { checkFinite } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { leaveOneOut, meanOfOthers } from "./flat-draws.js";
import { type DrawsWithSlopes, type SeveralSamples, SlopeControl } from "./slope-control.js";
import { softmaxJacobian } from "./softmax-jacobian.js";

/** Parameters of {@link DoubleCv}. */
export interface DoubleCvOptions extends SeveralSamples {
  /**
   * Factor of the linear control variate: a number, or a variable that is learned; 1 by default. The estimate is
   * unbiased for every factor.
   */
  readonly scale?: number | tf.Variable;
}

/**
 * Double control variates (Titsias and Shi 2022): leave-one-out REINFORCE, in which the loss at each draw loses its
 * linear part, b = v . (z - p) with v the mean of the loss's gradients at the other draws. At the draw itself the part
 * is added back as its exact expectation, `(diag(p) - p p^T) v`; in the baselines it has mean zero. Unbiased: v does
 * not depend on the draw that it is multiplied by. If the loss is linear, the estimate is exact, without variance.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]), -1);
 * const estimator = new DoubleCv({ samples: 2 });
 * const surrogate = (logits) =>
 *   estimator.surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // [-0.4444, -0.1111, 0.5556]
 * ```
 */
export class DoubleCv extends SlopeControl {
  /** Factor of the control variate. */
  readonly scale: number | tf.Variable;

  /** @throws RangeError unless `samples` is a whole number >= 2 and `scale` finite. */
  constructor({ scale = 1, ...options }: DoubleCvOptions) {
    super("DoubleCv", options);
    this.scale = scale instanceof tf.Variable ? scale : checkFinite("DoubleCv", "scale", scale);
  }

  override get trainableVariables(): tf.Variable[] {
    return this.scale instanceof tf.Variable ? [this.scale] : [];
  }

  /** The scale belongs to the caller. */
  override dispose(): void {}

  protected override estimate({ z, value, slope, probs }: DrawsWithSlopes): tf.Tensor {
    const others = meanOfOthers(slope);
    const score = tf.sub(z, probs);
    const linear = tf.sum(tf.mul(others, score), [2, 3]);
    const centred = leaveOneOut(tf.sub(value, tf.mul(this.scale, linear)));
    const expected = tf.mul(this.scale, softmaxJacobian(probs, others));
    return tf.add(tf.mul(tf.reshape(centred, [...value.shape, 1, 1]), score), expected);
  }
}
