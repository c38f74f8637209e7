import { ExecutorError } from "../errors.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import type { Executor, ExecutorOptions, Model, Provider, Session } from "./executor.js";
import { compileFor } from "./gathered-outputs.js";
import { CPU_NODES_OPTION } from "./gpu-gaps.js";
import { modelOf } from "./model-of.js";
import { createSession, OnnxRuntimeSession, type OrtModule, type OrtSession } from "./onnxruntime.js";
import { RestartingSession } from "./restarting-session.js";
import { availableThreads, chooseThreads, isNode } from "./threads.js";
import { readsSynchronously, WebGpuDevice, type WrapBuffer } from "./webgpu-device.js";

interface OrtWebModule extends OrtModule {
  readonly env: {
    readonly wasm: { numThreads?: number };
    readonly webgpu: { readonly adapter?: unknown; readonly device?: GPUDevice | PromiseLike<GPUDevice> };
  };
  readonly Tensor: OrtModule["Tensor"] & { fromGpuBuffer: WrapBuffer };
}

/** Entry of onnxruntime-web for a provider, and the file that it loads at startup. */
const BUILDS: Readonly<Record<"cpu" | "webgpu", { readonly entry: string; readonly file: string }>> = {
  cpu: { entry: "onnxruntime-web/wasm", file: "ort-wasm-simd-threaded.wasm" },
  webgpu: { entry: "onnxruntime-web/webgpu", file: "ort-wasm-simd-threaded.asyncify.wasm" },
};

/** Messages of engines and bundlers for an import that cannot be resolved. */
const NOT_INSTALLED =
  /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|cannot find (module|package)|resolve module specifier|could not resolve|bare specifier|does not resolve/i;

/** Imports onnxruntime-web; undefined if it is not installed. */
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
    // The builds below load their files by fetch. Not a literal, so that bundlers do not follow it: it is not for
    // browsers.
    const name = "onnxruntime-web";
    return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  }
  // Literals, so that bundlers make a separate chunk of each, loaded on use.
  return provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm");
}

/** Number of threads that each build was started with, which belongs to the process or page, not to a session. */
const threadsInUse = new WeakMap<OrtWebModule, number>();

/**
 * Runs graphs with onnxruntime-web. @throws ExecutorError for a provider or a number of threads that is not available
 * here.
 */
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
    device: provider === "webgpu" ? await startDevice(ort) : undefined,
    compile(model: Model): Promise<Session> {
      return compileFor(provider, model, async (given) => {
        const create = async () => {
          const session = await createWebSession(ort, given, provider);
          // onnxruntime-web ignores the host memory of preallocated outputs: test/onnxruntime-web-contract.test.ts.
          return new OnnxRuntimeSession(ort, session, given, "returned", () => undefined);
        };
        return given.deviceOutputs.size > 0 ? RestartingSession.create(create) : create();
      });
    },
  };
}

/** The GPU of each build of the runtime, if variables can stay there. */
const devices = new WeakMap<OrtWebModule, Promise<WebGpuDevice | undefined>>();

/**
 * Starts the runtime's GPU. Undefined if its memory cannot be read while a program waits, as `variable.dataSync()` and
 * eager ops read variables: these then stay in host memory.
 */
function startDevice(ort: OrtWebModule): Promise<WebGpuDevice | undefined> {
  let device = devices.get(ort);
  if (!device) {
    device = (async () => {
      if (!(await readsSynchronously())) return undefined;
      // onnxruntime-web destroys its GPU, and all memory there, with the last session. This one is never released.
      await createWebSession(ort, smallestModel(), "webgpu");
      return new WebGpuDevice((await ort.env.webgpu.device)!, (buffer, type) => ort.Tensor.fromGpuBuffer(buffer, type));
    })();
    devices.set(ort, device);
    // The next function tries again.
    device.catch(() => devices.delete(ort));
  }
  return device;
}

function smallestModel(): Model {
  const builder = new GraphBuilder();
  const x = builder.input("float32", [1]);
  builder.output(builder.op("Neg", [x], {}, x));
  return modelOf(builder.finish());
}

async function createWebSession(ort: OrtWebModule, model: Model, provider: "cpu" | "webgpu"): Promise<OrtSession> {
  try {
    return await createSession(
      ort,
      model,
      {
        // Not [provider, "wasm"]: nodes that WebGPU lacks run in WebAssembly anyway, and a failed start must be an
        // error.
        executionProviders: [provider === "cpu" ? "wasm" : provider],
        executionMode: "sequential",
        graphOptimizationLevel: model.isOptimized || provider !== "cpu" ? "all" : "disabled",
        logSeverityLevel: 3,
        ...(model.deviceOutputs.size > 0
          ? {
              preferredOutputLocation: Object.fromEntries([...model.deviceOutputs].map((name) => [name, "gpu-buffer"])),
            }
          : {}),
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
        `It loads ${file} from the folder of its own script: serve that file of onnxruntime-web/dist there, or set ` +
        `its location before the first call: import { env } from "${entry}"; env.wasm.wasmPaths = { wasm: "/folder/${file}" }. ` +
        "It tries again only after the page is reloaded.",
      { cause: error },
    );
  }
}

/** @throws ExecutorError if there is no WebGPU. onnxruntime-web itself would only warn and continue without it. */
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

/** Sets the number of threads before onnxruntime-web starts. */
function startThreads(ort: OrtWebModule, asked: number | undefined): void {
  const inUse = threadsInUse.get(ort);
  if (inUse !== undefined) {
    if (asked !== undefined && chooseThreads(asked, 1) !== inUse) {
      throw new ExecutorError(
        `jit: onnxruntime-web was started with ${inUse} thread(s), which all compiled functions share; ` +
          `${asked} are no longer available: pass the same number everywhere, or only to the first function`,
      );
    }
    return;
  }
  const mayShareMemory = typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated !== false;
  // A number that the program has set in onnxruntime-web itself is kept unless the options have one.
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
