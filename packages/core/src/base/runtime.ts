import * as tf from "@tensorflow/tfjs-core";

let checkedBackend = false;
let checkedGradients = false;

/**
 * tfjs-core alone can do nothing in Node: backends and gradients come with other packages. Checked once, so that the
 * first distribution says what is missing, and not some kernel deep inside a draw.
 *
 * A missing backend is an error. Missing gradients are a warning, since a program that only samples needs none.
 */
export function checkRuntime(owner: string): void {
  if (!checkedBackend) {
    if (tf.engine().backendNames().length === 0) {
      throw new Error(
        `${owner}: tfjs has no backend; import "@tensorflow/tfjs", or "@tensorflow/tfjs-backend-cpu" beside tfjs-core, before the first distribution is made`,
      );
    }
    checkedBackend = true;
  }
  if (!checkedGradients) {
    checkedGradients = true;
    if (!hasGradients()) {
      console.warn(`${owner}: ${missingGradients} Sampling and densities work; training does not.`);
    }
  }
}

/** @throws Error if tfjs cannot differentiate, with the import that is missing. */
export function requireGradients(owner: string): void {
  if (!hasGradients()) {
    throw new Error(`${owner}: ${missingGradients}`);
  }
}

function hasGradients(): boolean {
  return tf.getGradient("Sum") != null;
}

const missingGradients =
  'tfjs-core registers no gradients by itself; import "@tensorflow/tfjs", or "@tensorflow/tfjs-layers" beside tfjs-core.';
