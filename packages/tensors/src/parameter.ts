import * as tf from "@tensorflow/tfjs-core";
import type { Domain } from "./domain.js";
import { flattenNumbers } from "./numeric-input.js";
import { equalShapes } from "./shape.js";
import type { Validation } from "./validation.js";

/** A parameter of a bijector or a distribution: a tensor or variable, or numbers as tfjs takes them. */
export type ParameterValue = tf.Tensor | tf.TensorLike;

/**
 * One parameter as the caller gave it. A tensor or variable is kept by identity: gradients reach it, and a variable is
 * read at each use. Numbers stay numbers and become a new tensor at each use, so that the owner holds no memory and
 * nothing has to be disposed of.
 *
 * @example
 * ```ts
 * const scale = new Parameter("Normal", "scale", [1, 2], positive);
 * scale.tensor; // float32 [1, 2]
 * ```
 */
export class Parameter {
  /** Name of the class that owns the parameter, as error messages print it. */
  readonly owner: string;
  /** Name of the parameter. */
  readonly name: string;
  /** Its shape, including batch axes. */
  readonly shape: readonly number[];
  /** The given tensor or variable; undefined if numbers were given. */
  readonly given: tf.Tensor | undefined;
  readonly #numbers: Float32Array;
  readonly #domain: Domain;

  /**
   * @param validate `'values'` also reads and checks a tensor now; `false` accepts any numbers.
   * @throws RangeError if the domain excludes a given number; TypeError if the parameter is missing, is not numeric, or
   * is a tensor that is neither float32 nor int32 (int32 is cast at each use); Error if the tensor was disposed of.
   */
  constructor(owner: string, name: string, value: ParameterValue, domain: Domain, validate: Validation = "shapes") {
    this.owner = owner;
    this.name = name;
    this.#domain = domain;
    if (value === undefined || value === null) {
      throw new TypeError(`${owner}: ${name} is missing; pass a tensor, a number or an array of numbers`);
    }
    if (value instanceof tf.Tensor) {
      if (value.isDisposed) throw new Error(`${owner}: ${name} is a tensor that was disposed of`);
      if (value.dtype !== "float32" && value.dtype !== "int32") {
        throw new TypeError(`${owner}: ${name} must be a float32 or int32 tensor, got dtype ${value.dtype}`);
      }
      this.given = value;
      this.shape = value.shape.slice();
      this.#numbers = new Float32Array(0);
      if (validate === "values") this.checkValues();
      return;
    }
    const { data, shape } = flattenNumbers(`${owner}: ${name}`, value);
    this.shape = shape;
    this.#numbers = Float32Array.from(data);
    if (validate !== false) this.#check(this.#numbers, data);
  }

  /** The parameter as a float32 tensor: the given tensor, or a new one made from the numbers. */
  get tensor(): tf.Tensor {
    if (this.given) return this.given.dtype === "float32" ? this.given : tf.cast(this.given, "float32");
    return tf.tensor(this.#numbers, this.shape.slice(), "float32");
  }

  /**
   * The parameter with an axis of size 1 appended, to broadcast against events of rank 1; a scalar stays one, since kernels are faster with
   * scalars than with shape [1].
   */
  get column(): tf.Tensor {
    const { tensor } = this;
    return tensor.rank === 0 ? tensor : tf.expandDims(tensor, -1);
  }

  /** The numbers as float32. Reads a given tensor, which is an error while a compiler traces the caller. */
  read(): Float32Array {
    return this.given ? Float32Array.from(this.given.dataSync()) : this.#numbers;
  }

  /** Whether two parameters are known to be the same: one tensor object, or equal numbers. Reads no tensor. */
  equals(other: Parameter): boolean {
    if (this.given || other.given) return this.given === other.given;
    return (
      equalShapes(this.shape, other.shape) && this.#numbers.every((value, index) => value === other.#numbers[index])
    );
  }

  /**
   * Reads a tensor's data and checks it against the domain. Numbers were already checked by the constructor.
   *
   * @throws RangeError that names the first value that is not allowed.
   */
  checkValues(): void {
    if (this.given) {
      const data = this.read();
      this.#check(data, Array.from(data));
    }
  }

  /** Both the given numbers and their float32 roundings must be allowed: 1e-50 is not > 0 in float32. */
  #check(rounded: Float32Array, given: readonly number[]): void {
    const { allowed, contains, containsRow, describeRow } = this.#domain;
    const refuse = (what: string): never => {
      throw new RangeError(`${this.owner}: ${this.name} must be ${allowed}, got ${what}`);
    };
    for (const [index, exact] of given.entries()) {
      const value = rounded[index] as number;
      if (!contains(exact) || !contains(value)) {
        const lost = contains(exact) ? ` (${value} in float32)` : "";
        refuse(`${exact}${lost}${given.length === 1 ? "" : ` at index ${index}`}`);
      }
    }
    const size = this.shape.at(-1) ?? 1;
    for (let start = 0; containsRow && start < rounded.length; start += size) {
      const index = start / size;
      if (!containsRow(rounded.subarray(start, start + size), index, this.shape)) {
        const row = given.slice(start, start + size);
        refuse(describeRow?.(row, index) ?? `[${row}]`);
      }
    }
  }
}
