import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { modelOf } from "../src/executors/model-of.js";
import { createNodeExecutor } from "../src/executors/node.js";
import type { OrtModule, OrtTensor } from "../src/executors/onnxruntime.js";
import { GraphBuilder } from "../src/ir/graph-builder.js";

/** A possible later version of onnxruntime-node, which ignores memory for outputs and returns sequences. */
function laterVersion(version: string, fetched: unknown[]) {
  const { create } = ort.InferenceSession;
  return {
    Tensor: ort.Tensor as unknown as OrtModule["Tensor"],
    env: { versions: { node: version } },
    listSupportedBackends: () => [{ name: "cpu" }],
    InferenceSession: {
      create: async (bytes: Uint8Array, options: object) => {
        const session = await create(bytes, options);
        return {
          run: (feeds: object, fetches: Readonly<Record<string, OrtTensor | null>>) => {
            fetched.push(...Object.values(fetches));
            const names = Object.keys(fetches);
            return session.run(feeds as Record<string, ort.Tensor>, names) as unknown as Promise<
              Record<string, OrtTensor>
            >;
          },
          endProfiling: () => session.endProfiling(),
          release: () => session.release(),
        };
      },
    },
  };
}

// Below and above the size from which copies are avoided.
test.each([8, 2 ** 16])(
  "with a version that was not checked, %d results are taken from what it returns",
  async (size) => {
    const builder = new GraphBuilder();
    const x = builder.input("float32", [size], "x");
    const y = builder.output(builder.op("Add", [x, builder.scalar(1, "float32")], {}, x));
    const fetched: unknown[] = [];
    const executor = await createNodeExecutor(laterVersion("1.99.0", fetched), { executor: "node", threads: 1 });
    const session = await executor.compile(modelOf(builder.finish()));
    const target = new Float32Array(size);
    await session.run({ x: new Float32Array(size).fill(2) }, { [y.name]: target });
    expect(target.every((value) => value === 3)).toBe(true);
    const fresh = await session.run({ x: new Float32Array(size).fill(4) }, { [y.name]: null });
    expect(fresh[y.name]![size - 1]).toBe(5);
    expect(fetched).toEqual([null, null]);
    await session.release();
  },
);
