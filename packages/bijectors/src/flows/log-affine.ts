import { broadcastShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector } from "../base/bijector.js";

/** `y = exp(logScale) x + shift`, elementwise, whose log-determinant is `logScale` itself. */
export class LogAffine extends Bijector {
  readonly eventRank = 0;
  readonly #shift: tf.Tensor;
  readonly #logScale: tf.Tensor;

  constructor(shift: tf.Tensor, logScale: tf.Tensor) {
    super();
    this.#shift = shift;
    this.#logScale = logScale;
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("LogAffine", { shift: this.#shift.shape, logScale: this.#logScale.shape });
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(tf.exp(this.#logScale), x), this.#shift);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.mul(tf.sub(y, this.#shift), tf.exp(tf.neg(this.#logScale)));
  }

  protected _forwardLogDetJacobian(): tf.Tensor {
    return this.#logScale;
  }
}
