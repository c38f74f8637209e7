import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import { logOfNonNegative } from "../base/log-space.js";

/**
 * A bijector onto the simplex that also maps to and from logarithms of points. In float32 a coordinate below 1e-38
 * rounds to 0 and its logarithm is lost; `forwardLog` computes log z from the pre-image without that loss.
 *
 * Shapes: `[..., K]` for `y` and `log y`, categories last, all K of them. Log-determinants are those of the map to `y`
 * (not to `log y`), with respect to its first K-1 coordinates: `forwardLogAndLogDet(x).logDet` equals
 * `forwardLogDetJacobian(x)`.
 *
 * To write one, extend this class with `_forwardLog`, `_inverseFromLog` and the two forward hooks of {@link Bijector}.
 */
export abstract class SimplexBijector extends Bijector {
  readonly eventRank: number = 1;

  /** True, except for a {@link Chain} that does not end on the simplex. See {@link isSimplexBijector}. */
  get isSimplexValued(): boolean {
    return true;
  }

  /** log y for `y = forward(x)`, finite where `y` itself has rounded to 0. */
  forwardLog(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("forwardLog", "x", x, (input) => this._forwardLog(input));
  }

  /** `forwardLog(x)` and `forwardLogDetJacobian(x)` in one pass. */
  forwardLogAndLogDet(x: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("forwardLogAndLogDet", "x", x, (input) => this._forwardLogAndLogDet(input));
  }

  /** `inverse(exp(logY))`, without the exponential. */
  inverseFromLog(logY: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("inverseFromLog", "logY", logY, (input) => this._inverseFromLog(input));
  }

  /** `inverseFromLog(logY)` and `inverseLogDetJacobian(exp(logY))` in one pass. */
  inverseFromLogAndLogDet(logY: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("inverseFromLogAndLogDet", "logY", logY, (input) => this._inverseFromLogAndLogDet(input));
  }

  protected abstract _forwardLog(x: tf.Tensor): tf.Tensor;
  protected abstract _inverseFromLog(logY: tf.Tensor): tf.Tensor;

  protected _forwardLogAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return { value: this._forwardLog(x), logDet: this._forwardLogDetJacobian(x) };
  }

  protected _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    const value = this._inverseFromLog(logY);
    return { value, logDet: tf.neg(this._forwardLogDetJacobian(value)) };
  }

  protected override _inverse(y: tf.Tensor): tf.Tensor {
    return this._inverseFromLog(logOfNonNegative(y));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this._inverseFromLogAndLogDet(logOfNonNegative(y));
  }
}

/**
 * Whether a bijector maps onto the simplex and has the log-space methods, which a {@link Chain} has only if it ends on
 * the simplex.
 */
export function isSimplexBijector(bijector: Bijector): bijector is SimplexBijector {
  return bijector instanceof SimplexBijector && bijector.isSimplexValued;
}
