import { sizeOf, type Value } from "../ir/graph.js";
import { ProtobufWriter } from "../onnx/protobuf.js";
import type { DeviceArray } from "../state/device.js";
import type { HostArray } from "../state/host-array.js";
import type { Model, Provider, Session } from "./executor.js";

/** The outputs of element type float32, one after the other. */
const GATHERED = "jit:gathered";

/** Compiles a model for a provider; on WebGPU its float32 outputs are joined into one. */
export async function compileFor(
  provider: Provider,
  model: Model,
  compile: (model: Model) => Promise<Session>,
): Promise<Session> {
  const gathered = provider === "webgpu" ? gatherOutputs(model) : undefined;
  return gathered ? gathered.wrap(await compile(gathered.model)) : compile(model);
}

/**
 * A model whose float32 outputs for the host are joined into one, and the function that splits them again. WebGPU reads back each
 * output separately and waits for the device each time, and the gradients of a training step are a dozen outputs.
 */
export function gatherOutputs(model: Model): { readonly model: Model; wrap(session: Session): Session } | undefined {
  const gathered = model.outputs.filter(
    ({ name, elementType, shape }) => elementType === "float32" && sizeOf(shape) > 0 && !model.deviceOutputs.has(name),
  );
  if (gathered.length < 2) return undefined;
  const size = gathered.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const all: Value = { name: GATHERED, elementType: "float32", shape: [size] };
  const others = model.outputs.filter((value) => !gathered.includes(value));
  return {
    model: { ...model, bytes: withGatheredOutput(model.bytes, gathered), outputs: [all, ...others] },
    wrap: (session) => new GatheredSession(session, gathered, new Float32Array(size)),
  };
}

/** Protocol buffers merge a message field that occurs twice, so bytes appended to the model extend its graph. */
function withGatheredOutput(model: Uint8Array, gathered: readonly Value[]): Uint8Array {
  const flat = (i: number) => `${GATHERED}:${i}`;
  const suffix = new ProtobufWriter()
    .message(7, (graph) => {
      for (const [i, { name }] of gathered.entries()) {
        graph.message(1, (node) =>
          node.string(1, name).string(1, `${GATHERED}:flat`).string(2, flat(i)).string(3, flat(i)).string(4, "Reshape"),
        );
      }
      graph.message(1, (node) => {
        for (const i of gathered.keys()) node.string(1, flat(i));
        node.string(2, GATHERED).string(3, GATHERED).string(4, "Concat");
        node.message(5, (axis) => axis.string(1, "axis").integer(20, 2).integer(3, 0));
      });
      graph.message(5, (tensor) =>
        tensor
          .integer(1, 1)
          .integer(2, 7)
          .string(8, `${GATHERED}:flat`)
          .bytes(9, new Uint8Array(BigInt64Array.of(-1n).buffer)),
      );
      graph.message(12, (value) =>
        value.string(1, GATHERED).message(2, (type) => type.message(1, (tensor) => tensor.integer(1, 1))),
      );
    })
    .finish();
  const bytes = new Uint8Array(model.length + suffix.length);
  bytes.set(model);
  bytes.set(suffix, model.length);
  return bytes;
}

class GatheredSession implements Session {
  readonly #parts: ReadonlyMap<string, Float32Array>;

  constructor(
    readonly session: Session,
    gathered: readonly Value[],
    readonly memory: Float32Array,
  ) {
    let start = 0;
    this.#parts = new Map(
      gathered.map(({ name, shape }) => {
        const end = start + sizeOf(shape);
        const part = memory.subarray(start, end);
        start = end;
        return [name, part];
      }),
    );
  }

  async run(
    feeds: Readonly<Record<string, HostArray | DeviceArray>>,
    fetches: Readonly<Record<string, HostArray | DeviceArray | null>>,
  ): Promise<Record<string, HostArray>> {
    const others = Object.entries(fetches).filter(([name]) => !this.#parts.has(name));
    const results = await this.session.run(feeds, { [GATHERED]: this.memory, ...Object.fromEntries(others) });
    for (const name in fetches) {
      const part = this.#parts.get(name);
      if (!part) continue;
      const target = fetches[name] as HostArray | null;
      if (target) target.set(part);
      else results[name] = part.slice();
    }
    return results;
  }

  endProfiling() {
    return this.session.endProfiling();
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
