import {
  broadcastShapes,
  broadcastTensor,
  checkRuntime,
  checkValidation,
  formatShape,
  Parameter,
  splitShape,
  toFloat32,
  type Validation,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type BijectorParameters, equalParameters, variablesOf } from "./bijector-parameters.js";

/** Options of every bijector. */
export interface BijectorOptions {
  /** What is checked; `'shapes'` by default. */
  readonly validate?: Validation;
}

/** Result of the joint methods. */
export interface ValueAndLogDet {
  /** The mapped tensor, `[...batch, ...event]`. */
  readonly value: tf.Tensor;
  /** Its log-determinant in nats, `[...batch]`. */
  readonly logDet: tf.Tensor;
}

/**
 * An invertible map with the log-determinant of its Jacobian.
 *
 * Shapes: the last `eventRank` axes of a tensor are one event, the axes before them a batch. The batch shape of a
 * result is the broadcast of the input's batch shape and {@link batchShape}, the batch shape of the parameters;
 * log-determinants have exactly that shape. Forward and inverse events may differ in size: R^(K-1) to the simplex of K
 * categories.
 *
 * Log-determinants: log |det J| in nats. On the simplex J is taken with respect to the first K-1 coordinates.
 *
 * Tensors are float32; int32 is cast. Results belong to the caller; no other tensor stays in memory. Gradients flow
 * through every method, into the argument and into parameters that are tensors or variables.
 *
 * To write one, extend this class with `eventRank` and the hooks `_forward`, `_inverse` and `_forwardLogDetJacobian`;
 * override `_forwardAndLogDet` where value and log-determinant share work, `_inverseAndLogDet` where the inverse
 * log-determinant has a better formula than the forward one at the inverse, and the shape hooks where shapes change.
 * Hooks run inside `tf.tidy` on checked float32 tensors. They use ordinary tfjs kernels and read no data, so that a
 * compiler can trace them. A log-determinant hook may return any shape that broadcasts to the right one.
 */
export abstract class Bijector {
  /** How many of the last axes make up one event: 0 for elementwise maps, 1 for maps of vectors. */
  abstract readonly eventRank: number;
  /** What is checked; see {@link Validation}. */
  readonly validate: Validation;

  /** @throws RangeError for another string as `validate`; TypeError for a value that is neither a string nor false. */
  constructor({ validate = "shapes" }: BijectorOptions = {}) {
    this.validate = checkValidation(this.name, validate);
  }

  /** Name of the class, as error messages print it. */
  get name(): string {
    return this.constructor.name;
  }

  /**
   * Everything that the map depends on, for {@link equals} and {@link trainableVariables}. `undefined`, the default,
   * means that the class does not state it: such a bijector equals only itself.
   */
  get parameters(): BijectorParameters | undefined {
    return undefined;
  }

  /** Shape of the parameters without their event axes: one map for each element. */
  get batchShape(): readonly number[] {
    return [];
  }

  /** The trainable variables among the parameters, without duplicates. */
  get trainableVariables(): tf.Variable[] {
    return variablesOf(this.parameters ?? {});
  }

  /**
   * Whether two bijectors are known to be the same map: one class, with equal numbers or the same tensor objects as
   * parameters. Two tensors of equal content count as different, since no data is read.
   */
  equals(other: unknown): boolean {
    if (this === other) return true;
    if (!(other instanceof Bijector)) return false;
    const [a, b] = [this.parameters, other.parameters];
    if (this.constructor !== other.constructor || !a || !b) return false;
    return equalParameters(a, b);
  }

  /** Maps `x` to `y`. */
  forward(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("forward", "x", x, (input) => this._forward(input));
  }

  /** Maps `y` back to `x`. */
  inverse(y: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("inverse", "y", y, (input) => this._inverse(input));
  }

  /** log |det dy/dx| at `x`, event axes reduced. */
  forwardLogDetJacobian(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("forwardLogDetJacobian", "x", x, (input) =>
      this.#completeLogDet(this._forwardLogDetJacobian(input), input),
    );
  }

  /** log |det dx/dy| at `y`, event axes reduced: the negative of the forward one at `inverse(y)`. */
  inverseLogDetJacobian(y: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.run("inverseLogDetJacobian", "y", y, (input) =>
      this.#completeLogDet(this._inverseAndLogDet(input).logDet, input),
    );
  }

  /** `forward(x)` and `forwardLogDetJacobian(x)` in one pass. */
  forwardAndLogDet(x: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("forwardAndLogDet", "x", x, (input) => this._forwardAndLogDet(input));
  }

  /** `inverse(y)` and `inverseLogDetJacobian(y)` in one pass. */
  inverseAndLogDet(y: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("inverseAndLogDet", "y", y, (input) => this._inverseAndLogDet(input));
  }

  /**
   * Shape of `y` for a shape of `x`. Only the last `eventRank` axes change; those before them pass through.
   *
   * @throws RangeError if the rank is below `eventRank`, or the map does not accept the size.
   */
  forwardEventShape(shape: readonly number[]): number[] {
    this.#checkShape("forwardEventShape", "shape", shape, this._forwardSizeError);
    const { batch, event } = splitShape(shape, this.eventRank);
    return [...batch, ...this._forwardEventShape(event)];
  }

