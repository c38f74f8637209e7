import { notAllowed } from "../check-options.js";
import { ExecutorError } from "../errors.js";
import type { Executor, ExecutorOptions } from "./executor.js";
import { createNodeExecutor, importOnnxRuntimeNode } from "./node.js";
import { createWebExecutor, importOnnxRuntimeWeb } from "./web.js";

const INSTALL_NODE =
  "npm install onnxruntime-node (outside pnpm with ONNXRUNTIME_NODE_INSTALL=skip in the environment, " +
  "or its install script looks for CUDA and downloads it)";

/** The executor for the options. @throws ExecutorError that says what to install. */
export async function selectExecutor(options: ExecutorOptions): Promise<Executor> {
  const { executor } = options;
  if (executor !== "auto" && executor !== "node" && executor !== "web") {
    throw notAllowed("executor", executor, '"auto", "node" or "web"', "string");
  }
  if (executor !== "web") {
    const ort = await importOnnxRuntimeNode();
    if (ort) return createNodeExecutor(ort, options);
  }
  if (executor === "node") throw new ExecutorError(`jit: the executor "node" needs onnxruntime-node: ${INSTALL_NODE}`);
  const ort = await importOnnxRuntimeWeb(options.provider);
  if (ort) return createWebExecutor(ort, options);
  throw new ExecutorError(
    executor === "web"
      ? 'jit: the executor "web" needs onnxruntime-web: npm install onnxruntime-web'
      : `jit: no ONNX runtime is installed; in Node: ${INSTALL_NODE}; in the browser: npm install onnxruntime-web`,
  );
}

/** True if an ONNX runtime can be imported. */
export async function hasExecutor(): Promise<boolean> {
  return (await importOnnxRuntimeNode()) !== undefined || (await importOnnxRuntimeWeb()) !== undefined;
}
