import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type BijectorOptions, type BijectorParameters, type ValueAndLogDet } from "../base/bijector.js";
import { customGradient } from "../base/custom-gradient.js";
import { logAddExp, logOfNonNegative, logSoftplus } from "../base/log-space.js";
import { finite, nonZeroVector, Parameter, type ParameterValue } from "../base/parameter.js";
import { broadcastShapes } from "../base/shape.js";
import { signOf } from "../base/sign.js";

/** Parameters of a {@link Planar} flow. */
export interface PlanarOptions extends BijectorOptions {
  /** Direction of the displacement, raw (any real vector): the map uses uHat. Shape `[..., D]`. */
  readonly u: ParameterValue;
  /** Normal of the planes of equal displacement, not 0. Shape `[..., D]`. */
  readonly w: ParameterValue;
  /** Offset of the planes; 0 if absent. Shape `[...]`. */
  readonly b?: ParameterValue;
}

/**
 * Planar flow, from R^D onto R^D: `x + uHat tanh(w.x + b)` with
 * `uHat = u + (softplus(w.u) - 1 - w.u) w / |w|^2`, so that w.uHat > -1 and the map is invertible for every `u`.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. Leading axes of the parameters are batch
 * axes: one flow for each. The inverse has no closed form; it is a bracketed root search of fixed length on one number
 * per event, and its gradient that of the implicit function.
 * Float32: log-determinants and their gradients are exact however close w.uHat is to -1, where 1 + tanh'(a) w.uHat
 * rounds to 0. `w` = 0 has no uHat: as numbers it is refused at once, as a tensor under `validate: 'values'`.
 * Rezende and Mohamed 2015, eq 10 and appendix A.1 (there -1 + softplus, and the division is by |w|^2).
 *
 * @example
 * ```ts
 * const flow = new Planar({ u: tf.variable(tf.tensor1d([1, 0.5])), w: tf.variable(tf.tensor1d([0.3, -1])), b: 0.1 });
 * flow.inverse(flow.forward(tf.tensor1d([1, 2]))); // [1, 2]
 * flow.trainableVariables.length; // 2
 * ```
 */
export class Planar extends Bijector {
  readonly eventRank = 1;
  /** The raw direction, `[..., D]`. */
  readonly u: Parameter;
  /** The normal, `[..., D]`. */
  readonly w: Parameter;
  /** The offset, `[...]`. */
  readonly b: Parameter;

  /** @throws RangeError if a number is not finite, `w` is 0, `u` and `w` differ in size, or the shapes do not broadcast. */
  constructor({ u, w, b = 0, validate }: PlanarOptions) {
    super({ validate });
    this.u = new Parameter("Planar", "u", u, finite);
    this.w = new Parameter("Planar", "w", w, nonZeroVector);
    this.b = new Parameter("Planar", "b", b, finite);
    const size = this.w.shape.at(-1);
    if (size === undefined || size < 1 || this.u.shape.at(-1) !== size) {
      throw new RangeError(
        `Planar: u and w must be of shape [..., D] with one D >= 1, got [${this.u.shape}] and [${this.w.shape}]`,
      );
    }
    broadcastShapes("Planar", this.batchShapes);
  }

