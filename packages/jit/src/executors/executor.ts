import type { Value } from "../ir/graph.js";
import type { HostArray } from "../state/host-array.js";

/** Which ONNX runtime runs the graphs. `auto`: `node` where onnxruntime-node can be imported, else `web`. */
export type ExecutorName = "auto" | "node" | "web";

/** Where the runtime computes. `cpu` is onnxruntime's own kernels: native in `node`, WebAssembly in `web`. */
export type Provider = "cpu" | "webgpu" | "cuda";

export interface ExecutorOptions {
  readonly executor: ExecutorName;
  /** Absent: `cpu`. */
  readonly provider?: Provider | undefined;
  /** Threads within an operation. Absent: as many as the process may use, at most 4. */
  readonly threads?: number | undefined;
  /** Microseconds for which idle threads wait busily; true: as the runtime likes; false: none. Absent: 50. */
  readonly spinning?: boolean | number | undefined;
  /** Products in TensorFloat-32 on CUDA. Absent: false. */
  readonly fastMath?: boolean | undefined;
}

/** Runs ONNX models. */
export interface Executor {
  readonly name: Exclude<ExecutorName, "auto">;
  readonly provider: Provider;
  compile(model: Model): Promise<Session>;
}

/** A serialized model, and the types of what it takes and gives. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Some nodes stay on the CPU whatever the provider: `gpu-gaps.ts`. */
  readonly hasCpuNodes: boolean;
  /** Measure the time of each node: see {@link Session.endProfiling}. */
  readonly profile: boolean;
}

/** Time spent in one kind of node. */
export interface NodeTiming {
  /** Name of the node in the model, `tfjs kernel/operation_index`, or what the runtime fused it into. */
  readonly node: string;
  readonly opType: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** A model ready to run. */
export interface Session {
  /**
   * Runs the model once.
   * @param feeds An array for each input, by name, and maybe others. Not changed, and not read after the run.
   * @param fetches By name of the output: memory to write it to, or null for new memory. Outputs that are not named
   * are not given out.
   * @returns The outputs that were fetched with null. They belong to the caller.
   */
  run(
    feeds: Readonly<Record<string, HostArray>>,
    fetches: Readonly<Record<string, HostArray | null>>,
  ): Promise<Record<string, HostArray>>;
  /** Ends the measurement that `profile` started; undefined where there is none. */
  endProfiling(): readonly NodeTiming[] | undefined;
  /** Frees the session. */
  release(): Promise<void>;
}
