import { createRequire } from "node:module";
import { sep } from "node:path";
import { messageOf, NativeError } from "../native-error.js";
import type { TfjsNodePackage } from "../tfjs-node-package.js";
import { supplyNodeUtil } from "./node-util.js";

/** A dependency of tfjs-node. */
const finderPackage: string = "@mapbox/node-pre-gyp";

/** The used part of the module that tfjs-node exports: tfjs, with the `tensorflow` backend added. */
export interface LoadedTfjs {
  backend(): unknown;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  removeBackend(name: string): void;
  getKernelsForBackend(name: string): readonly { readonly kernelName: string; readonly backendName: string }[];
  unregisterKernel(kernelName: string, backendName: string): void;
}

/** The used part of tfjs-node's backend. */
export interface TensorFlowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/**
 * Loads tfjs-node's JavaScript with the add-on at this path. tfjs-node asks @mapbox/node-pre-gyp for the path of its add-on, which returns
 * a path in tfjs-node's own folder. While tfjs-node loads, this function answers instead, and nothing is written to that folder.
 * @throws NativeError `not-loadable` with the operating system's message.
 */
export function requireTfjsNode(tfjsNode: TfjsNodePackage, addon: string): LoadedTfjs {
  supplyNodeUtil();
  // TensorFlow logs the processor's features, and more, at its first use.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  const require = createRequire(tfjsNode.manifest);
  const finder = require.resolve(finderPackage);
  const before = require.cache[finder];
  const answer = { find: () => addon };
  // Node's cache returns `exports`, so a plain object is enough.
  require.cache[finder] = { id: finder, filename: finder, loaded: true, exports: answer } as NodeJS.Module;
  try {
    return require(tfjsNode.folder) as LoadedTfjs;
  } catch (error) {
    throw new NativeError(
      "not-loadable",
      `tfjs-node: the add-on ${addon} can't be loaded: ${messageOf(error).split("\n")[0]}; ` +
        "`npx @igr/tfjs-native doctor` says more, `npx @igr/tfjs-native setup` rebuilds it",
      error,
    );
  } finally {
    if (before) require.cache[finder] = before;
    else delete require.cache[finder];
  }
}

/** Removes the `tensorflow` backend, so that another add-on can be loaded, and makes `backend` active again. */
export async function unloadTfjsNode(
  tf: LoadedTfjs,
  tfjsNode: TfjsNodePackage,
  backend: string | undefined,
): Promise<void> {
  for (const { kernelName } of [...tf.getKernelsForBackend("tensorflow")]) {
    tf.unregisterKernel(kernelName, "tensorflow");
  }
  tf.removeBackend("tensorflow");
  const { cache } = createRequire(tfjsNode.manifest);
  for (const file of Object.keys(cache)) if (file.startsWith(tfjsNode.folder + sep)) delete cache[file];
  if (backend) await tf.setBackend(backend);
}
