import type { Value } from "../ir/graph.js";
import { attributes, input, parseAxis } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, pad } from "./nodes.js";

interface ScanAttributes {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

function scan(call: KernelCall) {
  const x = input(call, "x");
  const { axis, exclusive, reverse } = attributes<ScanAttributes>(call);
  return {
    x: x.elementType === "bool" ? cast(call.graph, x, "int32") : x,
    axis: parseAxis(axis, x.shape.length),
    exclusive: exclusive === true,
    reverse: reverse === true,
  };
}

const cumsum: Lowering = (call) => {
  const { graph } = call;
  const { x, axis, exclusive, reverse } = scan(call);
  const flags = { exclusive: { int: exclusive ? 1 : 0 }, reverse: { int: reverse ? 1 : 0 } };
  return graph.op("CumSum", [x, graph.scalar(axis, "int64")], flags, x);
};

/**
 * ONNX has no cumulative product. Doubling (Hillis and Steele 1986): after k rounds element i holds the product of the
 * 2^k elements that end at i, so log2(n) products of shifted tensors suffice.
 */
const cumprod: Lowering = (call) => {
  const { x, axis, exclusive, reverse } = scan(call);
  const length = x.shape[axis] ?? 1;
  let products = exclusive ? shifted(call, x, axis, 1, reverse) : x;
  for (let distance = 1; distance < length; distance *= 2) {
    products = elementwise(call.graph, "Mul", [products, shifted(call, products, axis, distance, reverse)]);
  }
  return products;
};

/** Moves the elements of an axis up (down when reversed) by `distance` and fills with ones. */
function shifted(call: KernelCall, x: Value, axis: number, distance: number, reverse: boolean): Value {
  const entering = x.shape.map((_, i) => (i === axis ? distance : 0));
  const leaving = entering.map((size) => -size);
  return reverse ? pad(call.graph, x, leaving, entering, 1) : pad(call.graph, x, entering, leaving, 1);
}

export const scans: LoweringTable = { Cumsum: cumsum, Cumprod: cumprod };