  override get parameters(): BijectorParameters {
    return { u: this.u, w: this.w, b: this.b };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("Planar", this.batchShapes);
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, this.displacement(this.activation(x)));
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.sub(y, this.displacement(this.activationOfImage(y)));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return logSlope(this.activation(x), this.alignment());
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const a = this.activation(x);
    return { value: tf.add(x, this.displacement(a)), logDet: logSlope(a, this.alignment()) };
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const a = this.activationOfImage(y);
    return { value: tf.sub(y, this.displacement(a)), logDet: tf.neg(logSlope(a, this.alignment())) };
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.w.shape.at(-1) as number;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as u and w`;
  }

  private get batchShapes(): Record<string, readonly number[]> {
    return {
      "u without its last axis": this.u.shape.slice(0, -1),
      "w without its last axis": this.w.shape.slice(0, -1),
      b: this.b.shape,
    };
  }

  /** w.u, shape `[...]`. */
  private alignment(): tf.Tensor {
    return tf.sum(tf.mul(this.w.tensor, this.u.tensor), -1);
  }

  /** a = w.x + b. */
  private activation(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.sum(tf.mul(this.w.tensor, x), -1), this.b.tensor);
  }

  /** The `a` of the pre-image of y: the root of a + w.uHat tanh(a) = w.y + b, since y - uHat tanh(a) is x. */
  private activationOfImage(y: tf.Tensor): tf.Tensor {
    const target = this.activation(y);
    const shape = broadcastShapes("Planar", { y: target.shape, "the parameters": this.batchShape });
    return rootOfImage(tf.broadcastTo(target, shape), tf.broadcastTo(this.alignment(), shape));
  }

  /** uHat tanh(a), shape `[..., D]`. */
  private displacement(a: tf.Tensor): tf.Tensor {
    const w = this.w.tensor;
    const alignment = tf.expandDims(this.alignment(), -1);
    const excess = tf.sub(tf.sub(tf.softplus(alignment), 1), alignment);
    const squaredNorm = tf.sum(tf.square(w), -1, true);
    const uHat = tf.add(this.u.tensor, tf.mul(excess, tf.div(w, squaredNorm)));
    return tf.mul(uHat, tf.expandDims(tf.tanh(a), -1));
  }
}

/**
 * log(1 + tanh'(a) w.uHat) = log(tanh^2 a + sech^2 a softplus(w.u)): a sum of positive terms, each by its logarithm, where
 * the textbook's 1 + tanh'(a) w.uHat cancels to 0 from w.u = -17.
 */
function logSlope(a: tf.Tensor, alignment: tf.Tensor): tf.Tensor {
  const shape = broadcastShapes("Planar", { a: a.shape, alignment: alignment.shape });
  const tanh = tf.tanh(a);
  // |tanh a| as t sign(t), whose gradient at 0 is 0, where that of tf.abs is -1.
  const logTanhSquared = tf.mul(2, logOfNonNegative(tf.mul(tanh, signOf(tanh))));
  // sech^2 a = 4 sigmoid(2a) sigmoid(-2a).
  const twice = tf.mul(2, a);
  const logSechSquared = tf.sub(2 * Math.LN2, tf.add(tf.softplus(twice), tf.softplus(tf.neg(twice))));
  return logAddExp(
    tf.broadcastTo(logTanhSquared, shape),
    tf.broadcastTo(tf.add(logSechSquared, logSoftplus(alignment)), shape),
  );
}

/**
 * The root of `a + c tanh(a) = target`, c = softplus(alignment) - 1 > -1: the left side is odd and increasing. On
 * magnitudes the root lies between `max(0, target - c)` and `target` if c > 0, else between `target` and `target - c`;
 * halving that bracket a fixed number of times and two Newton steps give float32's precision, and the same operations
 * for every input, so that a compiler can trace them.
 */
function rootOfImage(target: tf.Tensor, alignment: tf.Tensor): tf.Tensor {
  return customGradient(
    [target, alignment],
    (target, alignment) => {
      const goal = tf.abs(target);
      const softplus = tf.softplus(alignment);
      const c = tf.sub(softplus, 1);
      // (a - tanh a) + softplus tanh a, not a + c tanh a: c rounds to -1 from an alignment of -17.
      const image = (a: tf.Tensor) => {
        const tanh = tf.tanh(a);
        return tf.add(tf.sub(a, tanh), tf.mul(softplus, tanh));
      };
      let low = tf.relu(tf.sub(goal, tf.relu(c)));
      let high = tf.add(goal, tf.relu(tf.neg(c)));
      for (let halving = 0; halving < HALVINGS; halving++) {
        const middle = tf.mul(0.5, tf.add(low, high));
        const isBelow = tf.less(image(middle), goal);
        low = tf.where(isBelow, middle, low);
        high = tf.where(isBelow, high, middle);
      }
      let root = tf.mul(0.5, tf.add(low, high));
      for (let step = 0; step < 2; step++) {
        const tanhSquared = tf.square(tf.tanh(root));
        const slope = tf.add(tanhSquared, tf.mul(tf.sub(1, tanhSquared), softplus));
        // A slope that underflows to 0 would make a NaN of the step.
        const newton = tf.sub(root, tf.div(tf.sub(image(root), goal), tf.maximum(slope, 1e-30)));
        root = tf.minimum(tf.maximum(newton, low), high);
      }
      const value = tf.mul(root, signOf(target));
      return { value, saved: [value, alignment] };
    },
    (dy, ...saved) => {
      const [root, alignment] = saved as [tf.Tensor, tf.Tensor];
      const byTarget = tf.mul(dy, tf.exp(tf.neg(logSlope(root, alignment))));
      return [byTarget, tf.neg(tf.mul(byTarget, tf.mul(tf.sigmoid(alignment), tf.tanh(root))))];
    },
  );
}

/** The widest useful bracket, 1 around a root of 1e-2, shrinks below float32's resolution of the root. */
const HALVINGS = 30;
