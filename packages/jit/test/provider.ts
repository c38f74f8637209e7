import type { Provider } from "../src/executors/executor.js";

/** The provider of most tests; on a machine with a GPU set IGR_PROVIDER=webgpu or cuda. */
export const provider = (process.env.IGR_PROVIDER ?? "cpu") as Provider;
export const isGpu = provider !== "cpu";

// As in the executor, for tests that make their own sessions.
if (provider === "cuda") process.env.NVIDIA_TF32_OVERRIDE ??= "0";
