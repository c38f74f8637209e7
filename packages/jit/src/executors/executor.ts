import type { Value } from "../ir/graph.js";
import type { Device, DeviceArray } from "../state/device.js";
import type { HostArray } from "../state/host-array.js";

/** Which ONNX runtime runs the graphs. `auto`: `node` if onnxruntime-node can be imported, otherwise `web`. */
export type ExecutorName = "auto" | "node" | "web";

/** Where the runtime computes. `cpu` is onnxruntime's own kernels: native in `node`, WebAssembly in `web`. */
export type Provider = "cpu" | "webgpu" | "cuda";

export interface ExecutorOptions {
  readonly executor: ExecutorName;
  /** `cpu` by default. */
  readonly provider?: Provider | undefined;
  /** Threads within an operation. By default as many as the process may use, at most 4. */
  readonly threads?: number | undefined;
  /** Microseconds for which idle threads spin; true: the runtime's choice; false: 0. 50 by default. */
  readonly spinning?: boolean | number | undefined;
  /** Whether CUDA multiplies in TensorFloat-32; false by default. */
  readonly fastMath?: boolean | undefined;
}

/** Runs ONNX models. */
export interface Executor {
  readonly name: Exclude<ExecutorName, "auto">;
  readonly provider: Provider;
  /** The device that keeps variables between runs; undefined if they stay in host memory. */
  readonly device?: Device | undefined;
  compile(model: Model): Promise<Session>;
}

/** A serialized model, and the types of its inputs and outputs. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Names of outputs that every run writes to memory of the device. */
  readonly deviceOutputs: ReadonlySet<string>;
  /** Some nodes run on the CPU with every provider; see `gpu-gaps.ts`. */
  readonly hasCpuNodes: boolean;
  /** The runtime applies its own optimization, on the CPU: `runtime-optimization.ts`. */
  readonly isOptimized: boolean;
  /** Its nodes share their work between the executor's threads: `worth-threads.ts`. */
  readonly usesThreads: boolean;
  /** Measure the time of each node: see {@link Session.endProfiling}. */
  readonly profile: boolean;
}

/** Time spent in one kind of node. */
export interface NodeTiming {
  /** Name of the node in the model, `tfjs kernel/operation_index`, or of the node into which the runtime fused it. */
  readonly node: string;
  readonly opType: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** A model ready to run. */
export interface Session {
  /**
   * Runs the model once.
   * @param feeds An array for each input, by name, in the host's or the device's memory; further entries are ignored. Neither
   * changed nor read after the run.
   * @param fetches By name of the output: memory to write it to, or null for new memory of the host. Other outputs are
   * not returned.
   * @returns The outputs that were fetched with null. The caller owns them.
   */
  run(
    feeds: Readonly<Record<string, HostArray | DeviceArray>>,
    fetches: Readonly<Record<string, HostArray | DeviceArray | null>>,
  ): Promise<Record<string, HostArray>>;
  /** Ends the measurement that `profile` started; undefined without `profile`. */
  endProfiling(): readonly NodeTiming[] | undefined;
  /** Frees the session. */
  release(): Promise<void>;
}
