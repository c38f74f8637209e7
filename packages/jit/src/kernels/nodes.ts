import type { Attribute, ElementType, Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";

/**
 * Single ONNX nodes with shape inference, for the lowerings. Each function returns its input if nothing would change.
 */

/** Shape of an elementwise result under numpy's rules. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) {
      throw new RangeError(`The shapes ${shapes.map((shape) => `[${shape}]`).join(" and ")} do not broadcast`);
    }
    return sizes[0] ?? 1;
  });
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Shape without `axes`, or with size 1 there. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
}

/** An elementwise node; the result has the type of the first input by default. */
export function elementwise(
  graph: GraphBuilder,
  opType: string,
  inputs: readonly Value[],
  elementType: ElementType = (inputs[0] as Value).elementType,
  attributes: Readonly<Record<string, Attribute>> = {},
): Value {
  const shape = inputs.length === 1 ? (inputs[0] as Value).shape : broadcastShapes(...inputs.map((x) => x.shape));
  return graph.op(opType, inputs, attributes, { elementType, shape });
}

/** A scalar constant with the type of `x`. */
export function scalarLike(graph: GraphBuilder, x: Value, value: number): Value {
  return graph.scalar(value, x.elementType);
}

/** Elementwise node of `x` and a number. */
export function withScalar(graph: GraphBuilder, opType: string, x: Value, value: number, elementType?: ElementType) {
  return elementwise(graph, opType, [x, scalarLike(graph, x, value)], elementType ?? x.elementType);
}

const DATA_TYPES: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Constants up to this size are converted when the graph is built, so that lowerings can look for known numbers. */
const FOLDED_SIZE = 4096;

/** Conversion as in C: towards zero from float to integer, `x != 0` to bool. */
export function cast(graph: GraphBuilder, x: Value, elementType: ElementType): Value {
  if (x.elementType === elementType) return x;
  const data = graph.constantData(x);
  if (data && (data.length <= FOLDED_SIZE || elementType === "int64")) {
    const numbers = Array.from(data, Number);
    return graph.constant(elementType === "bool" ? numbers.map((n) => Number(n !== 0)) : numbers, x.shape, elementType);
  }
  return graph.op("Cast", [x], { to: { int: DATA_TYPES[elementType] } }, { elementType, shape: x.shape });
}

/** Integers wrap around to int32, as JavaScript stores them. */
export function wrapped(graph: GraphBuilder, int64: Value): Value {
  return graph.op("Cast", [int64], { to: { int: DATA_TYPES.int32 } }, { elementType: "int32", shape: int64.shape });
}

/**
 * Floats as JavaScript stores them in an Int32Array: truncated towards zero, modulo 2^32, and 0 if they are not finite.
 */
export function stored(graph: GraphBuilder, x: Value): Value {
  // From 2^63 on all floats are multiples of 2^32, and processors differ in their conversion.
  const isInt64 = withScalar(graph, "Less", elementwise(graph, "Abs", [x]), 2 ** 63, "bool");
  return wrapped(graph, cast(graph, where(graph, isInt64, x, scalarLike(graph, x, 0)), "int64"));
}

export function reshape(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  // A 0 in the target means "as in the input" unless allowzero is set.
  const attributes: Readonly<Record<string, Attribute>> = shape.includes(0) ? { allowzero: { int: 1 } } : {};
  const data = graph.constantData(x);
  if (data) return graph.constant(data, shape, x.elementType);
  return graph.op("Reshape", [x, graph.ints(shape)], attributes, { elementType: x.elementType, shape });
}

/** Permutes axes; a permutation that moves only axes of size 1 is a Reshape. */
export function transpose(graph: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis] as number);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return reshape(graph, x, shape);
  return graph.op("Transpose", [x], { perm: { ints: perm } }, { elementType: x.elementType, shape });
}

/** Repeats axes of size 1 up to `shape`. */
export function expand(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  return graph.op("Expand", [x, graph.ints(shape)], {}, { elementType: x.elementType, shape });
}

