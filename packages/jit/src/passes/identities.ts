import { type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import { ints, reshape } from "./layout-nodes.js";
import { type Rewriting, type Rule, rewrite } from "./rewriter.js";
import { isFilledWith, permutationOf, sameShape } from "./shapes.js";

/**
 * Removes algebra that costs a pass over the data without effect: x * 1, x / 1, x + 0, x - 0, -(-x), a + (-b), casts to
 * the same type, and nested reshapes and transpositions.
 */
export function identities(graph: Graph): boolean {
  const outputs = new Set(graph.outputs);
  return rewrite(graph, (node, rewriting) =>
    isNeededCopy(node, outputs, rewriting) ? undefined : RULES[node.opType]?.(node, rewriting),
  );
}

/** An output that is a copy, because the value itself cannot be one: an input, a constant, another output. */
function isNeededCopy({ opType, inputs, outputs }: Node, graphOutputs: ReadonlySet<Value>, { producer }: Rewriting) {
  const [x] = inputs as [Value];
  return opType === "Identity" && graphOutputs.has(outputs[0]!) && (!producer(x) || graphOutputs.has(x));
}

/** `x` in the shape of the node's output. */
function instead(x: Value, node: Node, rewriting: Rewriting): readonly Value[] | undefined {
  const output = node.outputs[0]!;
  if (sameShape(x.shape, output.shape)) return [x];
  if (sizeOf(x.shape) === sizeOf(output.shape)) return [reshape(x, output.shape, rewriting)];
  // If the other operand only expands x, an Expand node expresses this, and its readers can omit it.
  return [rewriting.op("Expand", [x, ints(output.shape, rewriting)], {}, output)];
}

/** Operations with a neutral element; only on the right if they do not commute. */
function neutral(element: number, commutes: boolean): Rule {
  return (node, rewriting) => {
    const [a, b] = node.inputs as [Value, Value];
    if (isFilledWith(rewriting.constant(b), element)) return instead(a, node, rewriting);
    if (commutes && isFilledWith(rewriting.constant(a), element)) return instead(b, node, rewriting);
    return undefined;
  };
}

const timesOne = neutral(1, true);
const overOne = neutral(1, false);
const plusZero = neutral(0, true);
const minusZero = neutral(0, false);

/** The operand of a negation that nothing else reads. */
function negated(value: Value, { producer, uses }: Rewriting): Value | undefined {
  const node = producer(value);
  return node?.opType === "Neg" && uses(value) === 1 ? node.inputs[0] : undefined;
}

const add: Rule = (node, rewriting) => {
  const [a, b] = node.inputs as [Value, Value];
  const zero = plusZero(node, rewriting);
  if (zero) return zero;
  const minusB = negated(b, rewriting);
  if (minusB) return [rewriting.op("Sub", [a, minusB], {}, node.outputs[0]!)];
  const minusA = negated(a, rewriting);
  return minusA && [rewriting.op("Sub", [b, minusA], {}, node.outputs[0]!)];
};

const subtract: Rule = (node, rewriting) => {
  const [a, b] = node.inputs as [Value, Value];
  const zero = minusZero(node, rewriting);
  if (zero) return zero;
  const minusB = negated(b, rewriting);
  return minusB && [rewriting.op("Add", [a, minusB], {}, node.outputs[0]!)];
};

const negate: Rule = ({ inputs }, { producer }) => {
  const inner = producer(inputs[0]!);
  return inner?.opType === "Neg" ? [inner.inputs[0]!] : undefined;
};

const cast: Rule = ({ inputs, outputs }) =>
  inputs[0]!.elementType === outputs[0]!.elementType ? [inputs[0]!] : undefined;

const RESHAPES: ReadonlySet<string> = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten"]);

const mergeReshapes: Rule = (node, rewriting) => {
  const x = node.inputs[0]!;
  const { shape } = node.outputs[0]!;
  if (sameShape(x.shape, shape)) return [x];
  const inner = rewriting.producer(x);
  if (!inner || !RESHAPES.has(inner.opType)) return undefined;
  const source = inner.inputs[0]!;
  return [sameShape(source.shape, shape) ? source : reshape(source, shape, rewriting)];
};

const transpose: Rule = (node, rewriting) => {
  const x = node.inputs[0]!;
  const output = node.outputs[0]!;
  const perm = permutationOf(node.attributes.perm as never, x);
  // Moving axes of one entry does not move any number.
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || moving[i - 1]! < axis)) {
    return [sameShape(x.shape, output.shape) ? x : reshape(x, output.shape, rewriting)];
  }
  const inner = rewriting.producer(x);
  if (inner?.opType !== "Transpose") return undefined;
  const source = inner.inputs[0]!;
  const first = permutationOf(inner.attributes.perm as never, source);
  return [rewriting.op("Transpose", [source], { perm: { ints: perm.map((axis) => first[axis]!) } }, output)];
};

const RULES: Readonly<Record<string, Rule>> = {
  Identity: ({ inputs }) => [inputs[0]!],
  Mul: timesOne,
  Div: overOne,
  Add: add,
  Sub: subtract,
  Neg: negate,
  Cast: cast,
  Reshape: mergeReshapes,
  Squeeze: mergeReshapes,
  Unsqueeze: mergeReshapes,
  Flatten: mergeReshapes,
  Transpose: transpose,
};
