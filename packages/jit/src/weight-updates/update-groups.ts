import { type ConstantData, type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import type { Program, ProgramState } from "../ir/program.js";
import type { ElementwiseKernel, Instruction, KernelOperation } from "./kernel.js";

/** Variables of one shape that are updated together, element by element: a parameter and its optimizer slots. */
export interface UpdateGroup {
  readonly kernel: ElementwiseKernel;
  /** The first streams of the kernel: the variables, changed in place. */
  readonly states: readonly ProgramState[];
  /** The other streams: values of the graph, in most cases one gradient. */
  readonly streams: readonly Value[];
  /** Values of one element. */
  readonly scalars: readonly Value[];
}

/** ONNX operations that a kernel can do, with float32 operands of the stream's shape or of one element. */
const OPERATIONS: ReadonlySet<string> = new Set<KernelOperation>([
  ...["Add", "Sub", "Mul", "Div", "Min", "Max", "Sqrt", "Neg", "Abs", "Reciprocal"],
] as KernelOperation[]);
/** Operations with any number of operands. */
const VARIADIC: Readonly<Record<string, KernelOperation>> = { Sum: "Add", Min: "Min", Max: "Max" };

/**
 * Longer kernels, from unrolled loops, stay in the graph: engines are slow for long functions and reject those with
 * 50,000 variables. The updates of tfjs' optimizers have one or two dozen instructions.
 */
const MAXIMUM_INSTRUCTIONS = 1000;

/**
 * The assigned variables whose next value is an elementwise function of variables of the same shape and of values that
 * do not depend on them, such as the updates of tfjs' optimizers and the moving averages of batch normalization.
 */
export function findUpdateGroups(program: Program): UpdateGroup[] {
  const finder = new GroupFinder(program);
  return finder.groups();
}

class GroupFinder {
  readonly #graph: Graph;
  readonly #producers: Map<Value, Node>;
  readonly #constants: Map<Value, ConstantData>;
  readonly #order: Map<Node, number>;
  readonly #stateOf: Map<Value, ProgramState>;
  /** The elementwise functions of state inputs that have the inputs' shape. */
  readonly #dependent = new Set<Value>();

  constructor(readonly program: Program) {
    this.#graph = program.graph;
    this.#producers = this.#graph.producers();
    this.#constants = this.#graph.constants();
    this.#order = new Map(this.#graph.nodes.map((node, i) => [node, i]));
    this.#stateOf = new Map(program.states.map((state) => [state.input, state]));
    for (const value of this.#graph.nodes.flatMap(({ outputs }) => outputs)) {
      const { shape } = value;
      if (this.#isElement(value, shape) && this.#inputs(value).some((input) => this.#dependsOnState(input, shape))) {
        this.#dependent.add(value);
      }
    }
  }

  groups(): UpdateGroup[] {
    const candidates = this.program.states.filter(
      ({ input, output }) =>
        output !== undefined &&
        output.elementType === "float32" &&
        input.shape.length > 0 &&
        // A kernel processes at least one block.
        sizeOf(input.shape) > 0 &&
        this.#isElement(output, input.shape) &&
        this.#dependsOnState(output, input.shape),
    );
    const reads = new Map(candidates.map((state) => [state, this.#statesReadBy(state)]));
    const groups: UpdateGroup[] = [];
    const grouped = new Set<ProgramState>();
    for (const start of candidates) {
      if (grouped.has(start)) continue;
      const members = connected(start, reads);
      for (const member of members) grouped.add(member);
      // A variable that is only read, or whose next value is computed in the graph, would be read at the wrong time.
      if (!members.every((member) => reads.has(member))) continue;
      const group = this.#group(members);
      if (group.kernel.instructions.length <= MAXIMUM_INSTRUCTIONS) groups.push(group);
    }
    return groups;
  }

  /** True if a kernel can compute `value` from the inputs of its node. */
  #isElement(value: Value, shape: readonly number[]): boolean {
    const node = this.#producers.get(value);
    if (!node || node.domain || value.elementType !== "float32" || !sameShape(value.shape, shape)) return false;
    return (
      (OPERATIONS.has(node.opType) || node.opType in VARIADIC) &&
      node.inputs.every(
        (input) =>
          input !== undefined &&
          input.elementType === "float32" &&
          (sizeOf(input.shape) === 1 || sameShape(input.shape, shape)),
      )
    );
  }

  /** True for state inputs and for elementwise functions of them. */
  #dependsOnState(value: Value, shape: readonly number[]): boolean {
    return sameShape(value.shape, shape) && (this.#stateOf.has(value) || this.#dependent.has(value));
  }

  #inputs(value: Value): Value[] {
    return this.#producers.get(value)!.inputs.filter((input) => input !== undefined);
  }

  #statesReadBy({ input, output }: ProgramState): Set<ProgramState> {
    const states = new Set<ProgramState>();
    const seen = new Set<Value>();
    visit([output!], (value) => {
      if (seen.has(value)) return [];
      seen.add(value);
      const state = this.#stateOf.get(value);
      if (state) states.add(state);
      return !state && this.#dependsOnState(value, input.shape) ? this.#inputs(value) : [];
    });
    return states;
  }

  #group(states: readonly ProgramState[]): UpdateGroup {
    const shape = states[0]!.input.shape;
    const outputs = states.map(({ output }) => output!);
    const dependent = new Set<Value>();
    const boundary = new Set<Value>();
    visit(outputs, (value) => {
      if (dependent.has(value) || boundary.has(value) || this.#stateOf.has(value) || !sameShape(value.shape, shape)) {
        return [];
      }
      if (!this.#dependsOnState(value, shape)) {
        boundary.add(value);
        return [];
      }
      dependent.add(value);
      return this.#inputs(value);
    });
    const { streams, computed } = this.#fewestStreams(boundary, shape);
    return this.#toKernel(states, streams, new Set([...dependent, ...computed]), shape);
  }

  /**
   * Adam reads 0.1 g and 0.001 g^2, two values of the graph that depend on one. Computing such values in the kernel
   * moves the boundary back; the first narrowest boundary is used.
   */
  #fewestStreams(boundary: ReadonlySet<Value>, shape: readonly number[]) {
    const streams = new Set(boundary);
    const computed = new Set<Value>();
    let best = { streams: [...streams], computed: [...computed] };
    for (;;) {
      const next = [...streams]
        .filter((value) => this.#isElement(value, shape))
        .map((value) => {
          const added = new Set(
            this.#inputs(value).filter((input) => sameShape(input.shape, shape) && !streams.has(input)),
          );
          return { value, added };
        })
        .filter(({ added }) => added.size <= 1)
        .sort((a, b) => a.added.size - b.added.size || this.#position(b.value) - this.#position(a.value))[0];
      if (!next) return best;
      streams.delete(next.value);
      computed.add(next.value);
      for (const value of next.added) streams.add(value);
      if (streams.size < best.streams.length) best = { streams: [...streams], computed: [...computed] };
    }
  }

  #position(value: Value): number {
    return this.#order.get(this.#producers.get(value)!)!;
  }

  #toKernel(
    states: readonly ProgramState[],
    streams: readonly Value[],
    computed: ReadonlySet<Value>,
    shape: readonly number[],
  ): UpdateGroup {
    const nodes = [...computed].sort((a, b) => this.#position(a) - this.#position(b));
    const uniforms = new Set(
      nodes.flatMap((value) => this.#inputs(value)).filter((input) => !sameShape(input.shape, shape)),
    );
    const scalars = [...uniforms].filter((value) => !this.#constants.has(value));
    const constants = [...uniforms].filter((value) => this.#constants.has(value));
    const registers = new Map<Value, number>();
    const sources = [...states.map(({ input }) => input), ...streams, ...scalars, ...constants];
    for (const [i, value] of sources.entries()) registers.set(value, i);
    const instructions: Instruction[] = [];
    const emit = (instruction: Instruction) => sources.length + instructions.push(instruction) - 1;
    for (const value of nodes) {
      const { opType } = this.#producers.get(value)!;
      const operands = this.#inputs(value).map((input) => registers.get(input)!);
      const operation = VARIADIC[opType] ?? (opType as KernelOperation);
      const [first, ...rest] = operands as [number, ...number[]];
      registers.set(
        value,
        opType in VARIADIC
          ? rest.reduce((register, operand) => emit({ operation, operands: [register, operand] }), first)
          : emit({ operation, operands }),
      );
    }
    return {
      kernel: {
        streams: states.length + streams.length,
        scalars: scalars.length,
        constants: constants.map((value) => this.#constants.get(value)![0] as number),
        instructions,
        stores: states.map(({ output }, stream) => ({ stream, register: registers.get(output!)! })),
      },
      states,
      streams,
      scalars,
    };
  }
}

/** Goes through values depth first, without recursion, because unrolled loops give long chains. */
function visit(roots: readonly Value[], next: (value: Value) => readonly Value[]): void {
  const stack = roots.toReversed();
  for (let value = stack.pop(); value; value = stack.pop()) {
    for (const input of next(value).toReversed()) stack.push(input);
  }
}

/** The states that are linked with `start` by reading one another, in the order in which they were met. */
function connected(start: ProgramState, reads: ReadonlyMap<ProgramState, ReadonlySet<ProgramState>>): ProgramState[] {
  const members = new Set([start]);
  // The iterator of a set also visits elements that are added during the iteration.
  for (const member of members) {
    for (const read of reads.get(member) ?? []) members.add(read);
    for (const [reader, states] of reads) if (states.has(member)) members.add(reader);
  }
  return [...members];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
