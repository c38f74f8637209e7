import type { Provider } from "../src/executors/executor.js";

/** Where compiled functions run in most tests: on a machine with a GPU, IGR_PROVIDER=webgpu or cuda. */
export const provider = (process.env.IGR_PROVIDER ?? "cpu") as Provider;
export const isGpu = provider !== "cpu";

// As the executor does, for the tests that make sessions of their own.
if (provider === "cuda") process.env.NVIDIA_TF32_OVERRIDE ??= "0";
