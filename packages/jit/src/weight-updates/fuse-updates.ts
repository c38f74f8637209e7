import { Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import type { BoundHostUpdate, HostUpdate, Program, ProgramState } from "../ir/program.js";
import { deadCode } from "../passes/dead-code.js";
import { BLOCK, compileKernel } from "./elementwise-kernel.js";
import { findUpdateGroups, type UpdateGroup } from "./update-groups.js";
import { encodeModule } from "./wasm-writer.js";

const PAGE = 65536;
const MAXIMUM_PAGES = 65536;

/**
 * Moves the elementwise updates of variables out of the graph. SIMD WebAssembly does them in place, in one pass over
 * the memory from which the session reads the variables and to which it writes the gradients. In the graph an update is
 * a dozen operations, each of which goes through all parameters, and the results have to be copied.
 * Returns the program itself if there is nothing to move, or the variables do not fit into WebAssembly's memory.
 */
export function fuseUpdates(program: Program): Program {
  if (typeof WebAssembly === "undefined") return program;
  const groups = findUpdateGroups(program);
  if (groups.length === 0 || layOut(groups).bytes > PAGE * MAXIMUM_PAGES) return program;
  const { graph } = program;
  const fused = new Set(groups.flatMap(({ states }) => states));
  const states = program.states.map(
    (state): ProgramState => (fused.has(state) ? { ...state, output: undefined } : state),
  );
  const kept = graph.outputs.filter(
    (value) => !program.states.some((state) => fused.has(state) && state.output === value),
  );
  const fetched = new Outputs(graph, kept);
  const fetchedGroups = groups.map((group) => ({
    ...group,
    streams: group.streams.map((value) => fetched.of(value)),
    // Settings are known outside the graph.
    scalars: group.scalars.map((value) => (program.settings.includes(value) ? value : fetched.of(value))),
  }));
  const rest = new Graph(graph.name, graph.inputs, [...kept, ...fetched.added], graph.initializers, [
    ...graph.nodes,
    ...fetched.copies,
  ]);
  deadCode(rest);
  return {
    ...program,
    graph: rest,
    states,
    hostUpdates: [...(program.hostUpdates ?? []), new FusedUpdate(fetchedGroups, fetched.added)],
  };
}

/** Makes values of a graph its outputs, each at most once. */
class Outputs {
  readonly added: Value[] = [];
  readonly copies: Node[] = [];
  readonly #outputOf = new Map<Value, Value>();
  readonly #taken: ReadonlySet<Value>;

  constructor(graph: Graph, outputs: readonly Value[]) {
    this.#taken = new Set([...graph.inputs, ...outputs, ...graph.initializers.map(({ value }) => value)]);
  }

  of(value: Value): Value {
    let output = this.#outputOf.get(value);
    if (!output) {
      output = value;
      if (this.#taken.has(value)) {
        output = { ...value, name: `${value.name}:update` };
        this.copies.push({ opType: "Identity", inputs: [value], outputs: [output], attributes: {} });
      }
      this.#outputOf.set(value, output);
      this.added.push(output);
    }
    return output;
  }
}

/** Byte offsets of all streams, in the order of the groups and their kernels' streams. */
function layOut(groups: readonly UpdateGroup[]): {
  readonly offsets: readonly (readonly number[])[];
  readonly bytes: number;
} {
  let bytes = 0;
  const offsets = groups.map(({ states, streams }) =>
    [...states.map(({ input }) => input), ...streams].map(({ shape }) => {
      const offset = bytes;
      bytes += padded(shape);
      return offset;
    }),
  );
  return { offsets, bytes };
}

/** Bytes of a stream. */
function padded(shape: readonly number[]): number {
  return BLOCK * Math.ceil((4 * sizeOf(shape)) / BLOCK);
}

/**
 * An instance of a small module, compiled synchronously in 0.1 ms. For seconds after the start, the engine optimizes
 * the code of onnxruntime-web, and an asynchronous compilation would wait until that ends.
 */
async function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  } catch (error) {
    // Browsers may refuse to compile larger modules synchronously.
    if (!(error instanceof RangeError)) throw error;
    return (await WebAssembly.instantiate(bytes, imports)).instance;
  }
}

class FusedUpdate implements HostUpdate {
  readonly name: string;
  readonly states: readonly Value[];

  constructor(
    readonly groups: readonly UpdateGroup[],
    readonly reads: readonly Value[],
  ) {
    this.states = groups.flatMap(({ states }) => states.map(({ input }) => input));
    const elements = groups.reduce((sum, { states }) => sum + sizeOf(states[0]!.input.shape), 0);
    this.name = `update of ${this.states.length} variables, ${elements} elements in one pass`;
  }

  async bind(settings: ReadonlyMap<Value, Float32Array>): Promise<BoundHostUpdate> {
    const { groups, states, reads } = this;
    const { offsets, bytes } = layOut(groups);
    const pages = Math.ceil(bytes / PAGE);
    // onnxruntime holds addresses into this memory: it must neither be shared nor grow.
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const arrays = new Map<Value, Float32Array>();
    const kernels = groups.map((group, g) => {
      const streams = [...group.states.map(({ input }) => input), ...group.streams];
      for (const [i, value] of streams.entries()) {
        // A gradient that two groups read is written to the memory of the first group.
        if (!arrays.has(value)) {
          arrays.set(value, new Float32Array(memory.buffer, offsets[g]![i]!, sizeOf(value.shape)));
        }
      }
      const addresses = streams.map((value) => arrays.get(value)!.byteOffset);
      return compileKernel(group.kernel, { addresses, bytes: padded(streams[0]!.shape) });
    });
    for (const value of groups.flatMap(({ scalars }) => scalars)) {
      arrays.set(value, settings.get(value) ?? new Float32Array(1));
    }
    const { exports } = await instantiate(encodeModule(kernels), { env: { memory } });
    const calls = groups.map((group, g) => {
      const kernel = exports[String(g)] as (...scalars: number[]) => void;
      const scalars = group.scalars.map((value) => arrays.get(value)!);
      return () => kernel(...scalars.map((scalar) => scalar[0]!));
    });
    return {
      states: states.map((value) => arrays.get(value)!),
      reads: reads.map((value) => arrays.get(value)!),
      run: () => {
        for (const call of calls) call();
      },
      release: () => {
        calls.length = 0;
        arrays.clear();
      },
    };
  }
}
