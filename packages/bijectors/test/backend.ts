import * as tf from "@tensorflow/tfjs-core";

/**
 * Makes the backend that IGR_TEST_BACKEND names the active one: `cpu` by default; `tensorflow` is tfjs-node's, which
 * `node packages/tfjs-native/bin/igr-tfjs-native.mjs setup` builds.
 */
export async function useTestBackend(): Promise<void> {
  const name = process.env.IGR_TEST_BACKEND || "cpu";
  // Silences tfjs' banner, and turns its check for leaks in kernels on. That check takes what tfjs-node's fused dense kernel
  // holds until the gradient is done for a leak; memory over 2,000 steps is flat (apps/experiments/test/tfjs-node.test.ts).
  tf.env().set("IS_TEST", name !== "tensorflow");
  if (name !== "tensorflow") {
    await tf.setBackend(name);
    return;
  }
  const { loadTfjsNode } = await import("../../tfjs-native/src/index.js");
  await loadTfjsNode({ log: () => {} });
}
