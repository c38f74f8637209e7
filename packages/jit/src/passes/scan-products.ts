import { type Attribute, Graph, type Node, readsOf, type Value, type ValueType } from "../ir/graph.js";
import { deadCode } from "./dead-code.js";
import { newName } from "./rewriter.js";
import { type ScanParts, scanOf, scanParts } from "./scans.js";

/**
 * Moves matrix products out of the steps of loops, as one product for all steps where the steps have small ones:
 * - the product of a sequence's row and a weight (`x W` of a recurrent layer), before the loop;
 * - sums over the steps of products and of rows (the gradients of weights and biases), after the loop, from stacks of their factors;
 * - a product with a weight that only becomes a row of a stack (the gradient of the layer below), after the loop.
 */
export function scanProducts(graph: Graph): boolean {
  let changed = false;
  const nodes = graph.nodes.flatMap((node) => {
    const parts = scanParts(node);
    const direction = parts?.sequences[0]?.direction;
    if (!parts || parts.sequences.some((sequence) => sequence.direction !== direction)) return [node];
    const loop = new LoopProducts(graph, parts);
    // Not lazily: each of the three.
    const changes = [loop.moveRowProducts(), loop.moveSums(), loop.moveStackedProducts()];
    if (!changes.includes(true)) return [node];
    changed = true;
    return [...loop.before, scanOf(node, loop.parts()), ...loop.after];
  });
  if (changed) graph.nodes = nodes;
  return changed;
}

const NUMBERS = (shape: readonly number[]): ValueType => ({ elementType: "float32", shape });

class LoopProducts {
  readonly before: Node[] = [];
  readonly after: Node[] = [];
  #states: ScanParts["states"];
  #sequences: ScanParts["sequences"];
  #stacks: ScanParts["stacks"];
  #nodes: readonly Node[];
  readonly #producers: ReadonlyMap<Value, Node>;
  readonly #direction: number;
  readonly #steps: number;

  constructor(
    readonly graph: Graph,
    readonly given: ScanParts,
  ) {
    this.#states = given.states;
    this.#sequences = given.sequences;
    this.#stacks = given.stacks;
    this.#nodes = given.body.nodes;
    this.#producers = given.body.producers();
    this.#direction = given.sequences[0]!.direction;
    this.#steps = given.sequences[0]!.sequence.shape[0]!;
  }

  parts(): ScanParts {
    const { name, inputs, initializers } = this.given.body;
    const outputs = [...this.#states.map(({ output }) => output), ...this.#stacks.map(({ row }) => row)];
    const body = new Graph(name, inputs, outputs, initializers, this.#nodes);
    // What moved may have read a state that is no longer one.
    deadCode(body);
    return { body, states: this.#states, sequences: this.#sequences, stacks: this.#stacks };
  }

  moveRowProducts(): boolean {
    const outputs = new Set<Value>(this.given.body.outputs);
    const moved = this.#nodes.filter((node) => {
      const sequence = this.#sequences.find(({ row }) => row === node.inputs[0])?.sequence;
      const output = node.outputs[0]!;
      if (!sequence || !this.#isProductWithOutside(node) || outputs.has(output)) return false;
      this.#sequences = [
        ...this.#sequences,
        { row: output, sequence: this.#productOfAll(node, sequence, this.before), direction: this.#direction },
      ];
      return true;
    });
    this.#nodes = this.#nodes.filter((node) => !moved.includes(node));
    return moved.length > 0;
  }

  moveSums(): boolean {
    const kept = this.#states.filter(({ input, output, initial, last }) => {
      const readers = this.#nodes.filter((node) => readsOf(node).some((value) => value === input || value === output));
      const node = this.#producers.get(output);
      if (!node || readers.length !== 1 || readers[0] !== node) return true;
      const nodes: Node[] = [];
      const stacks = this.#stacks;
      const inner = this.#nodes;
      const sum = this.#sumOfSteps(node, input, nodes);
      if (!sum) {
        this.#stacks = stacks;
        this.#nodes = inner;
        return true;
      }
      this.after.push(...nodes, op("Add", [initial, sum], last));
      return false;
    });
    const changed = kept.length < this.#states.length;
    this.#states = kept;
    return changed;
  }

  moveStackedProducts(): boolean {
    let changed = false;
    for (const { row, stack, direction } of this.#stacks) {
      const node = this.#producers.get(row);
      const isRead = this.#nodes.some((other) => readsOf(other).includes(row));
      if (!node || isRead || direction !== this.#direction) continue;
      if (!this.#isProductWithOutside(node) || !this.#isInside(node.inputs[0]!)) continue;
      this.#stacks = this.#stacks.filter((other) => other.stack !== stack);
      const factor = this.#stackOf(node.inputs[0]!);
      this.#productOfAll(node, factor, this.after, stack);
      changed = true;
    }
    return changed;
  }

  /** A matrix product whose second factor, and bias, are the same in all steps. */
  #isProductWithOutside({ opType, inputs, attributes }: Node): boolean {
    const [a, b, bias] = inputs;
    const isPlain =
      opType === "Gemm" && isOff(attributes.transA) && !("alpha" in attributes) && !("beta" in attributes);
    return (
      isPlain &&
      a!.shape.length === 2 &&
      !this.#isInside(b!) &&
      (!bias || (bias.shape.length <= 1 && !this.#isInside(bias)))
    );
  }

  #isInside(value: Value): boolean {
    return this.#producers.has(value) || this.given.body.inputs.includes(value) || this.#isRow(value);
  }

  #isRow(value: Value): boolean {
    return this.#sequences.some(({ row }) => row === value);
  }

  /** The product of the rows of all steps, `[steps, rows, columns]`. */
  #productOfAll(
    { opType, inputs, attributes, outputs, source }: Node,
    rows: Value,
    nodes: Node[],
    result?: Value,
  ): Value {
    const [height, columns] = outputs[0]!.shape as [number, number];
    const flat = this.#reshaped(rows, [this.#steps * height, rows.shape[2]!], nodes);
    const product = this.#value("Gemm", NUMBERS([this.#steps * height, columns]));
    nodes.push({
      opType,
      inputs: [flat, ...inputs.slice(1)],
      outputs: [product],
      attributes,
      ...(source && { source }),
    });
    return this.#reshaped(product, [this.#steps, height, columns], nodes, result);
  }

