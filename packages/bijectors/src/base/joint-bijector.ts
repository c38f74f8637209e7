import type * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "./bijector.js";

/**
 * A bijector whose value and log-determinant come from one computation in both directions: a subclass writes the two joint
 * maps, and each of the single ones is a part of their results.
 */
export abstract class JointBijector extends Bijector {
  protected abstract override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet;
  protected abstract override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet;

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this._forwardAndLogDet(x).value;
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return this._inverseAndLogDet(y).value;
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this._forwardAndLogDet(x).logDet;
  }
}
