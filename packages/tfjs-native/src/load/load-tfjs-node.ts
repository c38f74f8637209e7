import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Cache, type CachedAddon } from "../cache/cache.js";
import { NativeError } from "../native-error.js";
import type { Flavour } from "../tensorflow-versions.js";
import { findTfjsNode, singleCore, type TfjsNodePackage } from "../tfjs-node-package.js";
import { type Device, describeDevice, deviceSentence, whyNoGpu } from "./device.js";
import { type LoadedTfjs, requireTfjsNode, type TensorFlowBackend, unloadTfjsNode } from "./require-tfjs-node.js";

/** What `loadTfjsNode` resolves to: tfjs as tfjs-node exports it, with its `node` and `io` parts. */
// biome-ignore lint/suspicious/noTsIgnore: an error only where the optional peer is absent, as in the installation of `npm start`.
// @ts-ignore
export type TfjsNode = typeof import("@tensorflow/tfjs-node");

export interface LoadTfjsNodeOptions {
  /** Compute on an NVIDIA GPU; by default on the CPU. */
  readonly gpu?: boolean;
  /** With `gpu`: if TensorFlow finds no GPU, use the CPU with a message. By default a missing GPU is an error. */
  readonly allowCpu?: boolean;
  /** Version of TensorFlow, complete or its first two numbers; by default the version that was set up last. */
  readonly tensorflow?: string;
  /**
   * `import.meta.url` or a folder of the program whose tfjs-node is loaded. By default the tfjs-node that this package, the program's main
   * script or the working directory resolves, in this order.
   */
  readonly from?: string | URL;
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
  /** Receives one sentence that names the device, or says why it is not a GPU. By default the sentence goes to stderr. */
  readonly log?: (sentence: string) => void;
}

interface Loaded {
  readonly tf: LoadedTfjs;
  readonly addon: CachedAddon;
  readonly device: Device;
}

let loaded: Loaded | undefined;

/** The last add-on that found no GPU. Its libraries stay in the process, and the next add-on uses them instead of its own. */
let refused: CachedAddon | undefined;

/**
 * Loads @tensorflow/tfjs-node, or @tensorflow/tfjs-node-gpu, with the add-on that `npx @igr/tfjs-native setup` built, and makes
 * its backend, `tensorflow`, the active one. On Node 22 and later it first supplies the functions of Node's `util` that tfjs-node
 * calls and Node 23 removed.
 *
 * All of tfjs is shared: variables, optimizers and gradients of `@tensorflow/tfjs-core`, which any library imports, are the same ones.
 * A second call returns the same module: a process has one add-on.
 *
 * @throws NativeError `tfjs-node-missing`, `two-cores`, `not-set-up` or `not-loadable`; `no-gpu` if `gpu` was requested, TensorFlow found
 * no GPU and `allowCpu` was not given. The active backend is then unchanged.
 *
 * @example
 * ```ts
 * const tf = await loadTfjsNode(); // stderr: tfjs-node: TensorFlow 2.21.0 on CPU ...
 * tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).print();
 * ```
 */
export async function loadTfjsNode<T = TfjsNode>(options: LoadTfjsNodeOptions = {}): Promise<T> {
  const { gpu = false, allowCpu = false, log = (sentence: string) => console.error(sentence) } = options;
  const folders = foldersOf(options.from);
  const tfjsNode = findTfjsNode(gpu ? "gpu" : "cpu", folders);
  // The working directory is a place to find tfjs-node; it does not show what the program imports.
  checkLoadedCore(singleCore(tfjsNode, options.from === undefined ? mainScript() : folders));
  const addon = chooseAddon(new Cache(options.cache), tfjsNode, options);
  if (loaded) return again<T>(loaded, addon, gpu && !allowCpu);
  if (refused && refused.tensorflow !== addon.tensorflow) throw secondTensorFlow(refused, addon);

  // The order of the driver's list, which gives the device its name below.
  if (addon.flavour === "gpu") process.env.CUDA_DEVICE_ORDER ??= "PCI_BUS_ID";
  const before = engine()?.backendName;
  const tf = requireTfjsNode(tfjsNode, addon.file);
  const backend = tf.backend() as TensorFlowBackend;
  const isGpu = backend.isUsingGpuDevice;
  if (gpu && !isGpu && !allowCpu) {
    await unloadTfjsNode(tf, tfjsNode, before);
    refused = addon;
    throw noGpu(addon);
  }
  const device = describeDevice(isGpu);
  const reason = gpu && !isGpu ? `, as it found no GPU: ${whyNot(addon)}` : "";
  log(`tfjs-node: TensorFlow ${backend.binding.TF_Version} on ${deviceSentence(device)}${reason}`);
  loaded = { tf, addon, device };
  return tf as unknown as T;
}

/**
 * The device that TensorFlow computes on.
 * @throws NativeError `not-set-up` before `loadTfjsNode` resolved.
 */
