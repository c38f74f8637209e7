import { ExecutorError } from "../errors.js";
import { sizeOf, type Value } from "../ir/graph.js";
import type { DeviceArray } from "../state/device.js";
import { allocate, type HostArray } from "../state/host-array.js";
import type { Model, NodeTiming, Session } from "./executor.js";
import { isRefusal, REFUSED_OUTPUT } from "./refused-copies.js";

/** The part of onnxruntime-node and onnxruntime-web that is used; both share one interface. */
export interface OrtModule {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
}

export interface OrtTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

export interface OrtSession {
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, OrtTensor | null>>,
  ): Promise<Record<string, OrtTensor>>;
  endProfiling(): void;
  release(): Promise<void>;
}

/** A session of onnxruntime as a {@link Session}. */
export class OnnxRuntimeSession implements Session {
  readonly #types: ReadonlyMap<string, Value>;
  readonly #inputs: readonly string[];
  /** Cached wrappers of arrays. Most arrays (state, noise) are reused, and creating a wrapper costs microseconds. */
  #tensors = new WeakMap<HostArray, OrtTensor>();

  constructor(
    readonly ort: OrtModule,
    readonly session: OrtSession,
    model: Model,
    /**
     * How the runtime handles memory for outputs: it ignores it, writes to it and returns copies, or writes to it and
     * returns nothing (a model {@link withRefusedOutput}).
     */
    readonly outputs: "returned" | "written" | "written only",
    readonly readProfile: () => readonly NodeTiming[] | undefined,
  ) {
    this.#inputs = model.inputs.map(({ name }) => name);
    this.#types = new Map([...model.inputs, ...model.outputs].map((value) => [value.name, value]));
  }

  async run(
    feeds: Readonly<Record<string, HostArray | DeviceArray>>,
    fetches: Readonly<Record<string, HostArray | DeviceArray | null>>,
  ): Promise<Record<string, HostArray>> {
    const inputs: Record<string, OrtTensor> = {};
    for (const name of this.#inputs) inputs[name] = this.#wrap(name, feeds[name]!);
    // Only onnxruntime-web has memory of a device, and it returns outputs.
    if (this.outputs === "written only") return this.#runInPlace(inputs, fetches as Record<string, HostArray | null>);
    const outputs: Record<string, OrtTensor | null> = {};
    for (const name in fetches) {
      const target = fetches[name];
      outputs[name] = target && (!isOnHost(target) || this.outputs === "written") ? this.#wrap(name, target) : null;
    }
    const results = await this.session.run(inputs, outputs);
    const fresh: Record<string, HostArray> = {};
    for (const name in fetches) {
      const target = fetches[name];
      // onnxruntime-node also returns a copy of each preallocated output; we use only the memory that we passed.
      if (target && (!isOnHost(target) || this.outputs === "written")) continue;
      const data = results[name]!.data as HostArray;
      if (target) target.set(data);
      else fresh[name] = data;
    }
    return fresh;
  }

  async #runInPlace(
    inputs: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, HostArray | null>>,
  ): Promise<Record<string, HostArray>> {
    const fresh: Record<string, HostArray> = {};
    const outputs: Record<string, OrtTensor | null> = { [REFUSED_OUTPUT]: null };
    for (const name in fetches) {
      let target = fetches[name] ?? undefined;
      if (!target) {
        const { elementType, shape } = this.#types.get(name)!;
        target = allocate(elementType, sizeOf(shape));
        fresh[name] = target;
      }
      outputs[name] = this.#wrap(name, target);
    }
    try {
      await this.session.run(inputs, outputs);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    return fresh;
  }

  endProfiling(): readonly NodeTiming[] | undefined {
    return this.readProfile();
  }

  async release(): Promise<void> {
    this.#tensors = new WeakMap();
    // Removes the profile, even if nobody has read it.
    this.readProfile();
    await this.session.release();
  }

  #wrap(name: string, data: HostArray | DeviceArray): OrtTensor {
    if (!isOnHost(data)) return (data as OrtDeviceArray).tensor;
    const { elementType, shape } = this.#types.get(name)!;
    const known = this.#tensors.get(data);
    // Tensors of several shapes may use the same memory.
    if (known && shape.length === known.dims.length && shape.every((dimension, i) => dimension === known.dims[i])) {
      return known;
    }
    const tensor = new this.ort.Tensor(elementType, data, shape);
    this.#tensors.set(data, tensor);
    return tensor;
  }
}

/** Memory of a device as a tensor of the runtime. */
export interface OrtDeviceArray extends DeviceArray {
  readonly tensor: OrtTensor;
}

function isOnHost(data: HostArray | DeviceArray): data is HostArray {
  return ArrayBuffer.isView(data);
}

/** Creates a session; errors name the requested executor. */
export async function createSession(
  ort: OrtModule,
  model: Model,
  options: Readonly<Record<string, unknown>>,
  what: string,
): Promise<OrtSession> {
  try {
    return await ort.InferenceSession.create(model.bytes, options);
  } catch (error) {
    throw new ExecutorError(`jit: ${what} cannot load the compiled graph: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Adds up the node times of a profile in Chrome's trace format, as onnxruntime writes it. */
export function timingsOfProfile(json: string): NodeTiming[] {
  interface Event {
    readonly cat: string;
    readonly name: string;
    readonly dur: number;
    readonly args?: { readonly op_name?: string };
  }
  const timings = new Map<string, { opType: string; calls: number; milliseconds: number }>();
  for (const { cat, name, dur, args } of JSON.parse(json) as Event[]) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const node = name.slice(0, -"_kernel_time".length);
    const timing = timings.get(node) ?? { opType: args?.op_name ?? node, calls: 0, milliseconds: 0 };
    timing.calls++;
    timing.milliseconds += dur / 1000;
    timings.set(node, timing);
  }
  return [...timings].map(([node, timing]) => ({ node, ...timing }));
}
