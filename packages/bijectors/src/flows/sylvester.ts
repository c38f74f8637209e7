import {
  broadcastShapes,
  broadcastTensor,
  concatLast,
  finite,
  nonZeroVector,
  Parameter,
  type ParameterValue,
  sliceLast,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type BijectorOptions, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { logSlopeOfTanhStep, rootOfTanhStep } from "./tanh-step.js";

/** Parameters of a {@link Sylvester} flow. */
export interface SylvesterOptions extends BijectorOptions {
  /** Normals of the H Householder reflections whose product is Q, each not 0. Shape `[..., H, D]`, H >= 1. */
  readonly reflections: ParameterValue;
  /**
   * Raw matrix of R, shape `[..., M, M]`, M <= D. Entries above the diagonal are those of R; diagonal entries pass
   * through tanh; entries below the diagonal have no effect.
   */
  readonly outer: ParameterValue;
  /** Raw matrix of R~, in the same form. Shape `[..., M, M]`. */
  readonly inner: ParameterValue;
  /** Offset b; 0 by default. Shape `[..., M]`. */
  readonly b?: ParameterValue;
}

/**
 * Sylvester flow, from R^D onto R^D: `x + Q R tanh(R~ Q^T x + b)` with upper triangular R and R~ (M x M) and Q the
 * first M columns of a product of Householder reflections, so that its columns are orthonormal. A planar flow with M
 * units: {@link Planar} moves along one direction, this flow along M.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. Leading axes of the parameters are batch
 * axes: one flow for each. The Jacobian's determinant is the product of `1 + tanh'(a_m) R_mm R~_mm`; diagonals are tanh
 * of the raw ones, so that the products exceed -1 and the map is invertible for all parameters. The inverse substitutes
 * back through the triangular system: M bracketed root searches of fixed length on one number each, which always
 * converge. Float32: log-determinants are exact however close a product is to -1. A reflection needs a normal other
 * than 0: the constructor rejects 0 as numbers, and as a tensor under `validate: 'values'`. Van den Berg, Hasenclever,
 * Tomczak and Welling 2018, eq 8-13 and section 4.2 (Householder Sylvester flows).
 *
 * @example
 * ```ts
 * const flow = new Sylvester({ reflections: [[1, 2, 0]], outer: [[0.5, 1], [0, -1]], inner: [[1, 0.2], [0, 2]] });
 * flow.inverse(flow.forward(tf.tensor1d([1, 2, 3]))); // [1, 2, 3]
 * ```
 */
export class Sylvester extends Bijector {
  readonly eventRank = 1;
  /** Normals of the reflections, `[..., H, D]`. */
  readonly reflections: Parameter;
  /** R, raw, `[..., M, M]`. */
  readonly outer: Parameter;
  /** R~, raw, `[..., M, M]`. */
  readonly inner: Parameter;
  /** The offset, `[..., M]` or `[]`. */
  readonly b: Parameter;
  readonly #size: number;
  readonly #units: number;

  /** @throws RangeError if a number is not finite, a reflection is 0, or shapes do not fit or broadcast. */
  constructor({ reflections, outer, inner, b = 0, validate }: SylvesterOptions) {
    super({ validate });
    this.reflections = new Parameter("Sylvester", "reflections", reflections, nonZeroVector);
    this.outer = new Parameter("Sylvester", "outer", outer, finite);
    this.inner = new Parameter("Sylvester", "inner", inner, finite);
    this.b = new Parameter("Sylvester", "b", b, finite);
    this.#size = this.reflections.shape.at(-1) ?? 0;
    this.#units = this.outer.shape.at(-1) ?? 0;
    const size = this.#size;
    const units = this.#units;
    const isTriangle = ({ shape }: Parameter) => shape.length >= 2 && shape.at(-1) === units && shape.at(-2) === units;
    if (
      this.reflections.shape.length < 2 ||
      !(this.reflections.shape.at(-2) as number) ||
      units < 1 ||
      units > size ||
      !isTriangle(this.outer) ||
      !isTriangle(this.inner) ||
      (this.b.shape.at(-1) ?? units) !== units
    ) {
      throw new RangeError(
        `Sylvester: reflections must be of shape [..., H, D], outer and inner [..., M, M], b [..., M], 1 <= M <= D, H >= 1, got [${this.reflections.shape}], [${this.outer.shape}], [${this.inner.shape}] and [${this.b.shape}]`,
      );
    }
    broadcastShapes("Sylvester", this.#batchShapes);
  }

  override get parameters(): BijectorParameters {
    return { reflections: this.reflections, outer: this.outer, inner: this.inner, b: this.b };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("Sylvester", this.#batchShapes);
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, this.#displacement(this.#activation(x)));
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.sub(y, this.#displacement(this.#activationOfImage(y)));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.#logDet(this.#activation(x));
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const a = this.#activation(x);
    return { value: tf.add(x, this.#displacement(a)), logDet: this.#logDet(a) };
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const a = this.#activationOfImage(y);
    return { value: tf.sub(y, this.#displacement(a)), logDet: tf.neg(this.#logDet(a)) };
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.#size;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as the reflections`;
  }

  get #batchShapes(): Record<string, readonly number[]> {
    return {
      "reflections without the last two axes": this.reflections.shape.slice(0, -2),
      "outer without the last two axes": this.outer.shape.slice(0, -2),
      "inner without the last two axes": this.inner.shape.slice(0, -2),
      "b without its last axis": this.b.shape.slice(0, -1),
    };
  }

  /** a = R~ Q^T x + b, shape `[..., M]`. */
  #activation(x: tf.Tensor): tf.Tensor {
    const rotated = sliceLast(this.#reflect(x, true), 0, this.#units);
    return tf.add(times(triangle(this.inner.tensor), rotated), this.b.tensor);
  }

  /** Q R tanh(a), shape `[..., D]`. */
  #displacement(a: tf.Tensor): tf.Tensor {
    const units = times(triangle(this.outer.tensor), tf.tanh(a));
    const rest = this.#size - this.#units;
    const padded = rest === 0 ? units : concatLast([units, tf.zeros([...units.shape.slice(0, -1), rest])]);
    return this.#reflect(padded, false);
  }

  /**
   * Applies the product of the reflections to a vector, or with `isInverse` its transpose: the reflections in reverse
   * order.
   */
  #reflect(x: tf.Tensor, isInverse: boolean): tf.Tensor {
    const { tensor, shape } = this.reflections;
    // Not tf.unstack, whose gradient fails for one part (tfjs 4.22).
    const normals = Array.from({ length: shape.at(-2) as number }, (_, index) => rowOf(tensor, index));
    // Q = H_1 H_2 ... H_H: on a vector the last reflection acts first.
    const inOrder = isInverse ? normals : normals.reverse();
    return inOrder.reduce((vector, normal) => {
      const squared = tf.sum(tf.square(normal), -1, true);
      const along = tf.sum(tf.mul(normal, vector), -1, true);
      return tf.sub(vector, tf.mul(tf.div(tf.mul(2, along), squared), normal));
    }, x);
  }

  #logDet(a: tf.Tensor): tf.Tensor {
    return tf.sum(logSlopeOfTanhStep(a, this.#logStrength()), -1);
  }

  /**
   * log(1 + R_mm R~_mm), shape `[..., M]`: with tanh p and tanh q on the diagonals,
   * 1 + tanh p tanh q = cosh(p + q) / (cosh p cosh q), which does not cancel where the product is near -1.
   */
  #logStrength(): tf.Tensor {
    const [p, q] = [diagonal(this.outer.tensor), diagonal(this.inner.tensor)];
    return tf.sub(logCosh(tf.add(p, q)), tf.add(logCosh(p), logCosh(q)));
  }

  /**
   * The `a` of the pre-image of y. With T = R~ R it solves a + T tanh(a) = R~ Q^T y + b, which is triangular: starting
   * at the last unit, each a_m is the root of an increasing function of one number.
   */
  #activationOfImage(y: tf.Tensor): tf.Tensor {
    const target = this.#activation(y);
    const product = timesMatrix(triangle(this.inner.tensor), triangle(this.outer.tensor));
    const logStrength = this.#logStrength();
    let later: tf.Tensor | undefined;
    for (let unit = this.#units - 1; unit >= 0; unit--) {
      let goal = sliceLast(target, unit, 1);
      if (later) {
        const row = sliceLast(rowOf(product, unit), unit + 1, this.#units - unit - 1);
        goal = tf.sub(goal, tf.sum(tf.mul(row, tf.tanh(later)), -1, true));
      }
      const root = rootOfTanhStep(goal, sliceLast(logStrength, unit, 1));
      later = later ? concatLast([root, broadcastBatch(later, root)]) : root;
    }
    return later as tf.Tensor;
  }
}

/** The raw matrix with tanh on the diagonal and 0 below it. */
function triangle(raw: tf.Tensor): tf.Tensor {
  const size = raw.shape.at(-1) as number;
  const above = tf.tensor2d(
    Array.from({ length: size ** 2 }, (_, index) => Number(index % size > Math.floor(index / size))),
    [size, size],
  );
  return tf.add(tf.mul(raw, above), tf.mul(tf.tanh(raw), tf.eye(size)));
}

function diagonal(matrix: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(matrix, tf.eye(matrix.shape.at(-1) as number)), -1);
}

/** Matrix times vector, with broadcast batch axes, for which tfjs' matMul has no gradient. */
function times(matrix: tf.Tensor, vector: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(matrix, tf.expandDims(vector, -2)), -1);
}

function timesMatrix(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(tf.expandDims(left, -1), tf.expandDims(right, -3)), -2);
}

/** Row `index` of a matrix, `[..., M, N] -> [..., N]`. */
function rowOf(matrix: tf.Tensor, index: number): tf.Tensor {
  const begin = new Array<number>(matrix.rank).fill(0);
  begin[matrix.rank - 2] = index;
  const row = tf.slice(matrix, begin, [...matrix.shape.slice(0, -2), 1, matrix.shape.at(-1) as number]);
  return tf.squeeze(row, [matrix.rank - 2]);
}

/** `x` with the batch axes of `like`. */
function broadcastBatch(x: tf.Tensor, like: tf.Tensor): tf.Tensor {
  return broadcastTensor(x, [...like.shape.slice(0, -1), x.shape.at(-1) as number]);
}

/** log cosh x = softplus(2x) - x - log 2, on |x| as softplus(-2|x|) + |x| - log 2. */
function logCosh(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.add(tf.softplus(tf.mul(2, x)), tf.neg(x)), Math.LN2);
}
