import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";

// Each test loads the module anew: the checks run once per program.
async function freshRuntime(): Promise<typeof import("./runtime.js")> {
  vi.resetModules();
  return import("./runtime.js");
}

function withoutGradients<T>(f: () => T): T {
  const gradient = tf.getGradient("Sum");
  tf.unregisterGradient("Sum");
  try {
    return f();
  } finally {
    tf.registerGradient(gradient);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("without a backend the first call names the import that is missing", async () => {
  const { checkRuntime } = await freshRuntime();
  const names = vi.spyOn(tf.engine(), "backendNames").mockReturnValue([]);
  expect(() => checkRuntime("Normal")).toThrow(
    'Normal: tfjs has no backend; import "@tensorflow/tfjs", or "@tensorflow/tfjs-backend-cpu" beside tfjs-core',
  );
  names.mockRestore();
  expect(() => checkRuntime("Normal")).not.toThrow();
});

test("without gradients nothing is said until one is taken", async () => {
  const { checkRuntime } = await freshRuntime();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  withoutGradients(() => {
    expect(() => checkRuntime("Normal")).not.toThrow();
    const identity = (x: tf.Tensor) => {
      checkRuntime("Normal");
      return x;
    };
    expect(() => tf.grad(identity)(tf.scalar(1))).toThrow(
      'Normal: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs", or "@tensorflow/tfjs-layers" beside tfjs-core',
    );
  });
  expect(warn).not.toHaveBeenCalled();
});

test("what needs gradients refuses to start without them", async () => {
  const { requireGradients } = await freshRuntime();
  expect(() => withoutGradients(() => requireGradients("fitPrior"))).toThrow(
    "fitPrior: tfjs-core registers no gradients by itself",
  );
  expect(() => requireGradients("fitPrior")).not.toThrow();
});
