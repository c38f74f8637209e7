import * as tf from "@tensorflow/tfjs-core";
import { equalShapes } from "./shape.js";

/** A parameter of a bijector: a tensor or variable, or numbers as tfjs takes them. */
export type ParameterValue = tf.Tensor | tf.TensorLike;

/** Which numbers a parameter may hold. */
export interface Domain {
  /** How an error ends the sentence "... must be". */
  readonly allowed: string;
  /** Whether one number is allowed. */
  readonly contains: (value: number) => boolean;
  /** Whether a row of the last axis is allowed; absent if only single numbers matter. */
  readonly containsRow?: (row: Float32Array) => boolean;
}

/** Any finite number. */
export const finite: Domain = { allowed: "a finite number", contains: Number.isFinite };
/** Finite numbers > 0. */
export const positive: Domain = {
  allowed: "a finite number > 0",
  contains: (value) => Number.isFinite(value) && value > 0,
};
/** Finite numbers but 0. */
export const nonZero: Domain = {
  allowed: "a finite number other than 0",
  contains: (value) => Number.isFinite(value) && value !== 0,
};
/** Vectors on the last axis that have a direction. */
export const nonZeroVector: Domain = {
  allowed: "a vector of finite numbers, not all 0, on its last axis",
  contains: Number.isFinite,
  containsRow: (row) => row.some((value) => value !== 0),
};
/** (0, 1]. */
export const unitInterval: Domain = {
  allowed: "a number in (0, 1]",
  contains: (value) => value > 0 && value <= 1,
};

/**
 * One parameter as it was given. A tensor or variable is kept by identity: gradients reach it, a variable is read anew
 * at each use. Numbers stay numbers and become a tensor at each use, so that a bijector owns no memory and there is
 * nothing to dispose of.
 */
export class Parameter {
  /** Class that the parameter belongs to, as error messages print it. */
  readonly owner: string;
  /** Its name there. */
  readonly name: string;
  /** Its shape, batch axes and all. */
  readonly shape: readonly number[];
  /** The tensor or variable that was given; undefined if numbers were. */
  readonly given: tf.Tensor | undefined;
  private readonly numbers: Float32Array;
  private readonly domain: Domain;

  /** @throws RangeError if numbers were given that the domain excludes; TypeError if it is no float32 tensor and no numbers. */
  constructor(owner: string, name: string, value: ParameterValue, domain: Domain) {
    this.owner = owner;
    this.name = name;
    this.domain = domain;
    if (value instanceof tf.Tensor) {
      if (value.dtype !== "float32") {
        throw new TypeError(`${owner}: ${name} must be a float32 tensor, got dtype ${value.dtype}`);
      }
      this.given = value;
      this.shape = value.shape.slice();
      this.numbers = new Float32Array(0);
      return;
    }
    const { data, shape } = flatten(`${owner}: ${name}`, value);
    this.shape = shape;
    this.numbers = Float32Array.from(data);
    this.check(this.numbers, data);
  }

  /** The parameter as a float32 tensor: the one that was given, or a new one made from the numbers. */
  get tensor(): tf.Tensor {
    return this.given ?? tf.tensor(this.numbers, this.shape.slice(), "float32");
  }

  /** The parameter with an axis of size 1 behind its own, to broadcast against events of rank 1. */
  get column(): tf.Tensor {
    return tf.expandDims(this.tensor, -1);
  }

  /** Whether two parameters are the same for certain: one tensor object, or equal numbers. Reads no tensor. */
  equals(other: Parameter): boolean {
    if (this.given || other.given) {
      return this.given === other.given;
    }
    return equalShapes(this.shape, other.shape) && this.numbers.every((value, index) => value === other.numbers[index]);
  }

  /**
   * Reads a tensor's data and checks it against the domain; numbers were checked when they came.
   *
   * @throws RangeError naming the first value that is not allowed.
   */
  checkValues(): void {
    if (this.given) {
      const data = Float32Array.from(this.given.dataSync<"float32">());
      this.check(data, data);
    }
  }

  /** Both the numbers as they came and what float32 makes of them must be allowed: 1e-50 is not > 0 in float32. */
  private check(rounded: Float32Array, given: ArrayLike<number>): void {
    const refuse = (what: string): never => {
      throw new RangeError(`${this.owner}: ${this.name} must be ${this.domain.allowed}, got ${what}`);
    };
    for (const [index, value] of rounded.entries()) {
      const exact = given[index] as number;
      if (!this.domain.contains(exact) || !this.domain.contains(value)) {
        const lost = this.domain.contains(exact) ? ` (${value} in float32)` : "";
        refuse(`${exact}${lost}${this.shape.length === 0 ? "" : ` at index ${index}`}`);
      }
    }
    const size = this.shape.at(-1) ?? 1;
    for (let start = 0; start < rounded.length; start += size) {
      const row = rounded.subarray(start, start + size);
      if (this.domain.containsRow && !this.domain.containsRow(row)) {
        refuse(`[${row}]`);
      }
    }
  }
}

/** @throws TypeError unless this is a number, a boolean, a typed array or an array that begins with one of them. */
export function checkNumeric(what: string, given: unknown): void {
  let leaf = given;
  while (Array.isArray(leaf) && leaf.length > 0) {
    leaf = leaf[0];
  }
  if (!(typeof leaf === "number" || typeof leaf === "boolean" || ArrayBuffer.isView(leaf) || Array.isArray(leaf))) {
    throw new TypeError(`${what} must be a number, an array of numbers or a tensor, got ${String(leaf)}`);
  }
}

function flatten(what: string, value: unknown): { data: number[]; shape: number[] } {
  if (typeof value === "number") {
    return { data: [value], shape: [] };
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = Array.from(value as Float32Array | Int32Array | Uint8Array);
    return { data, shape: [data.length] };
  }
  if (!Array.isArray(value)) {
    throw new TypeError(`${what} must be a number, an array of numbers or a tensor, got ${String(value)}`);
  }
  const rows = value.map((row) => flatten(what, row));
  const inner = rows[0]?.shape ?? [];
  if (!rows.every((row) => equalShapes(row.shape, inner))) {
    throw new RangeError(`${what} must be a rectangular array, got rows of unequal lengths`);
  }
  return { data: rows.flatMap((row) => row.data), shape: [rows.length, ...inner] };
}