  /** The sum over all steps of what `node` adds to `sum`; undefined for other nodes than sums of products. */
  #sumOfSteps(node: Node, sum: Value, nodes: Node[]): Value | undefined {
    const { opType, inputs } = node;
    if (opType === "Add") return this.#sumOf(inputs[0] === sum ? inputs[1]! : inputs[0]!, nodes);
    return opType === "Gemm" && inputs[2] === sum ? this.#sumOfProducts(node, nodes) : undefined;
  }

  #sumOf(value: Value, nodes: Node[]): Value | undefined {
    const node = this.#producers.get(value);
    if (node?.opType === "Gemm" && !node.inputs[2]) return this.#sumOfProducts(node, nodes);
    if (node?.opType === "MatMul") return this.#sumOfRows(node, nodes);
    if (node?.opType === "Concat" || node?.opType === "Reshape") {
      const operands = node.opType === "Concat" ? node.inputs : node.inputs.slice(0, 1);
      const sums = operands.map((operand) => this.#sumOf(operand!, nodes));
      if (sums.includes(undefined)) return undefined;
      const result = this.#value(node.opType, value);
      const inputs = [...sums, ...node.inputs.slice(operands.length)];
      nodes.push({ ...node, inputs, outputs: [result] });
      return result;
    }
    return undefined;
  }

  /** The sum of `transpose(A) B`. */
  #sumOfProducts({ inputs, outputs, attributes }: Node, nodes: Node[]): Value | undefined {
    const [a, b] = inputs as [Value, Value];
    const { transA, ...others } = attributes;
    const isTransposed = !isOff(transA) && Object.values(others).every(isOff);
    if (!isTransposed || !this.#isInside(a) || !this.#isInside(b)) return undefined;
    const factors = [a, b].map((factor) => {
      return this.#reshaped(this.#stackOf(factor), [this.#steps * factor.shape[0]!, factor.shape[1]!], nodes);
    });
    const result = this.#value("Gemm", outputs[0]!);
    nodes.push({ opType: "Gemm", inputs: factors, outputs: [result], attributes: { transA: { int: 1 } } });
    return result;
  }

  /** The sum of ones times a matrix. */
  #sumOfRows({ inputs, outputs }: Node, nodes: Node[]): Value | undefined {
    const [ones, matrix] = inputs as [Value, Value];
    const numbers = this.graph.initializers.find(({ value }) => value === ones)?.data as Float32Array | undefined;
    if (ones.shape.length !== 1 || !numbers?.every((x) => x === 1) || !this.#isInside(matrix)) return undefined;
    const [height, columns] = matrix.shape as [number, number];
    const rows = this.#reshaped(this.#stackOf(matrix), [this.#steps * height, columns], nodes);
    const axes = this.#constant(BigInt64Array.of(0n), { elementType: "int64", shape: [1] });
    const result = this.#value("ReduceSum", outputs[0]!);
    // Which the pass for sums of rows writes so that many rows are exact.
    nodes.push({ ...op("ReduceSum", [rows, axes], result), attributes: { keepdims: { int: 0 } } });
    return result;
  }

  /** The values of all steps of a value of the step. */
  #stackOf(value: Value): Value {
    const sequence = this.#sequences.find(({ row }) => row === value);
    if (sequence) return sequence.sequence;
    const known = this.#stacks.find(({ row, direction }) => row === value && direction === this.#direction);
    if (known) return known.stack;
    const outputs = [...this.#states.map(({ output }) => output), ...this.#stacks.map(({ row }) => row)];
    const { elementType, shape } = value;
    const stack = this.#value("Scan", { elementType, shape: [this.#steps, ...shape] });
    let row = value;
    if (!this.#producers.has(value) || outputs.includes(value)) {
      row = this.#value("Identity", value);
      this.#nodes = [...this.#nodes, op("Identity", [value], row)];
    }
    this.#stacks = [...this.#stacks, { row, stack, direction: this.#direction }];
    return stack;
  }

  #reshaped(value: Value, shape: readonly number[], nodes: Node[], result?: Value): Value {
    const output = result ?? this.#value("Reshape", NUMBERS(shape));
    const sides = this.#constant(BigInt64Array.from(shape, BigInt), { elementType: "int64", shape: [shape.length] });
    nodes.push(op("Reshape", [value, sides], output));
    return output;
  }

  #constant(data: BigInt64Array, type: ValueType): Value {
    const value = this.#value("folded", type);
    this.graph.initializers = [...this.graph.initializers, { value, data }];
    return value;
  }

  #value(stem: string, { elementType, shape }: ValueType): Value {
    return { name: newName(this.graph, stem), elementType, shape };
  }
}

function isOff(attribute: Attribute | undefined): boolean {
  return attribute === undefined || ("int" in attribute && attribute.int === 0);
}

function op(opType: string, inputs: readonly Value[], output: Value): Node {
  return { opType, inputs, outputs: [output], attributes: {} };
}