  /**
   * Shape of `x` for a shape of `y`; the counterpart of {@link forwardEventShape}.
   *
   * @throws RangeError if the rank is below `eventRank`, or the map does not accept the size.
   */
  inverseEventShape(shape: readonly number[]): number[] {
    this.#checkShape("inverseEventShape", "shape", shape, this._inverseSizeError);
    const { batch, event } = splitShape(shape, this.eventRank);
    return [...batch, ...this._inverseEventShape(event)];
  }

  protected abstract _forward(x: tf.Tensor): tf.Tensor;
  protected abstract _inverse(y: tf.Tensor): tf.Tensor;
  protected abstract _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor;

  protected _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return { value: this._forward(x), logDet: this._forwardLogDetJacobian(x) };
  }

  protected _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const value = this._inverse(y);
    return { value, logDet: tf.neg(this._forwardLogDetJacobian(value)) };
  }

  protected _forwardEventShape(event: readonly number[]): number[] {
    return [...event];
  }

  protected _inverseEventShape(event: readonly number[]): number[] {
    return [...event];
  }

  /**
   * The requirement on `x` that an event of this shape violates, in the words of an error; undefined if it violates
   * none.
   */
  protected _forwardSizeError(_event: readonly number[]): string | undefined {
    return undefined;
  }

  /** The requirement on `y` that an event of this shape violates; undefined if it violates none. */
  protected _inverseSizeError(event: readonly number[]): string | undefined {
    return this._forwardSizeError(event);
  }

  /** Checks the values of `x` where the domain is not all of R^n. Reads data; runs under `validate: 'values'`. */
  protected _forwardValueError(_x: tf.Tensor): string | undefined {
    return undefined;
  }

  /** Checks the values of `y` where the image is not all of R^n. Reads data; runs under `validate: 'values'`. */
  protected _inverseValueError(_y: tf.Tensor): string | undefined {
    return undefined;
  }

  /**
   * Runs one public method: checks the argument, runs the hook in `tf.tidy`, and returns a result that the caller owns.
   */
  protected run(
    method: string,
    argument: "x" | "y" | "logX" | "logY",
    given: tf.Tensor | tf.TensorLike,
    hook: (input: tf.Tensor) => tf.Tensor,
  ): tf.Tensor {
    return tf.tidy(() => {
      const input = this.#checkInput(method, argument, given);
      return own(hook(input), given);
    });
  }

  /** Like {@link run}, for the joint methods. */
  protected runJoint(
    method: string,
    argument: "x" | "y" | "logX" | "logY",
    given: tf.Tensor | tf.TensorLike,
    hook: (input: tf.Tensor) => ValueAndLogDet,
  ): ValueAndLogDet {
    return tf.tidy(() => {
      const input = this.#checkInput(method, argument, given);
      const { value, logDet } = hook(input);
      return { value: own(value, given), logDet: this.#completeLogDet(logDet, input) };
    });
  }

  #checkInput(method: string, argument: string, given: tf.Tensor | tf.TensorLike): tf.Tensor {
    checkRuntime(this.name);
    const input = toFloat32(`${this.name}.${method}: ${argument}`, given);
    if (this.validate === false) return input;
    const isForward = argument.endsWith("x") || argument.endsWith("X");
    this.#checkShape(method, argument, input.shape, isForward ? this._forwardSizeError : this._inverseSizeError);
    broadcastShapes(`${this.name}.${method}`, {
      [argument]: splitShape(input.shape, this.eventRank).batch,
      "the parameters": this.batchShape,
    });
    if (this.validate === "values") {
      for (const value of Object.values(this.parameters ?? {})) {
        if (value instanceof Parameter) value.checkValues();
      }
      const values = argument.startsWith("log") ? tf.exp(input) : input;
      const error = isForward ? this._forwardValueError(values) : this._inverseValueError(values);
      if (error !== undefined) throw new RangeError(`${this.name}.${method}: ${argument} needs ${error}`);
    }
    return input;
  }

  #checkShape(
    method: string,
    argument: string,
    shape: readonly number[],
    sizeError: (event: readonly number[]) => string | undefined,
  ): void {
    const missing =
      shape.length < this.eventRank
        ? `at least ${this.eventRank} ${this.eventRank === 1 ? "axis" : "axes"}`
        : sizeError.call(this, splitShape(shape, this.eventRank).event);
    if (missing !== undefined) {
      throw new RangeError(`${this.name}.${method}: ${argument} needs ${missing}, got shape ${formatShape(shape)}`);
    }
  }

  /** Broadcasts the tensor that a hook returned to the batch shape of the result. */
  #completeLogDet(logDet: tf.Tensor, input: tf.Tensor): tf.Tensor {
    const shape = broadcastShapes(this.name, {
      input: splitShape(input.shape, this.eventRank).batch,
      "the parameters": this.batchShape,
    });
    return own(broadcastTensor(logDet, shape), input);
  }
}

/** Copies a result that is the argument itself, which would be disposed of twice, or not at all. */
function own(result: tf.Tensor, given: tf.Tensor | tf.TensorLike): tf.Tensor {
  return result === given ? tf.clone(result) : result;
}
