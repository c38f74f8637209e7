import { join } from "node:path";
import {
  type AddonRecord,
  addonIn,
  Cache,
  finish,
  partialOf,
  readAddon,
  type Variant,
  writeRecord,
} from "../cache/cache.js";
import { explainFileError } from "../cache/file-error.js";
import { withCacheLock } from "../cache/lock.js";
import { whyNoGpu } from "../load/device.js";
import { NativeError } from "../native-error.js";
import { Progress } from "../progress.js";
import { defaultTensorFlow, type Flavour, isTried } from "../tensorflow-versions.js";
import { findTfjsNode, singleCore, sourceFiles, type TfjsNodePackage } from "../tfjs-node-package.js";
import { type CheckResult, checkAddon } from "./check-addon.js";
import { compileAddon, findCompiler, libraryPath } from "./compiler.js";
import { checkDiskSpace } from "./disk-space.js";
import { findPython, fits, virtualEnvironment } from "./python.js";
import { checkVersion, installTensorFlow, locateLibraries, type TensorFlow } from "./tensorflow.js";

export interface SetupOptions {
  /** Build against TensorFlow for NVIDIA GPUs. */
  readonly gpu?: boolean;
  /** With `gpu`: accept a machine without a GPU, such as one that builds an image for others. */
  readonly allowCpu?: boolean;
  /** With `gpu`: CUDA and cuDNN are installed in the system; by default they come from PyPI as well. */
  readonly systemCuda?: boolean;
  /** Version of TensorFlow, `2.20` or `2.20.0`; by default the newest version that this package was tried with. */
  readonly tensorflow?: string;
  /** A Python program. By default that of the active virtual environment, or `python3` if none is active. */
  readonly python?: string;
  /** Folder of the project whose tfjs-node is built; by default the working directory. */
  readonly project?: string;
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
  /** The stream that shows progress; stderr by default. */
  readonly progress?: Progress;
  /** Stops the setup between or within steps. The next setup continues from there. */
  readonly signal?: AbortSignal;
}

export interface SetupResult extends AddonRecord {
  /** The add-on. */
  readonly file: string;
  readonly isGpu: boolean;
  /** Whether an earlier setup had built the add-on, so that this one only checked it. */
  readonly wasThere: boolean;
}

interface Context {
  readonly options: SetupOptions;
  readonly cache: Cache;
  readonly flavour: Flavour;
  readonly variant: Variant;
  readonly tfjsNode: TfjsNodePackage;
  readonly progress: Progress;
}

