import { type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import { reshape } from "./layout-nodes.js";
import { type Rewriting, rewrite } from "./rewriter.js";
import { sameShape } from "./shapes.js";

/**
 * Chooses shapes that are fast in the runtime's kernels:
 * - for a tensor whose last axis has one entry and a scalar, onnxruntime works element by element (11 ns each instead
 *   of 0.2 for the flat tensor), so the tensor is flattened;
 * - a bias or a Relu after a matrix was reshaped to an image is applied to the matrix itself, so that it becomes part
 *   of the product before.
 */
export function flatShapes(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => onFlat(node, rewriting) ?? beforeReshape(node, rewriting));
}

const BINARY: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"],
  ...["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"],
]);

function onFlat(node: Node, rewriting: Rewriting): readonly Value[] | undefined {
  const [a, b] = node.inputs as [Value, Value];
  if (!BINARY.has(node.opType) || node.inputs.length !== 2) return undefined;
  const output = node.outputs[0]!;
  const size = sizeOf(output.shape);
  const tensor = sizeOf(a.shape) === 1 ? b : a;
  const other = tensor === a ? b : a;
  const isSlow = output.shape.length > 1 && output.shape.at(-1) === 1 && size > 1 && sizeOf(other.shape) === 1;
  if (!isSlow || sizeOf(tensor.shape) !== size) return undefined;
  const flat = reshape(tensor, [size], rewriting);
  const scalar = other.shape.length === 0 ? other : reshape(other, [], rewriting);
  const result = rewriting.op(node.opType, tensor === a ? [flat, scalar] : [scalar, flat], node.attributes, {
    elementType: output.elementType,
    shape: [size],
  });
  return [reshape(result, output.shape, rewriting)];
}

function beforeReshape(node: Node, rewriting: Rewriting): readonly Value[] | undefined {
  if (node.opType !== "Relu" && node.opType !== "Add") return undefined;
  const output = node.outputs[0]!;
  const place = node.inputs.findIndex((input) => input && isPlacedProduct(input, rewriting));
  const placed = node.inputs[place];
  if (!placed || !sameShape(placed.shape, output.shape)) return undefined;
  const matrix = rewriting.producer(placed)!.inputs[0]!;
  const others = node.inputs.filter((_, i) => i !== place) as Value[];
  const areBiases = others.every(({ shape }) => shape.length === 1 && shape[0] === matrix.shape[1]);
  if (!areBiases) return undefined;
  return [reshape(rewriting.op(node.opType, [matrix, ...others], {}, matrix), output.shape, rewriting)];
}

/** A matrix product, with or without bias, whose rows were split over several axes. */
function isPlacedProduct(value: Value, { producer, uses }: Rewriting): boolean {
  const node = producer(value);
  const matrix = node?.opType === "Reshape" && uses(value) === 1 ? node.inputs[0] : undefined;
  return (
    matrix !== undefined &&
    matrix.shape.length === 2 &&
    matrix.shape[1] === value.shape.at(-1) &&
    uses(matrix) === 1 &&
    producer(matrix)?.opType === "Gemm"
  );
}
