import type { Attribute, ElementType, Graph, Initializer, Node, Value } from "../ir/graph.js";
import { ProtobufWriter } from "./protobuf.js";

/**
 * ONNX operator set of our models. In opset 18 the axes of all reductions became inputs, and every runtime since 2023
 * supports it.
 */
export const OPSET = 18;
const IR_VERSION = 10;
/** onnxruntime's own operators, e.g. `FusedMatMul`. */
const MICROSOFT_DOMAIN = "com.microsoft";

/** `TensorProto.DataType`. */
const DATA_TYPES: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

export interface EncodeOptions {
  /** Key and value pairs stored in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The axes of inputs and outputs that have the symbolic size "batch". */
  readonly batchAxes?: ReadonlyMap<Value, readonly boolean[]>;
  /** Nodes, including those of subgraphs, whose names get the suffix `mark`. */
  readonly marked?: { readonly nodes: ReadonlySet<Node>; readonly mark: string };
}

/** Serializes a graph as an ONNX `ModelProto`; field numbers are those of onnx.proto. */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array {
  const { metadata = {} } = options;
  const writer = new ProtobufWriter();
  writer.integer(1, IR_VERSION);
  writer.string(2, "@igr/jit");
  writer.message(7, (w) => writeGraph(w, graph, options));
  writer.message(8, (w) => w.string(1, "").integer(2, OPSET));
  if (usesDomain(graph, MICROSOFT_DOMAIN)) writer.message(8, (w) => w.string(1, MICROSOFT_DOMAIN).integer(2, 1));
  for (const [key, value] of Object.entries(metadata)) writer.message(14, (w) => w.string(1, key).string(2, value));
  return writer.finish();
}

function usesDomain(graph: Graph, domain: string): boolean {
  return graph.nodes.some(
    (node) =>
      node.domain === domain ||
      Object.values(node.attributes).some((attribute) => "graph" in attribute && usesDomain(attribute.graph, domain)),
  );
}

function writeGraph(writer: ProtobufWriter, graph: Graph, { batchAxes, marked }: EncodeOptions): void {
  for (const [index, node] of graph.nodes.entries()) writer.message(1, (w) => writeNode(w, node, index, marked));
  writer.string(2, graph.name);
  for (const initializer of graph.initializers) writer.message(5, (w) => writeTensor(w, initializer));
  for (const value of graph.inputs) writer.message(11, (w) => writeValueInfo(w, value, batchAxes?.get(value)));
  for (const value of graph.outputs) writer.message(12, (w) => writeValueInfo(w, value, batchAxes?.get(value)));
}

function writeNode(writer: ProtobufWriter, node: Node, index: number, marked: EncodeOptions["marked"]): void {
  for (const input of trimTrailingAbsent(node.inputs)) writer.string(1, input?.name ?? "");
  for (const output of node.outputs) writer.string(2, output.name);
  // The profiler of onnxruntime reports nodes by this name.
  const mark = marked?.nodes.has(node) ? marked.mark : "";
  writer.string(3, `${node.source?.kernel ?? "jit"}/${node.opType}_${index}${mark}`);
  writer.string(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (w) => writeAttribute(w, name, attribute, marked));
  }
  if (node.domain) writer.string(7, node.domain);
}

/** Absent inputs at the end are omitted, because some runtimes look for an input with the empty name. */
function trimTrailingAbsent(inputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  let length = inputs.length;
  while (length > 0 && inputs[length - 1] === undefined) length--;
  return inputs.slice(0, length);
}

function writeAttribute(
  writer: ProtobufWriter,
  name: string,
  attribute: Attribute,
  marked: EncodeOptions["marked"],
): void {
  writer.string(1, name);
  const kind = Object.keys(attribute)[0] as keyof typeof ATTRIBUTE_TYPES;
  writer.integer(20, ATTRIBUTE_TYPES[kind]);
  if ("float" in attribute) writer.float(2, attribute.float);
  else if ("int" in attribute) writer.integer(3, attribute.int);
  else if ("string" in attribute) writer.string(4, attribute.string);
  else if ("tensor" in attribute) writer.message(5, (w) => writeTensor(w, attribute.tensor));
  else if ("graph" in attribute) writer.message(6, (w) => writeGraph(w, attribute.graph, marked ? { marked } : {}));
  else if ("floats" in attribute) for (const value of attribute.floats) writer.float(7, value);
  else if ("ints" in attribute) for (const value of attribute.ints) writer.integer(8, value);
  else for (const value of attribute.strings) writer.string(9, value);
}

function writeTensor(writer: ProtobufWriter, { value, data }: Initializer): void {
  for (const dimension of value.shape) writer.integer(1, dimension);
  writer.integer(2, DATA_TYPES[value.elementType]);
  writer.string(8, value.name);
  writer.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(
  writer: ProtobufWriter,
  { name, elementType, shape }: Value,
  batchAxes: readonly boolean[] = [],
): void {
  writer.string(1, name);
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, DATA_TYPES[elementType]);
      tensor.message(2, (dimensions) => {
        for (const [axis, dimension] of shape.entries()) {
          dimensions.message(1, (w) => (batchAxes[axis] ? w.string(2, "batch") : w.integer(1, dimension)));
        }
      });
    }),
  );
}
