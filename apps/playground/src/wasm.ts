// tfjs' backend in WebAssembly, on one thread, from the files of the page.
import "@tensorflow/tfjs-backend-wasm";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";

setWasmPaths({
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  // Never loaded, but the backend requires a complete map.
  "tfjs-backend-wasm-threaded-simd.wasm": simd,
});
// Its threads start from the source text of a function, which contains names that the minifier has changed.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);

let hasStarted = false;

/** Starts WebAssembly for `onWasm`; the backend of everything else is `cpu`. */
export async function startWasm(): Promise<void> {
  hasStarted = await tf.setBackend("wasm");
  await tf.setBackend("cpu");
}

/**
 * Runs a function on WebAssembly, or on `cpu` if it has not started. Samples are drawn there, in less than half of the
 * time. Shares of vanished derivatives are not: whether a derivative is exactly 0 depends on the last bit of `exp`.
 */
export function onWasm<T>(f: () => T): T {
  if (!hasStarted) return f();
  // A backend that has started is set at once; the promise has nothing to wait for.
  void tf.setBackend("wasm");
  try {
    return f();
  } finally {
    void tf.setBackend("cpu");
  }
}
