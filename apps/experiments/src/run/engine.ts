import { useFastWasm } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import type { EngineName } from "./configuration.js";

export interface ChosenEngine {
  /** What `fit` is told. */
  readonly fitEngine: "auto" | "jit" | "eager";
  /** The tfjs backend that holds the variables and runs what is not compiled. */
  readonly backend: "wasm" | "cpu";
}

/**
 * Makes the tfjs backend of an engine the active one.
 * `wasm`: the fastest backend of tfjs without native code, its matrix products transposed first. `jit`: compiled steps,
 * `wasm` for the rest. `auto`: `jit` where onnxruntime runs, else `wasm`. `cpu`: plain JavaScript.
 */
export async function chooseEngine(name: EngineName): Promise<ChosenEngine> {
  tf.enableProdMode(); // without it tfjs prints a banner
  if (name === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { fitEngine: "eager", backend: "cpu" };
  }
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) {
    throw new Error("chooseEngine: tfjs' wasm backend did not start; try --engine cpu");
  }
  await useFastWasm();
  return { fitEngine: name === "wasm" ? "eager" : name, backend: "wasm" };
}
