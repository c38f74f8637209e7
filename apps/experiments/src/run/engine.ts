import { useFastWasm } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import { InputError } from "../input-error.js";
import type { EngineName } from "./engine-names.js";

export interface ChosenEngine {
  /** The engine option of `fit`. */
  readonly fitEngine: "auto" | "jit" | "eager";
  /** The tfjs backend of the variables and of all ops that are not compiled. */
  readonly backend: "wasm" | "cpu" | "tensorflow";
  /** What tfjs-node computes on, with the version of TensorFlow. */
  readonly device?: string;
}

/**
 * Activates the tfjs backend of an engine.
 * `wasm`: the fastest tfjs backend without native code, with faster matrix products. `jit`: compiled steps, with `wasm`
 * for the rest. `auto`: `jit` if onnxruntime runs, otherwise `wasm`. `cpu`: plain JavaScript. `tfjs-node` and
 * `tfjs-node-gpu`:
 * TensorFlow, as @igr/tfjs-native built and loads it.
 *
 * @throws Error that says what to do if an engine is missing. It is never replaced by another engine.
 */
export async function chooseEngine(name: EngineName): Promise<ChosenEngine> {
  tf.enableProdMode(); // without it tfjs prints a banner
  if (name === "tfjs-node" || name === "tfjs-node-gpu") {
    return { fitEngine: "eager", backend: "tensorflow", device: await loadTensorFlow(name === "tfjs-node-gpu") };
  }
  if (name === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { fitEngine: "eager", backend: "cpu" };
  }
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) {
    throw new InputError("chooseEngine: tfjs' wasm backend did not start; try --engine cpu");
  }
  await useFastWasm();
  return { fitEngine: name === "wasm" ? "eager" : name, backend: "wasm" };
}

async function loadTensorFlow(gpu: boolean): Promise<string> {
  const { loadTfjsNode, NativeError } = await import("@igr/tfjs-native");
  let device = "";
  try {
    await loadTfjsNode({
      gpu,
      log: (sentence) => {
        device = sentence.replace("tfjs-node: ", "");
      },
    });
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    if (error.reason === "no-gpu") throw new InputError(`${error.message} (--engine tfjs-node)`, { cause: error });
    if (!["not-set-up", "tfjs-node-missing"].includes(error.reason)) throw error;
    const setup = `node packages/tfjs-native/bin/igr-tfjs-native.mjs setup --project packages/tfjs-native${gpu ? " --gpu" : ""}`;
    throw new InputError(`${error.message}. In a clone of this repository: \`npx pnpm install\`, then \`${setup}\``, {
      cause: error,
    });
  }
  return device;
}