/**
 * Builds the add-on of the project's tfjs-node against TensorFlow's wheel from PyPI, into the cache, and checks that it
 * computes. Complete parts in the cache are kept, incomplete ones of an interrupted setup are made again, and a second setup at the same
 * time waits for the first. The project, its node_modules and the user's Python environments do not change.
 *
 * @throws NativeError of any reason but `not-set-up`: see {@link NativeErrorReason}. With `gpu` on a machine without one: `no-gpu` after the
 * add-on was built and kept, unless `allowCpu`.
 *
 * @example
 * ```ts
 * const { tensorflow, file } = await setup({ tensorflow: "2.20" });
 * ```
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const { gpu = false, systemCuda = false, allowCpu = false, signal } = options;
  checkPlatform(gpu);
  if (options.tensorflow !== undefined) checkVersion(options.tensorflow);
  const flavour: Flavour = gpu ? "gpu" : "cpu";
  const folders = [options.project ?? process.cwd()];
  const tfjsNode = findTfjsNode(flavour, folders);
  singleCore(tfjsNode, folders);
  const cache = new Cache(options.cache);
  const progress = options.progress ?? new Progress();
  const variant = gpu && systemCuda ? "gpu-system-cuda" : flavour;
  const context: Context = { options, cache, flavour, variant, tfjsNode, progress };
  try {
    cache.make();
    const result = await withCacheLock("setup", cache.lock, () => underLock(context), {
      signal,
      onWait: (holder) => progress.note(`Another setup is at work (${holder}): waiting for it to end`),
    });
    if (gpu && !result.isGpu && !allowCpu) {
      throw new NativeError(
        "no-gpu",
        `setup: the add-on is built and computes (${result.file}), but TensorFlow ${result.tensorflow} found no GPU: ${whyNoGpu()}. ` +
          "Pass --allow-cpu if that is intended, as on a machine that builds images for others",
      );
    }
    return result;
  } catch (error) {
    throw explainFileError(error, "setup", cache.folder);
  } finally {
    progress.fail();
  }
}

async function underLock(context: Context): Promise<SetupResult> {
  const { cache, progress, tfjsNode, variant, options } = context;
  const left = cache.removeHalfBuilt();
  if (left.length > 0) {
    progress.note(`A setup that did not end left ${left.join(", ")}: removed, what is whole is kept`);
  }

  const tensorflow = await provideTensorFlow(context);
  const folder = cache.addon(variant, tensorflow.version, tfjsNode.sources);
  const present = readAddon(folder);
  const libraries = libraryPath(folder, tensorflow.folder, cache.folder);
  if (present?.libraries === libraries) {
    const checked = await tryCheck(context, present.file);
    if (checked) return keep(folder, present, checked, true);
    progress.note("The add-on in the cache no longer computes: rebuilding it");
  }

  const compiler = await findCompiler();
  const partial = partialOf(folder);
  progress.step(`Compiling ${tfjsNode.name} ${tfjsNode.version} with ${compiler.version}`);
  await compileAddon({
    compiler,
    sources: sourceFiles(tfjsNode),
    tensorflow,
    output: addonIn(partial),
    cache: cache.folder,
    signal: options.signal,
  });
  const checked = await check(context, addonIn(partial));
  const record: AddonRecord = {
    flavour: context.flavour,
    tensorflow: tensorflow.version,
    libraries,
    sources: tfjsNode.sources,
    builtFrom: `${tfjsNode.name} ${tfjsNode.version}`,
    compiler: compiler.version,
    setUpAt: new Date().toISOString(),
  };
  await writeRecord(partial, record);
  finish(partial, folder);
  return keep(folder, record, checked, false);
}

/** The requested TensorFlow: from the user's Python, from the cache or from PyPI. */
async function provideTensorFlow(context: Context): Promise<TensorFlow> {
  const { options, cache, flavour, variant, progress } = context;
  const { tensorflow: asked, signal } = options;
  const version = asked ?? defaultTensorFlow;
  const unpacked = findUnpacked(cache, variant, version);
  // A Python is needed only for a download, or if it may contain the requested TensorFlow.
  let python = unpacked && options.python === undefined ? undefined : await findPython({ asked: options.python });
  if (python && (options.python !== undefined || process.env.VIRTUAL_ENV) && fits(python, flavour, asked)) {
    const { version: has, folder } = python.tensorflow!;
    progress.note(`Using TensorFlow ${has} of ${python.program}`);
    const another = options.python === undefined ? "deactivate that virtual environment" : "leave --python out";
    return locateLibraries(folder, has, `install it there again, or ${another} to get TensorFlow from PyPI`);
  }
  if (unpacked) {
    try {
      return locateLibraries(unpacked.folder, unpacked.version);
    } catch (error) {
      // The files of a version that was tried are known, so a missing file was there before.
      if (!isTried(unpacked.version)) throw error;
      progress.note(`TensorFlow ${unpacked.version} in the cache is no longer complete: installing it again`);
    }
  }

  // A missing compiler is reported before 300 MB are downloaded.
  await findCompiler();
  checkDiskSpace(cache.folder, flavour);
  if (!isTried(version)) {
    progress.note(`TensorFlow ${version} was not tried with this package; ${defaultTensorFlow} was`);
  }
  python ??= await findPython();
  const program = await virtualEnvironment(cache.python, python, progress, signal);
  progress.step(`Installing TensorFlow ${version} (${variant}) from PyPI`);
  const installed = await installTensorFlow({
    python: program,
    flavour,
    version,
    folderOf: (full) => cache.tensorflow(variant, full),
    isCudaOfSystem: variant === "gpu-system-cuda",
    progress,
    signal,
  });
  const folder = join(cache.tensorflow(variant, installed), "tensorflow");
  return locateLibraries(folder, installed);
}

/** The unpacked TensorFlow of a version, or of the newest patch of `2.20`. */
function findUnpacked(
  cache: Cache,
  variant: Variant,
  version: string,
): { version: string; folder: string } | undefined {
  const full = cache
    .tensorflows()
    .filter((name) => name.startsWith(`${variant}-`))
    .map((name) => name.slice(variant.length + 1))
    .filter((has) => has === version || (/^\d+\.\d+$/.test(version) && has.startsWith(`${version}.`)))
    .sort()
    .at(-1);
  return full === undefined
    ? undefined
    : { version: full, folder: join(cache.tensorflow(variant, full), "tensorflow") };
}

async function check({ tfjsNode, progress, options }: Context, addon: string): Promise<CheckResult> {
  progress.step("Checking a matrix product and a gradient");
  try {
    return await checkAddon(tfjsNode, addon, { signal: options.signal });
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    throw new NativeError(error.reason, `${error.message}; try --tensorflow with another version`, error);
  } finally {
    progress.done();
  }
}

async function tryCheck(context: Context, addon: string): Promise<CheckResult | undefined> {
  try {
    return await check(context, addon);
  } catch (error) {
    if (error instanceof NativeError) return undefined;
    throw error;
  }
}

async function keep(
  folder: string,
  record: AddonRecord,
  { isGpu }: CheckResult,
  wasThere: boolean,
): Promise<SetupResult> {
  const { flavour, tensorflow, libraries, sources, builtFrom, compiler } = record;
  const kept = { flavour, tensorflow, libraries, sources, builtFrom, compiler, setUpAt: new Date().toISOString() };
  await writeRecord(folder, kept);
  return { ...kept, file: addonIn(folder), isGpu, wasThere };
}

function checkPlatform(gpu: boolean): void {
  const { platform, arch } = process;
  if (platform !== "linux" && platform !== "darwin") {
    throw new NativeError(
      "platform",
      `setup: PyPI's TensorFlow has no C library to link on ${platform}; on Windows use the Linux subsystem (WSL 2)`,
    );
  }
  if (gpu && (platform !== "linux" || arch !== "x64")) {
    throw new NativeError(
      "platform",
      `setup: --gpu needs Linux on x64, where PyPI's TensorFlow has CUDA; this is ${platform} ${arch}`,
    );
  }
}
