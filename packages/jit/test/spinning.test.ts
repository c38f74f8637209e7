import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createNodeExecutor } from "../src/executors/node.js";
import type { OrtSession } from "../src/executors/onnxruntime.js";
import { jit } from "../src/jit.js";

/** The options for idle threads that are passed to onnxruntime. */
async function settings(spinning: boolean | number | undefined): Promise<unknown> {
  let told: unknown;
  const ort = {
    Tensor: class {} as never,
    env: { versions: { node: "1.30.0" } },
    listSupportedBackends: () => [{ name: "cpu" }],
    InferenceSession: {
      create: async (_: Uint8Array, options: Readonly<Record<string, unknown>>) => {
        told = (options.extra as { session: { intra_op: unknown } }).session.intra_op;
        return {} as OrtSession;
      },
    },
  };
  const executor = await createNodeExecutor(ort, { executor: "node", spinning });
  await executor.compile({
    bytes: new Uint8Array(),
    inputs: [],
    outputs: [],
    deviceOutputs: new Set(),
    hasCpuNodes: false,
    isOptimized: true,
    usesThreads: true,
    profile: false,
  });
  return told;
}

test.each([
  [undefined, { allow_spinning: "1", spin_duration_us: "50" }],
  [200.4, { allow_spinning: "1", spin_duration_us: "200" }],
  [true, { allow_spinning: "1" }],
  [false, { allow_spinning: "0" }],
  [0, { allow_spinning: "0" }],
])("spinning %s", async (spinning, expected) => {
  expect(await settings(spinning)).toEqual(expected);
});

test.each([-1, Number.NaN, 1e7])("rejects %d microseconds", async (spinning) => {
  await expect(settings(spinning)).rejects.toThrow(
    `jit: spinning must be a boolean or 0 ... 1000000 microseconds, got ${spinning}`,
  );
});

test("the runtime accepts each of them", async () => {
  for (const spinning of [undefined, 200, true, false]) {
    const double = jit((x: tf.Tensor) => tf.mul(x, 2), {
      executor: "node",
      threads: 2,
      ...(spinning === undefined ? {} : { spinning }),
    });
    const result = await double(tf.range(0, 10));
    expect([...result.dataSync()]).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    await double.dispose();
  }
});
