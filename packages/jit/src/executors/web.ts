import { ExecutorError } from "../errors.js";
import type { Executor, ExecutorOptions, Model, Provider, Session } from "./executor.js";
import { compileFor } from "./gathered-outputs.js";
import { CPU_NODES_OPTION } from "./gpu-gaps.js";
import { createSession, OnnxRuntimeSession, type OrtModule, type OrtSession } from "./onnxruntime.js";
import { availableThreads, chooseThreads, isNode } from "./threads.js";

interface OrtWebModule extends OrtModule {
  readonly env: {
    readonly wasm: { numThreads?: number };
    readonly webgpu: { readonly adapter?: unknown };
  };
}

/** Entry of onnxruntime-web for a provider, and the file that it loads at its start. */
const BUILDS: Readonly<Record<"cpu" | "webgpu", { readonly entry: string; readonly file: string }>> = {
  cpu: { entry: "onnxruntime-web/wasm", file: "ort-wasm-simd-threaded.wasm" },
  webgpu: { entry: "onnxruntime-web/webgpu", file: "ort-wasm-simd-threaded.asyncify.wasm" },
};

/** What engines and bundlers say of an import that leads nowhere. */
const NOT_INSTALLED =
  /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|cannot find (module|package)|resolve module specifier|could not resolve|bare specifier|does not resolve/i;

/** Imports onnxruntime-web; undefined where it is not installed. */
export async function importOnnxRuntimeWeb(provider: Provider = "cpu"): Promise<OrtWebModule | undefined> {
  try {
    const module = (await importBuild(provider)) as { default?: OrtWebModule } & OrtWebModule;
    return module.InferenceSession ? module : module.default;
  } catch (error) {
    const { code = "", message } = error as { code?: string; message: string };
    if (NOT_INSTALLED.test(`${code} ${message}`)) return undefined;
    throw new ExecutorError(`jit: onnxruntime-web is installed but cannot be loaded: ${message}`, { cause: error });
  }
}

function importBuild(provider: Provider): Promise<unknown> {
  if (isNode()) {
    // The builds below load their files by fetch. Not a literal: bundlers need not follow, this is not for browsers.
    const name = "onnxruntime-web";
    return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  }
  // Literals, so that bundlers make a chunk of each that is loaded when it is used.
  return provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm");
}

/** Threads that each build was started with: they are those of the process, or page, not of a session. */
const threadsInUse = new WeakMap<OrtWebModule, number>();

/** Runs graphs by onnxruntime-web. @throws ExecutorError for a provider, or threads, that are not to be had here. */
export async function createWebExecutor(ort: OrtWebModule, options: ExecutorOptions): Promise<Executor> {
  const { provider = "cpu" } = options;
  if (provider !== "cpu" && provider !== "webgpu") {
    throw new ExecutorError(`jit: onnxruntime-web has no provider ${provider}; it has cpu (WebAssembly) and webgpu`);
  }
  if (provider === "webgpu") await checkWebGpu(ort);
  startThreads(ort, options.threads);
  return {
    name: "web",
    provider,
    compile(model: Model): Promise<Session> {
      return compileFor(provider, model, async (given) => {
        const session = await createWebSession(ort, given, provider);
        // onnxruntime-web ignores the memory of preallocated outputs: test/onnxruntime-web-contract.test.ts.
        return new OnnxRuntimeSession(ort, session, given, "returned", () => undefined);
      });
    },
  };
}

async function createWebSession(ort: OrtWebModule, model: Model, provider: "cpu" | "webgpu"): Promise<OrtSession> {
  try {
    return await createSession(
      ort,
      model,
      {
        // Not [provider, "wasm"]: what WebGPU lacks runs in WebAssembly in any case, and a start that fails is an error.
        executionProviders: [provider === "cpu" ? "wasm" : provider],
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        ...(model.hasCpuNodes ? { extra: { session: CPU_NODES_OPTION } } : {}),
      },
      `onnxruntime-web, provider ${provider},`,
    );
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes("no available backend")) throw error;
    const { entry, file } = BUILDS[provider];
    throw new ExecutorError(
      `jit: onnxruntime-web cannot start: ${message.replace(/^.*ERR: /s, "")}\n` +
        `It loads ${file} from beside its own script: serve that file of onnxruntime-web/dist there, or say before ` +
        `the first call where it is: import { env } from "${entry}"; env.wasm.wasmPaths = { wasm: "/folder/${file}" }. ` +
        "It does not try again before the page is loaded anew.",
      { cause: error },
    );
  }
}

/** @throws ExecutorError where there is no WebGPU. onnxruntime-web itself would go on without, with a warning. */
async function checkWebGpu(ort: OrtWebModule): Promise<void> {
  if (isNode()) {
    throw new ExecutorError(
      'jit: onnxruntime-web has no WebGPU in Node; use the executor "node" with the provider "webgpu"',
    );
  }
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  if (!gpu) {
    throw new ExecutorError(
      'jit: no WebGPU here: navigator.gpu is missing (it needs a browser that has it, and https or localhost); use the provider "cpu"',
    );
  }
  if (!(ort.env.webgpu.adapter ?? (await gpu.requestAdapter()))) {
    throw new ExecutorError(
      'jit: the browser has WebGPU but finds no GPU for it (drivers, or a blocklist: see chrome://gpu); use the provider "cpu"',
    );
  }
}

/** Settles the number of threads before onnxruntime-web starts. */
function startThreads(ort: OrtWebModule, asked: number | undefined): void {
  const inUse = threadsInUse.get(ort);
  if (inUse !== undefined) {
    if (asked !== undefined && chooseThreads(asked, 1) !== inUse) {
      throw new ExecutorError(
        `jit: onnxruntime-web was started with ${inUse} thread(s), which all compiled functions share; ` +
          `${asked} cannot be had any more: give all the same number, or none but the first`,
      );
    }
    return;
  }
  const mayShareMemory = typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated !== false;
  // What the program has set in onnxruntime-web itself counts, unless it is asked for something else here.
  const threads = chooseThreads(asked ?? ort.env.wasm.numThreads, mayShareMemory ? availableThreads() : 1);
  if (threads > 1 && !mayShareMemory) {
    throw new ExecutorError(
      `jit: ${threads} threads need a page that is cross-origin isolated, served with the headers ` +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp; " +
        "without them leave threads out",
    );
  }
  ort.env.wasm.numThreads = threads;
  threadsInUse.set(ort, threads);
}
