import { notAllowed } from "../check-options.js";
import { ExecutorError } from "../errors.js";
import { sizeOf } from "../ir/graph.js";
import type { Executor, ExecutorOptions, Model, NodeTiming, Provider, Session } from "./executor.js";
import { compileFor } from "./gathered-outputs.js";
import { CPU_NODES_OPTION } from "./gpu-gaps.js";
import { createSession, OnnxRuntimeSession, type OrtModule, type OrtSession, timingsOfProfile } from "./onnxruntime.js";
import { WORTH_REFUSING, withRefusedOutput } from "./refused-copies.js";
import { availableThreads, chooseThreads, isNode } from "./threads.js";

/** What a provider listed by onnxruntime-node needs in addition. */
const PROVIDER_NEEDS: Readonly<Record<Provider, string>> = {
  cpu: "",
  webgpu: " (needs a GPU with a Vulkan, Metal or Direct3D 12 driver)",
  cuda:
    " (needs Linux x64, cuDNN 9, and CUDA 12 with the libraries that onnxruntime-node's install script downloads, " +
    "or CUDA 13 with those of PyPI's onnxruntime-gpu of the same version)",
};

/** The versions whose handling of preallocated outputs is tested in test/onnxruntime-contract.test.ts. */
const CHECKED_VERSIONS = /^1\.30\./;

interface OrtNodeModule extends OrtModule {
  readonly env: { readonly versions: { readonly node?: string | undefined } };
  listSupportedBackends(): readonly { readonly name: string }[];
}

/** Imports onnxruntime-node; undefined if it is not installed or this is not Node. */
export async function importOnnxRuntimeNode(): Promise<OrtNodeModule | undefined> {
  if (!isNode()) return undefined;
  // Not a literal, so that bundlers for the browser ignore it.
  const name = "onnxruntime-node";
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
      default?: OrtNodeModule;
    } & OrtNodeModule;
    return module.default ?? module;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw new ExecutorError(`jit: onnxruntime-node is installed but cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Runs graphs with onnxruntime-node. @throws ExecutorError for a provider that the installed version lacks. */
export async function createNodeExecutor(ort: OrtNodeModule, options: ExecutorOptions): Promise<Executor> {
  const { provider = "cpu", spinning = DEFAULT_SPINNING } = options;
  const spin = spinSettings(spinning);
  const threads = chooseThreads(options.threads, availableThreads());
  const available = ort.listSupportedBackends().map(({ name }) => name);
  if (!available.includes(provider)) {
    throw new ExecutorError(
      `jit: the installed onnxruntime-node has no provider ${provider}; it has ${available.join(", ")}` +
        (PROVIDER_NEEDS[provider] ?? ""),
    );
  }
  if (provider === "cuda" && !options.fastMath) refuseTensorFloat32();
  return {
    name: "node",
    provider,
    compile(given: Model): Promise<Session> {
      return compileFor(provider, given, async (model) => {
        const profile = model.profile ? profileFile() : undefined;
        const bytesOfOutputs = model.outputs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
        // For other versions outputs are copied from the returned tensors, at the cost of one more copy.
        const isChecked = CHECKED_VERSIONS.test(ort.env.versions.node ?? "");
        // Not tested with CUDA.
        const refuses = isChecked && provider !== "cuda" && bytesOfOutputs >= WORTH_REFUSING;
        const session = await createSession(
          ort,
          refuses ? { ...model, bytes: withRefusedOutput(model.bytes) } : model,
          {
            executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
            executionMode: "sequential",
            // A GPU's providers need the runtime's passes, which place nodes and copies.
            graphOptimizationLevel: model.isOptimized || provider !== "cpu" ? "all" : "disabled",
            intraOpNumThreads: model.usesThreads ? threads : 1,
            interOpNumThreads: 1,
            // Warnings of the runtime concern nodes that we wrote; users could not act on them.
            logSeverityLevel: 3,
            ...(profile ? { enableProfiling: true, profileFilePrefix: profile.prefix } : {}),
            extra: { session: { intra_op: spin, ...(model.hasCpuNodes ? CPU_NODES_OPTION : {}) } },
          },
          `onnxruntime-node, provider ${provider}${PROVIDER_NEEDS[provider]},`,
        );
        const outputs = refuses ? "written only" : isChecked ? "written" : "returned";
        return new OnnxRuntimeSession(ort, session, model, outputs, () => profile?.read(session));
      });
    },
  };
}

/**
 * onnxruntime's CUDA provider multiplies in TensorFloat-32, with ten bits of mantissa: gradients of a training step were
 * off by 9 % of the largest. onnxruntime-node does not expose that provider's option; CUDA's libraries read this
 * variable when they are loaded.
 */
function refuseTensorFloat32(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= "0";
}

/** In microseconds: longer than most single-threaded nodes, but shorter than the pause between two steps. */
const DEFAULT_SPINNING = 50;

/** The option `spinning` as entries of onnxruntime's `session.intra_op`. @throws RangeError */
function spinSettings(spinning: boolean | number): Readonly<Record<string, string>> {
  if (typeof spinning === "boolean") return { allow_spinning: spinning ? "1" : "0" };
  if (!(typeof spinning === "number" && spinning >= 0 && spinning <= 1e6)) {
    throw notAllowed("spinning", spinning, "a boolean or 0 ... 1000000 microseconds", "number");
  }
  if (Math.round(spinning) === 0) return { allow_spinning: "0" };
  return { allow_spinning: "1", spin_duration_us: String(Math.round(spinning)) };
}

/** The path of the profile that onnxruntime writes at the end of the measurement. */
function profileFile() {
  // Not imports: bundlers for the browser would look for these modules.
  const { mkdtempSync, readdirSync, readFileSync, rmSync } = process.getBuiltinModule("node:fs");
  const { tmpdir } = process.getBuiltinModule("node:os");
  const { join } = process.getBuiltinModule("node:path");
  const folder = mkdtempSync(join(tmpdir(), `igr-jit-${process.pid}-`));
  let timings: NodeTiming[] | undefined;
  return {
    prefix: join(folder, "profile"),
    read: (session: OrtSession): NodeTiming[] | undefined => {
      if (timings) return timings;
      session.endProfiling();
      const [file] = readdirSync(folder);
      timings = file ? timingsOfProfile(readFileSync(join(folder, file), "utf8")) : undefined;
      rmSync(folder, { recursive: true, force: true });
      return timings;
    },
  };
}
