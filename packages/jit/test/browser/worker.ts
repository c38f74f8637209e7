import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import mjs from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { env } from "onnxruntime-web/wasm";
import type { JitOptions } from "../../src/options.js";
import { trainBothWays } from "./training.js";

// Without it, the runtime's threads would run the script that holds the runtime, and with it this program.
env.wasm.wasmPaths = { mjs, wasm };

/** Trains in a Web Worker, with the options that the page sends. */
self.addEventListener("message", async ({ data }: MessageEvent<JitOptions>) => {
  await tf.setBackend("cpu");
  self.postMessage(await trainBothWays(data, 20));
});
