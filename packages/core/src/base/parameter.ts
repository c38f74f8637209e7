import * as tf from "@tensorflow/tfjs-core";
import { equalShapes } from "./shape.js";

/** A parameter of a distribution: a tensor or variable, or numbers as tfjs takes them. */
export type ParameterValue = tf.Tensor | tf.TensorLike;

/** What the values of a parameter must be. */
export type Domain =
  | "real"
  | "logits"
  | "positive"
  | "unitInterval"
  | "probability"
  | "properProbability"
  | "simplex"
  | "count"
  | "lowerTriangular";

/** `'shapes'` checks what costs nothing; `'values'` also reads tensors (a GPU stalls, tracing is impossible); `false` checks nothing. */
export type Validation = "shapes" | "values" | false;

/**
 * One parameter as it was given. A tensor or variable is kept by identity, so that gradients reach it and a variable is
 * read anew at each use. Numbers are kept as numbers and become a tensor at each use: a distribution owns no memory, and
 * there is nothing to dispose of.
 */
export class Parameter {
  readonly name: string;
  /** The tensor or variable that was given, or undefined if numbers were. */
  readonly given: tf.Tensor | undefined;
  readonly shape: readonly number[];
  private readonly numbers: Float32Array | undefined;

  constructor(owner: string, name: string, value: ParameterValue, domain: Domain, validate: Validation) {
    this.name = name;
    if (value === undefined || value === null) {
      throw new TypeError(`${owner}: ${name} is missing; pass a tensor, a number or an array of numbers`);
    }
    if (value instanceof tf.Tensor) {
      if (value.isDisposed) {
        throw new Error(`${owner}: ${name} is a tensor that was disposed of`);
      }
      if (value.dtype !== "float32" && value.dtype !== "int32") {
        throw new TypeError(`${owner}: ${name} must be a float32 tensor, got ${value.dtype}`);
      }
      this.given = value;
      this.shape = value.shape.slice();
      if (validate === "values") {
        checkDomain(owner, name, value.dataSync(), this.shape, domain);
      }
      return;
    }
    const { data, shape } = flatten(`${owner}: ${name}`, value);
    this.numbers = Float32Array.from(data);
    this.shape = shape;
    if (validate !== false) {
      checkDomain(owner, name, data, shape, domain);
      checkDomain(owner, name, this.numbers, shape, domain);
    }
  }

  /** The parameter as a float32 tensor: the one that was given, or a new one made from the numbers. */
  get tensor(): tf.Tensor {
    if (this.given) {
      return this.given.dtype === "float32" ? this.given : tf.cast(this.given, "float32");
    }
    return tf.tensor(this.numbers as Float32Array, this.shape.slice(), "float32");
  }

  /** The numbers themselves, as float32. Reads the tensor if one was given, which a compiler that traces the caller refuses. */
  read(): Float32Array {
    return this.numbers ?? Float32Array.from((this.given as tf.Tensor).dataSync());
  }

  /** Whether two parameters are the same for certain: the same tensor object, or equal numbers. Reads no tensor. */
  equals(other: Parameter): boolean {
    if (this.given || other.given) {
      return this.given === other.given;
    }
    const [a, b] = [this.numbers as Float32Array, other.numbers as Float32Array];
    return equalShapes(this.shape, other.shape) && a.every((value, index) => value === b[index]);
  }
}

const allowed: Record<Domain, string> = {
  real: "hold finite numbers",
  logits: "hold numbers below Infinity (-Infinity is probability 0), one of each event finite",
  positive: "hold finite numbers > 0",
  unitInterval: "hold numbers in (0, 1]",
  probability: "hold probabilities in [0, 1]",
  properProbability: "hold probabilities in (0, 1)",
  lowerTriangular: "hold finite lower triangular matrices with a diagonal > 0",
  count: "hold whole numbers from 0 to 2^24, where float32 counts exactly",
  simplex: "hold probabilities >= 0 that sum to 1 on the last axis",
};

/** Numbers and shape of nested arrays, without a tensor: a compiler that traces the caller would see it read. */
/** @throws TypeError unless this is a number, a boolean, a typed array or an array that begins with one of them. */
export function checkNumeric(what: string, given: unknown): void {
  let leaf = given;
  while (Array.isArray(leaf) && leaf.length > 0) {
    leaf = leaf[0];
  }
  if (!(typeof leaf === "number" || typeof leaf === "boolean" || ArrayBuffer.isView(leaf) || Array.isArray(leaf))) {
    throw new TypeError(`${what} must be a tensor, a number or an array of numbers, got ${String(leaf)}`);
  }
}

function flatten(what: string, value: unknown): { data: number[]; shape: number[] } {
  if (typeof value === "number" || typeof value === "boolean") {
    return { data: [Number(value)], shape: [] };
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = Array.from(value as Float32Array);
    return { data, shape: [data.length] };
  }
  if (!Array.isArray(value)) {
    throw new TypeError(`${what} must be a tensor, a number or an array of numbers, got ${String(value)}`);
  }
  const rows = value.map((row) => flatten(what, row));
  const inner = rows[0]?.shape ?? [];
  if (!rows.every((row) => equalShapes(row.shape, inner))) {
    throw new RangeError(`${what} must be a rectangular array, got rows of unequal shapes`);
  }
  return { data: rows.flatMap((row) => row.data), shape: [rows.length, ...inner] };
}

function checkDomain(
  owner: string,
  name: string,
  data: ArrayLike<number>,
  shape: readonly number[],
  domain: Domain,
): void {
  const refuse = (given: string): never => {
    throw new RangeError(`${owner}: ${name} must ${allowed[domain]}, got ${given}`);
  };
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (!isInDomain(value, domain)) {
      refuse(data.length === 1 ? `${value}` : `${value} at index ${index}`);
    }
  }
  const categories = shape.at(-1) ?? 1;
  for (let start = 0; start < data.length; start += categories) {
    const event = Array.from({ length: categories }, (_, index) => data[start + index] as number);
    if (domain === "simplex") {
      const sum = event.reduce((total, value) => total + value, 0);
      if (Math.abs(sum - 1) > simplexTolerance(categories)) {
        refuse(`a sum of ${sum}`);
      }
    } else if (domain === "lowerTriangular" && shape.at(-2) === categories) {
      const row = (start / categories) % categories;
      const wrong = event.findIndex((value, column) => (column === row ? !(value > 0) : column > row && value !== 0));
      if (wrong >= 0) {
        refuse(`${event[wrong]} in row ${row}, column ${wrong}`);
      }
    } else if (domain === "logits" && event.every((value) => value === Number.NEGATIVE_INFINITY)) {
      refuse("-Infinity alone");
    }
  }
}

function isInDomain(value: number, domain: Domain): boolean {
  if (domain === "logits") {
    return value < Number.POSITIVE_INFINITY;
  }
  if (!Number.isFinite(value) || domain === "real" || domain === "lowerTriangular") {
    return Number.isFinite(value);
  }
  switch (domain) {
    case "positive":
      return value > 0;
    case "unitInterval":
      return value > 0 && value <= 1;
    case "count":
      return Number.isInteger(value) && value >= 0 && value <= 2 ** 24;
    case "properProbability":
      return value > 0 && value < 1;
    default:
      return value >= 0 && value <= 1 + simplexTolerance(1);
  }
}

/** How far the float32 rounding of `categories` probabilities may move their sum from 1. */
export function simplexTolerance(categories: number): number {
  return 4 * (categories + 1) * 2 ** -24;
}
