import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

const name = "foreign";

/**
 * Runs `f` on the kernels of the cpu backend under another name: as on a backend whose numbers JavaScript does not read at once, and as in
 * a trace.
 */
export function onForeignBackend<T>(f: () => T): T {
  if (tf.findBackend(name) === null) {
    tf.copyRegisteredKernels("cpu", name);
    tf.registerBackend(name, () => new MathBackendCPU());
  }
  const before = tf.getBackend();
  // A backend of the cpu starts at once; the promises have nothing to wait for.
  void tf.setBackend(name);
  try {
    return f();
  } finally {
    void tf.setBackend(before);
  }
}
