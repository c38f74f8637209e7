import * as tf from "@tensorflow/tfjs-core";

let hasBackend = false;
let hasGradients = false;

/**
 * tfjs-core alone has no backend and, in Node, no gradients: other packages register both. This check names the missing
 * import, where tfjs would fail inside a kernel or at the end of the backward pass. Sampling and densities need no
 * gradients, so a program without gradients gets the error only when it takes one.
 *
 * @throws Error if no backend is registered, or if a gradient is being taken and no gradients are registered.
 */
export function checkRuntime(owner: string): void {
  if (!hasBackend) {
    if (tf.engine().backendNames().length === 0) {
      throw new Error(
        `${owner}: tfjs has no backend; import "@tensorflow/tfjs", or "@tensorflow/tfjs-backend-cpu" beside tfjs-core`,
      );
    }
    hasBackend = true;
  }
  if (!hasGradients && tf.engine().state.gradientDepth > 0) requireGradients(owner);
}

/**
 * Checks that gradients are registered, for code that always differentiates, such as a fit. @throws Error that names
 * the missing import.
 */
export function requireGradients(owner: string): void {
  if (!hasGradients && tf.getGradient("Sum") == null) {
    throw new Error(
      `${owner}: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs", or "@tensorflow/tfjs-layers" beside tfjs-core`,
    );
  }
  hasGradients = true;
}
