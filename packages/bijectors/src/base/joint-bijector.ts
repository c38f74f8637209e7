import type * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "./bijector.js";

/**
 * A bijector that computes value and log-determinant together in both directions: a subclass implements the two joint
 * hooks, and each single hook returns a part of their results.
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