export function tfjsNodeDevice(): Device {
  if (loaded) return loaded.device;
  throw new NativeError("not-set-up", "tfjsNodeDevice: nothing is loaded yet; await loadTfjsNode() first");
}

function again<T>({ tf, addon, device }: Loaded, wanted: CachedAddon, needsGpu: boolean): T {
  if (addon.file !== wanted.file) throw secondTensorFlow(addon, wanted);
  if (needsGpu && device.kind !== "gpu") throw noGpu(addon);
  return tf as unknown as T;
}

function secondTensorFlow(present: CachedAddon, wanted: CachedAddon): NativeError {
  return new NativeError(
    "not-loadable",
    `loadTfjsNode: this process has loaded TensorFlow ${present.tensorflow} (${present.flavour}) and can't load ${wanted.tensorflow} ` +
      `(${wanted.flavour}) beside it; load that one in a process of its own`,
  );
}

const whyNot = (addon: CachedAddon): string =>
  addon.flavour === "cpu" ? "the add-on for GPUs was not built; run `npx @igr/tfjs-native setup --gpu`" : whyNoGpu();

function noGpu(addon: CachedAddon): NativeError {
  return new NativeError(
    "no-gpu",
    `loadTfjsNode: a GPU was asked for and TensorFlow ${addon.tensorflow} has none: ${whyNot(addon)}. Pass allowCpu: true to continue ` +
      "without, or leave gpu out",
  );
}

/** The folders from which tfjs-node is resolved. */
function foldersOf(from: string | URL | undefined): string[] {
  if (from !== undefined) {
    const isUrl = from instanceof URL || from.startsWith("file:");
    return [isUrl ? dirname(fileURLToPath(from)) : from];
  }
  return [dirname(fileURLToPath(import.meta.url)), ...mainScript(), process.cwd()];
}

/** Folder of the script that Node was started with; undefined in a REPL. */
function mainScript(): string[] {
  const script = process.argv[1];
  return script && existsSync(script) ? [dirname(realpathSync(script))] : [];
}

/** @throws NativeError `two-cores` if this process already uses another tfjs-core. */
function checkLoadedCore(core: string): void {
  const isLoaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.startsWith(core + sep));
  if (engine() === undefined || isLoaded) return;
  throw new NativeError(
    "two-cores",
    `loadTfjsNode: this process has loaded a tfjs-core other than ${core}, which tfjs-node uses; give all @tensorflow packages one version ` +
      "(`npm ls @tensorflow/tfjs-core`), and keep bundlers from inlining it",
  );
}

/** The tfjs engine of this process. Importing tfjs to get it could load the wrong copy. */
function engine(): { readonly backendName?: string } | undefined {
  return (globalThis as { _tfengine?: { backendName?: string } })._tfengine;
}

/**
 * The add-on to load: the latest of those that were built from these sources.
 * @throws NativeError `not-set-up`, which says what the cache holds instead.
 */
function chooseAddon(
  cache: Cache,
  tfjsNode: TfjsNodePackage,
  { gpu = false, allowCpu = false, tensorflow }: LoadTfjsNodeOptions,
): CachedAddon {
  const fitting = cache
    .addons()
    .filter(({ sources }) => sources === tfjsNode.sources)
    .filter(
      ({ tensorflow: has }) => tensorflow === undefined || has === tensorflow || has.startsWith(`${tensorflow}.`),
    );
  const of = (flavour: Flavour) => fitting.find((addon) => addon.flavour === flavour);
  const addon = gpu ? (of("gpu") ?? (allowCpu ? of("cpu") : undefined)) : of("cpu");
  if (addon) {
    const libraries = addon.libraries.startsWith("/") ? addon.libraries : `${addon.folder}/${addon.libraries}`;
    if (existsSync(libraries)) return addon;
    throw new NativeError(
      "not-set-up",
      `loadTfjsNode: TensorFlow's libraries are no longer in ${libraries}; run \`npx @igr/tfjs-native setup${gpu ? " --gpu" : ""}\``,
    );
  }
  const command = `npx @igr/tfjs-native setup${gpu ? " --gpu" : ""}${tensorflow ? ` --tensorflow ${tensorflow}` : ""}`;
  const others = cache.addons().map(({ flavour, tensorflow: has, builtFrom }) => `${flavour} ${has} for ${builtFrom}`);
  const there = others.length > 0 ? `it has ${others.join(", ")}` : "it is empty";
  const left = cache.halfBuilt().length > 0 ? ", and an interrupted setup, which the command continues" : "";
  throw new NativeError(
    "not-set-up",
    `loadTfjsNode: no add-on for ${tfjsNode.name} ${tfjsNode.version}${gpu ? " and a GPU" : ""}${tensorflow ? ` and TensorFlow ${tensorflow}` : ""} ` +
      `is in ${cache.folder} (${there}${left}); run \`${command}\` in the project`,
  );
}
