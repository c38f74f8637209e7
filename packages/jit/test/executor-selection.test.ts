import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { ExecutorError } from "../src/errors.js";
import { hasExecutor } from "../src/executors/select.js";
import { jit } from "../src/jit.js";

// As in a program that has neither onnxruntime-node nor onnxruntime-web.
vi.mock("../src/executors/node.js", async (load) => ({
  ...(await load<typeof import("../src/executors/node.js")>()),
  importOnnxRuntimeNode: async () => undefined,
}));
vi.mock("../src/executors/web.js", async (load) => ({
  ...(await load<typeof import("../src/executors/web.js")>()),
  importOnnxRuntimeWeb: async () => undefined,
}));

test.each([
  [
    "auto",
    /no ONNX runtime is installed.*npm install onnxruntime-node.*ONNXRUNTIME_NODE_INSTALL=skip.*npm install onnxruntime-web/,
  ],
  ["node", /needs onnxruntime-node: npm install onnxruntime-node .*ONNXRUNTIME_NODE_INSTALL=skip/],
  ["web", /needs onnxruntime-web: npm install onnxruntime-web/],
] as const)("without a runtime, executor %s says what to install", async (executor, message) => {
  const call = jit((x: tf.Tensor) => tf.add(x, 1), { executor })(tf.scalar(1));
  const error = await call.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ExecutorError);
  expect((error as Error).message).toMatch(message);
  expect(await hasExecutor()).toBe(false);
});