/** A tensor of one repeated number: a constant if it has one element, otherwise an Expand of a scalar. */
export function filled(graph: GraphBuilder, shape: readonly number[], value: number, elementType: ElementType): Value {
  if (sizeOf(shape) === 1) return graph.constant([value], shape, elementType);
  return expand(graph, graph.scalar(value, elementType), shape);
}

/** `condition ? t : e`, for every type. */
export function where(graph: GraphBuilder, condition: Value, t: Value, e: Value): Value {
  if (t.elementType !== "bool") return elementwise(graph, "Where", [condition, t, e], t.elementType);
  // onnxruntime has no Where for bool.
  const chosen = elementwise(graph, "And", [condition, t]);
  const other = elementwise(graph, "And", [elementwise(graph, "Not", [condition]), e]);
  return elementwise(graph, "Or", [chosen, other]);
}

/** A reduction node whose axes are an input (opset 18). No axes means no reduction. */
export function reduce(
  graph: GraphBuilder,
  opType: string,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
  elementType: ElementType = x.elementType,
): Value {
  if (axes.length === 0) return x;
  const shape = reducedShape(x.shape, axes, keepDims);
  return graph.op(opType, [x, graph.ints(axes)], { keepdims: { int: keepDims ? 1 : 0 } }, { elementType, shape });
}

/** One axis of a {@link slice}: `size` elements from `start` on, every `step`-th. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
  readonly step?: number;
}

/** Slices some axes; ranges that cover a whole axis forwards are dropped. */
export function slice(graph: GraphBuilder, x: Value, ranges: readonly SliceRange[]): Value {
  const needed = ranges.filter(
    ({ axis, start, size, step = 1 }) => start !== 0 || size !== x.shape[axis] || step !== 1,
  );
  if (needed.length === 0) return x;
  const shape = [...x.shape];
  for (const { axis, size } of needed) shape[axis] = size;
  // The end is past the last element. With a negative step it may be before 0, where ONNX would read -1 as "the last";
  // -dimension - 1 is clamped to "before the first".
  const ends = needed.map(({ axis, start, size, step = 1 }) => {
    const end = start + size * step;
    return end < 0 ? -(x.shape[axis] as number) - 1 : end;
  });
  const steps = needed.map(({ step = 1 }) => step);
  const inputs = [
    x,
    graph.ints(needed.map(({ start }) => start)),
    graph.ints(ends),
    graph.ints(needed.map(({ axis }) => axis)),
    ...(steps.some((step) => step !== 1) ? [graph.ints(steps)] : []),
  ];
  return graph.op("Slice", inputs, {}, { elementType: x.elementType, shape });
}

/** Pads with a constant; negative pads crop. */
export function pad(
  graph: GraphBuilder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  value = 0,
): Value {
  if ([...before, ...after].every((size) => size === 0)) return x;
  const shape = x.shape.map((size, axis) => (before[axis] as number) + size + (after[axis] as number));
  const inputs = [x, graph.ints([...before, ...after]), scalarLike(graph, x, value)];
  return graph.op("Pad", inputs, {}, { elementType: x.elementType, shape });
}

export function concat(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  const first = values[0] as Value;
  if (values.length === 1) return first;
  const shape = [...first.shape];
  shape[axis] = values.reduce((size, value) => size + (value.shape[axis] as number), 0);
  return graph.op("Concat", values, { axis: { int: axis } }, { elementType: first.elementType, shape });
}

/** Gathers rows of an axis by integer indices; the shape of `indices` replaces that axis. */
export function gather(graph: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return graph.op("Gather", [x, indices], { axis: { int: axis } }, { elementType: x.elementType, shape });
}

/** Matrix product, batched over leading axes. */
export function matMul(graph: GraphBuilder, a: Value, b: Value): Value {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, a.shape.at(-2) as number, b.shape.at(-1) as number];
  return graph.op("MatMul", [a, b], {}, { elementType: a.elementType, shape });
}
