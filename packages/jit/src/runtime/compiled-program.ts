import type * as tf from "@tensorflow/tfjs-core";
import type { Executor, Session } from "../executors/executor.js";
import { nodesForCpu, ON_CPU } from "../executors/gpu-gaps.js";
import { isWorthOptimizing } from "../executors/runtime-optimization.js";
import { isWorthThreads } from "../executors/worth-threads.js";
import { Graph, readsOf, sizeOf, type Value } from "../ir/graph.js";
import type { BoundHostUpdate, Program } from "../ir/program.js";
import { encodeModel } from "../onnx/encode.js";
import type { Device, DeviceArray } from "../state/device.js";
import { allocate, type HostArray } from "../state/host-array.js";
import { fetchIntoCell, reattach, type StateCell, setCell } from "../state/state-backend.js";
import type { SettingInput } from "../trace/optimizer-settings.js";
import type { DrawPlan } from "../trace/random-source.js";
import { availableCell, holderOf, type StateOwner } from "../trace/state-owner.js";

/** The tfjs side of a program. */
export interface ProgramBinding {
  /** The owners of `program.states`. */
  readonly owners: readonly StateOwner[];
  /** The tensors whose values are `program.created`. */
  readonly created: readonly tf.Tensor[];
  readonly plan: DrawPlan;
  /** The sources of `program.settings`. */
  readonly settings: readonly SettingInput[];
  /** Number of steps in one run, each with the draws of the plan. */
  readonly steps: number;
}

/** A program with a session that runs it, and the memory for its noise. */
export class CompiledProgram {
  readonly #noise: readonly Float32Array[];
  /** The noise of each step: views of `#noise`. */
  readonly #noiseOfStep: readonly (readonly Float32Array[])[];
  /** One number each. */
  readonly #settings: readonly Float32Array[];
  readonly #feeds: Record<string, HostArray | DeviceArray> = {};
  readonly #fetches: Record<string, HostArray | DeviceArray | null> = {};
  /** For each of `program.states`, the device that keeps it; undefined if the host does. */
  readonly #devices: readonly (Device | undefined)[];
  /** For each host update, the positions of its states in `program.states`. */
  readonly #updateStates: readonly (readonly number[])[];
  /** Positions in `program.states` of the variables that a run changes. */
  readonly #assigned: readonly number[];
  #cells: StateCell[] = [];
  #binding: ProgramBinding;

