import type { Value } from "../ir/graph.js";
import { allowTypes, input, upcast } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, reshape, where } from "./nodes.js";

function operands(call: KernelCall): [Value, Value] {
  return upcast(call.graph, input(call, "a"), input(call, "b"));
}

/** The order false < true. ONNX compares bools only as integers. */
function ordered(opType: string): Lowering {
  return (call) => {
    const { graph } = call;
    const [a, b] = operands(call);
    if (a.elementType !== "bool") return elementwise(graph, opType, [a, b], "bool");
    return elementwise(graph, opType, [cast(graph, a, "int32"), cast(graph, b, "int32")], "bool");
  };
}

const equal: Lowering = (call) => elementwise(call.graph, "Equal", operands(call), "bool");

const notEqual: Lowering = (call) => {
  const [a, b] = operands(call);
  if (a.elementType === "bool") return elementwise(call.graph, "Xor", [a, b]);
  return elementwise(call.graph, "Not", [elementwise(call.graph, "Equal", [a, b], "bool")]);
};

function logical(opType: string): Lowering {
  return (call) => {
    const inputs = [input(call, "a"), input(call, "b")].map((x) => cast(call.graph, x, "bool"));
    return elementwise(call.graph, opType, inputs);
  };
}

const logicalNot: Lowering = (call) => elementwise(call.graph, "Not", [cast(call.graph, input(call, "x"), "bool")]);

/** A condition of rank 1 chooses whole rows. */
const select: Lowering = (call) => {
  const { graph } = call;
  const condition = input(call, "condition");
  allowTypes(call, condition, "bool");
  const [t, e] = upcast(graph, input(call, "t"), input(call, "e"));
  const byRow = condition.shape.length === 1 && t.shape.length > 1;
  const shape = byRow ? [...condition.shape, ...t.shape.slice(1).map(() => 1)] : condition.shape;
  return where(graph, reshape(graph, condition, shape), t, e);
};

export const comparison: LoweringTable = {
  Equal: equal,
  NotEqual: notEqual,
  Greater: ordered("Greater"),
  GreaterEqual: ordered("GreaterOrEqual"),
  Less: ordered("Less"),
  LessEqual: ordered("LessOrEqual"),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),
  LogicalNot: logicalNot,
  Select: select,
};
