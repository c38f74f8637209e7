import { type ConstantData, type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import { type Rewriting, rewrite } from "./rewriter.js";
import { permutationOf } from "./shapes.js";

/** Larger results are not folded, because they would enlarge the model. */
const MAXIMUM_SIZE = 65536;

const f = Math.fround;
const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => f(a + b),
  Sub: (a, b) => f(a - b),
  Mul: (a, b) => f(a * b),
  Div: (a, b) => f(a / b),
};
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: (x) => f(Math.sqrt(x)),
  Reciprocal: (x) => f(1 / x),
  Exp: (x) => f(Math.exp(x)),
  Log: (x) => f(Math.log(x)),
};
/** Operations that change neither the numbers nor their order. */
const RELABELLING: ReadonlySet<string> = new Set(["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);

/** Computes values that depend only on constants. */
export function constantFolding(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    const output = node.outputs[0]!;
    if (node.domain || node.outputs.length !== 1 || sizeOf(output.shape) > MAXIMUM_SIZE) return undefined;
    const data = evaluate(node, rewriting);
    return data && [rewriting.addConstant(data, output)];
  });
}

function evaluate(node: Node, rewriting: Rewriting): ConstantData | undefined {
  const { opType, inputs, outputs } = node;
  const [x, y] = inputs as [Value, Value?];
  const output = outputs[0]!;
  const data = x && rewriting.constant(x);
  if (!data) return undefined;
  if (RELABELLING.has(opType)) return data;
  if (opType === "Transpose") {
    return gathered(data, x.shape, output.shape, permutationOf(node.attributes.perm as never, x));
  }
  if (opType === "Expand") return broadcast(data, x.shape, output.shape);
  if (output.elementType !== "float32") return undefined;
  if (opType === "Cast" && x.elementType !== "int64") return Float32Array.from(data as Float32Array);
  if (!(data instanceof Float32Array)) return undefined;
  const unary = UNARY[opType];
  if (unary) return data.map(unary);
  const binary = BINARY[opType];
  const other = y && rewriting.constant(y);
  if (!binary || !(other instanceof Float32Array)) return undefined;
  const left = broadcast(data, x.shape, output.shape) as Float32Array;
  const right = broadcast(other, y!.shape, output.shape) as Float32Array;
  return left.map((value, i) => binary(value, right[i]!));
}

function broadcast(data: ConstantData, from: readonly number[], to: readonly number[]): ConstantData {
  const missing = to.length - from.length;
  const shape = [...Array.from({ length: missing }, () => 1), ...from];
  const axes = to.map((_, axis) => axis);
  return gathered(data, shape, to, axes);
}

/** The tensor of shape `to` whose axis i follows axis `axes[i]` of `data`, repeated if that axis has one entry. */
function gathered(
  data: ConstantData,
  from: readonly number[],
  to: readonly number[],
  axes: readonly number[],
): ConstantData {
  const strides = from.map((_, axis) => sizeOf(from.slice(axis + 1)));
  const steps = axes.map((axis) => (from[axis] === 1 ? 0 : strides[axis]!));
  const result = data.slice(0, 0).constructor as new (length: number) => ConstantData;
  const values = new result(sizeOf(to));
  const index = to.map(() => 0);
  let source = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = data[source] as never;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      source += steps[axis]!;
      if (index[axis]! < to[axis]!) break;
      source -= index[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}
