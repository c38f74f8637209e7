import { ExecutorError } from "../errors.js";
import type { Executor, ExecutorOptions, Model, Session } from "./executor.js";
import { createSession, OnnxRuntimeSession, type OrtModule } from "./onnxruntime.js";

interface OrtWebModule extends OrtModule {
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** Imports onnxruntime-web; undefined where it is not installed. */
export async function importOnnxRuntimeWeb(): Promise<OrtWebModule | undefined> {
  try {
    const module = (await import("onnxruntime-web")) as unknown as { default?: OrtWebModule } & OrtWebModule;
    return module.default ?? module;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw new ExecutorError(`jit: onnxruntime-web is installed but cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Runs graphs by onnxruntime-web. */
export async function createWebExecutor(ort: OrtWebModule, options: ExecutorOptions): Promise<Executor> {
  const { provider = "cpu", threads } = options;
  if (provider === "cuda") throw new ExecutorError("jit: onnxruntime-web has no provider cuda; it has cpu and webgpu");
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  return {
    name: "web",
    provider,
    async compile(model: Model): Promise<Session> {
      const session = await createSession(
        ort,
        model,
        {
          executionProviders: provider === "cpu" ? ["wasm"] : [provider, "wasm"],
          graphOptimizationLevel: "all",
          logSeverityLevel: 3,
        },
        `onnxruntime-web, provider ${provider},`,
      );
      return new OnnxRuntimeSession(ort, session, model, false, () => undefined);
    },
  };
}
