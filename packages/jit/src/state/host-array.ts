import type { DataType } from "@tensorflow/tfjs-core";
import { JitError } from "../errors.js";
import type { ElementType } from "../ir/graph.js";

/** Memory of a tensor outside the graph: Uint8Array holds bool. */
export type HostArray = Float32Array | Int32Array | Uint8Array;

/** Zeroed memory for `size` elements. */
export function allocate(elementType: ElementType, size: number): HostArray {
  switch (elementType) {
    case "float32":
      return new Float32Array(size);
    case "int32":
      return new Int32Array(size);
    case "bool":
      return new Uint8Array(size);
    case "int64":
      throw new JitError("jit: internal error, int64 memory outside the graph");
  }
}

/**
 * Converts the values of a tensor, as read from a tfjs backend, to the array type of its dtype. The cpu backend, for
 * example, keeps a bool tensor that was cast to float32 as a Uint8Array.
 */
export function toHostArray(values: ArrayLike<number>, dtype: DataType): HostArray {
  const Kind = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
  return values instanceof Kind ? values : Kind.from(values);
}
