import * as tf from "@tensorflow/tfjs-core";

let hasBackend = false;
let hasGradients = false;

/**
 * tfjs-core alone has no backend and, in Node, no gradients: both come with other packages. Says which import is
 * missing, where tfjs would fail deep inside a kernel or only at the end of the backward pass. Sampling and densities
 * need no gradients, so that a program without them is told only while it takes one.
 *
 * @throws Error if no backend is registered, or if a gradient is being taken and none are.
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
  if (!hasGradients && tf.engine().state.gradientDepth > 0) {
    requireGradients(owner);
  }
}

/** For what always differentiates, such as a fit. @throws Error if tfjs cannot, with the import that is missing. */
export function requireGradients(owner: string): void {
  if (!hasGradients && tf.getGradient("Sum") == null) {
    throw new Error(
      `${owner}: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs", or "@tensorflow/tfjs-layers" beside tfjs-core`,
    );
  }
  hasGradients = true;
}
