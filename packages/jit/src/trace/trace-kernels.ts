import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import { UnsupportedKernelError } from "../errors.js";
import type { Value } from "../ir/graph.js";
import { lowerings } from "../kernels/index.js";
import type { Lowering } from "../kernels/lowering.js";
import { unsupportedKernels } from "../kernels/unsupported-kernels.js";
import { multinomial } from "./tfjs-draws.js";
import { TRACE_BACKEND, type TraceBackend } from "./trace-backend.js";

/** Ragged kernels take lists under one name. */
type KernelInput = tf.TensorInfo | readonly tf.TensorInfo[] | null | undefined;

/** Sees to it that the tracing backend has a kernel for every kernel that any other backend has. */
export function registerKernels(backend: TraceBackend): void {
  for (const [kernelName, lowering] of Object.entries(lowerings)) {
    if (!tf.getKernel(kernelName, TRACE_BACKEND)) registerKernel(backend, kernelName, lowering);
  }
  for (const backendName of Object.keys(engine().registryFactory)) {
    for (const { kernelName } of tf.getKernelsForBackend(backendName)) {
      if (!tf.getKernel(kernelName, TRACE_BACKEND)) registerKernel(backend, kernelName, unsupported);
    }
  }
}

const unsupported: Lowering = ({ kernel }) => {
  const reason = unsupportedKernels[kernel] ?? "no operation of tfjs-core by this name is known to the compiler";
  throw new UnsupportedKernelError(`${kernel} cannot be compiled: ${reason}`);
};

function registerKernel(backend: TraceBackend, kernelName: string, lowering: Lowering): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const trace = backend.activeTrace(kernelName);
      // A number from Math.random among the kernel's attributes.
      const drawn = backend.drawnError;
      const isMultinomial = drawn?.kernel === "multinomial" && trace.rng !== undefined;
      if (isMultinomial && kernelName === "Multinomial") {
        backend.nextWrite = undefined;
        return multinomial(backend, trace, inputs.logits as tf.Tensor2D, attrs ?? {});
      }
      // tf.multinomial draws its seed before it makes a matrix of a vector.
      if (drawn && !(isMultinomial && kernelName === "Reshape")) trace.fail(drawn);
      const results = trace.runKernel(kernelName, lowering, valuesOf(backend, kernelName, inputs), attrs ?? {});
      const origin = `result of ${kernelName}`;
      return "elementType" in results
        ? backend.info(results, origin)
        : results.map((value) => backend.info(value, origin));
    },
  });
}

function valuesOf(backend: TraceBackend, kernelName: string, inputs: tf.NamedTensorInfoMap): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [name, input] of Object.entries(inputs as Record<string, KernelInput>)) {
    // An optional input (the bias of a fused kernel) may be undefined or null.
    for (const [i, tensor] of [input ?? []].flat().entries()) {
      values[Array.isArray(input) ? `${name}_${i}` : name] = backend.valueFor(tensor, kernelName);
    }
  }
  return values;
}
