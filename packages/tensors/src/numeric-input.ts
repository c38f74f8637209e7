import * as tf from "@tensorflow/tfjs-core";
import { equalShapes } from "./shape.js";

/** Numbers in the order of their indices, with their shape. */
export interface FlatNumbers {
  /** The numbers as they were given, in float64. */
  readonly data: number[];
  /** The shape of the nested arrays. */
  readonly shape: number[];
}

/**
 * Checks that a value is numeric. @throws TypeError unless this is a number, a boolean, a typed array or an array that
 * begins with one of them.
 */
export function checkNumeric(what: string, given: unknown): void {
  let leaf = given;
  while (Array.isArray(leaf) && leaf.length > 0) leaf = leaf[0];
  if (!(typeof leaf === "number" || typeof leaf === "boolean" || ArrayBuffer.isView(leaf) || Array.isArray(leaf))) {
    throw notNumeric(what, leaf);
  }
}

/**
 * Numbers and shape of nested arrays, without a tensor: a compiler that traces the caller would see it read.
 *
 * @throws TypeError for a value that is not a number; RangeError for rows of unequal shapes.
 */
export function flattenNumbers(what: string, given: unknown): FlatNumbers {
  if (typeof given === "number" || typeof given === "boolean") return { data: [Number(given)], shape: [] };
  if (ArrayBuffer.isView(given) && !(given instanceof DataView)) {
    const data = Array.from(given as Float32Array);
    return { data, shape: [data.length] };
  }
  if (!Array.isArray(given)) throw notNumeric(what, given);
  const rows = given.map((row) => flattenNumbers(what, row));
  const inner = rows[0]?.shape ?? [];
  if (!rows.every((row) => equalShapes(row.shape, inner))) {
    throw new RangeError(`${what} must be a rectangular array, got rows of unequal shapes`);
  }
  return { data: rows.flatMap((row) => row.data), shape: [rows.length, ...inner] };
}

/**
 * A float32 tensor of what was given: the tensor itself where it is one. Whole numbers and truth values are cast.
 *
 * @param what Owner and argument as an error prints them: `Normal.logProb: a value`.
 * @throws TypeError for strings, complex numbers and what holds no numbers.
 */
export function toFloat32(what: string, given: tf.Tensor | tf.TensorLike): tf.Tensor {
  if (!(given instanceof tf.Tensor)) {
    checkNumeric(what, given);
    return tf.tensor(given, undefined, "float32");
  }
  if (given.dtype === "string" || given.dtype === "complex64") {
    throw new TypeError(`${what} must be a real tensor, got dtype ${given.dtype}`);
  }
  return given.dtype === "float32" ? given : tf.cast(given, "float32");
}

function notNumeric(what: string, given: unknown): TypeError {
  return new TypeError(`${what} must be a tensor, a number or an array of numbers, got ${String(given)}`);
}