  private constructor(
    readonly program: Program,
    binding: ProgramBinding,
    readonly session: Session | undefined,
    readonly updates: readonly BoundHostUpdate[],
    settings: ReadonlyMap<Value, Float32Array>,
    device: Device | undefined,
  ) {
    this.#binding = binding;
    this.#devices = program.states.map(({ input }) => (device?.canHold(input) ? device : undefined));
    this.#noise = program.noise.map(({ shape }) => new Float32Array(sizeOf(shape)));
    this.#noiseOfStep = Array.from({ length: binding.steps }, (_, step) =>
      this.#noise.map((stack) => {
        const size = stack.length / binding.steps;
        return stack.subarray(step * size, (step + 1) * size);
      }),
    );
    this.#settings = [...settings.values()];
    for (const [value, memory] of settings) this.#feeds[value.name] = memory;
    for (const [i, value] of program.noise.entries()) this.#feeds[value.name] = this.#noise[i]!;
    for (const value of program.results) this.#fetches[value.name] = null;
    this.#updateStates = (program.hostUpdates ?? []).map(({ states }) =>
      states.map((state) => program.states.findIndex(({ input }) => input === state)),
    );
    const outputs = [...program.states.keys()].filter((i) => program.states[i]!.output !== undefined);
    this.#assigned = [...outputs, ...this.#updateStates.flat()];
    for (const [u, update] of (program.hostUpdates ?? []).entries()) {
      for (const [i, value] of update.reads.entries()) this.#fetches[value.name] = updates[u]!.reads[i]!;
    }
  }

  get steps(): number {
    return this.#binding.steps;
  }

  /** Replaces the variables, tensors and generators for the following runs. */
  rebind(binding: Omit<ProgramBinding, "steps">): void {
    this.#leaveMemory();
    this.#binding = { ...binding, steps: this.steps };
  }

  static async create(
    program: Program,
    binding: ProgramBinding,
    executor: Executor,
    profile: boolean,
  ): Promise<CompiledProgram> {
    const { hostUpdates = [] } = program;
    const { device } = executor;
    const onDevice = program.states.flatMap(({ output }) => (output && device?.canHold(output) ? [output.name] : []));
    const graph = withoutUnusedInputs(program.graph);
    const onCpu = nodesForCpu(graph, executor.provider);
    // onnxruntime rejects a graph without nodes.
    const session =
      graph.outputs.length === 0
        ? undefined
        : await executor.compile({
            bytes: encodeModel(graph, { marked: { nodes: onCpu, mark: ON_CPU } }),
            hasCpuNodes: onCpu.size > 0,
            // What a graph makes, such as a layer's weights, the next call's graph reads: it runs once.
            isOptimized: isWorthOptimizing(graph, program.created.length > 0),
            usesThreads: isWorthThreads(graph),
            inputs: graph.inputs,
            outputs: graph.outputs,
            deviceOutputs: new Set(onDevice),
            profile,
          });
    const settings = new Map(program.settings.map((value) => [value, new Float32Array(1)]));
    const updates = await Promise.all(hostUpdates.map((update) => update.bind(settings)));
    return new CompiledProgram(program, binding, session, updates, settings, device);
  }

  /** Runs the program: `inputs` are the values of its arguments; returns the values of its results. */
  async run(inputs: readonly HostArray[]): Promise<HostArray[]> {
    const { program, session } = this;
    const binding = this.#binding;
    await this.#attachState();
    for (const noise of this.#noiseOfStep) binding.plan.fill(noise);
    for (const [i, setting] of binding.settings.entries()) this.#settings[i]![0] = setting.read();
    for (const [i, value] of program.arguments.entries()) this.#feeds[value.name] = inputs[i]!;
    for (const [i, { input, output }] of program.states.entries()) {
      const cell = this.#cells[i]!;
      const isOnDevice = this.#devices[i] !== undefined;
      this.#feeds[input.name] = isOnDevice ? cell.deviceFront : cell.front;
      if (output) this.#fetches[output.name] = isOnDevice ? cell.deviceBack : cell.back;
    }
    const created = program.created.map(({ elementType, shape }) => allocate(elementType, sizeOf(shape)));
    for (const [i, value] of program.created.entries()) this.#fetches[value.name] = created[i]!;

    const results = (await session?.run(this.#feeds, this.#fetches)) ?? {};

    // Nothing below can fail: either all of the state is updated, or none of it.
    for (const [i, { output }] of program.states.entries()) {
      if (!output) continue;
      if (this.#devices[i]) this.#cells[i]!.swapOnDevice();
      else this.#cells[i]!.swap();
    }
    for (const update of this.updates) update.run();
    for (const i of this.#updateStates.flat()) this.#cells[i]!.changedOnHost();
    for (const i of this.#assigned) reattach(this.#cells[i]!);
    for (const [i, tensor] of binding.created.entries()) setCell(tensor, created[i]!);
    return program.results.map(({ name }) => results[name]!);
  }

  async release(): Promise<void> {
    const onDevice = this.#cells.filter((_, i) => this.#devices[i]);
    try {
      // The variables outlive the program. One that another program uses goes to the device again.
      await Promise.all(onDevice.map((cell) => cell.leaveDevice()));
    } finally {
      await this.session?.release();
    }
    this.#leaveMemory();
    for (const update of this.updates) update.release();
    for (const cell of this.#cells) cell.trim();
    this.#cells = [];
  }

  /** Moves the values of variables out of the memory of the host updates, because the variables outlive it. */
  #leaveMemory(): void {
    for (const [u, update] of this.updates.entries()) {
      for (const [i, position] of this.#updateStates[u]!.entries()) {
        const cell = this.#cells[position];
        if (cell && cell.front === update.states[i]) cell.moveTo(cell.front.slice());
      }
    }
  }

  /** Ensures that the values of all variables are in the memory that the graph and the host updates use. */
  async #attachState(): Promise<void> {
    const { owners } = this.#binding;
    // Usually there is nothing to wait for. During a wait, eager code may run and move other values away.
    for (let stale = true; stale; ) {
      stale = false;
      for (const [i, owner] of owners.entries()) {
        const cell = availableCell(owner);
        stale ||= cell === undefined;
        this.#cells[i] = cell ?? (await fetchIntoCell(holderOf(owner)));
        stale = (await this.#prepare(i)) || stale;
      }
    }
    for (const [u, update] of this.updates.entries()) {
      for (const [i, position] of this.#updateStates[u]!.entries()) this.#cells[position]!.moveTo(update.states[i]!);
    }
  }

  /** Ensures that a state is in memory of the kind that the program uses; true if it had to wait for that. */
  async #prepare(i: number): Promise<boolean> {
    const { input, output } = this.program.states[i]!;
    const cell = this.#cells[i]!;
    const device = this.#devices[i];
    if (device ? cell.isPrepared(device, output !== undefined) : cell.isOnHost) return false;
    await (device ? cell.prepare(device, input, output !== undefined) : cell.fetch());
    return true;
  }
}

/**
 * The graph without the inputs that nothing in it reads, such as an optimizer's slots whose update is done outside it:
 * onnxruntime-web copies each input, read or not.
 */
function withoutUnusedInputs(graph: Graph): Graph {
  const read = new Set<Value>(graph.nodes.flatMap(readsOf));
  const inputs = graph.inputs.filter((value) => read.has(value));
  return new Graph(graph.name, inputs, graph.outputs, graph.initializers, graph.nodes);
}
