import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { engine } from "../src/engine.js";

/** The non-public parts of tfjs' engine that the tracer uses; see src/engine.ts. */

test("backends can be switched by two fields", () => {
  const { backendName, backendInstance } = engine();
  expect(backendName).toBe("cpu");
  expect(backendInstance).toBe(tf.backend());
  expect(Object.keys(engine().registryFactory)).toContain("cpu");
});

test("tensorInfo knows the backend behind a tensor until it is disposed", () => {
  const tensor = tf.ones([2]);
  const { dataId } = tensor;
  expect(engine().state.tensorInfo.get(dataId)?.backend).toBe(tf.backend());
  tensor.dispose();
  expect(engine().state.tensorInfo.has(dataId)).toBe(false);
});

test("variables are registered by name, and assign takes over the data id", () => {
  const variable = tf.variable(tf.scalar(1), true, "contract");
  expect(engine().state.registeredVariables.contract).toBe(variable);
  const value = tf.scalar(2);
  variable.assign(value);
  expect(variable.dataId).toBe(value.dataId);
  variable.dispose();
  expect(engine().state.registeredVariables.contract).toBeUndefined();
});

test("keeping and disposing pass through the engine's own properties", () => {
  const tfjs = engine();
  const seen: string[] = [];
  const [keep, disposeTensor] = [tfjs.keep.bind(tfjs), tfjs.disposeTensor.bind(tfjs)];
  tfjs.keep = (tensor) => {
    seen.push("keep");
    return keep(tensor);
  };
  tfjs.disposeTensor = (tensor) => {
    seen.push("dispose");
    disposeTensor(tensor);
  };
  try {
    const kept = tf.tidy(() => tf.keep(tf.ones([2])));
    expect(kept.kept).toBe(true);
    kept.dispose();
  } finally {
    delete (tfjs as { keep?: unknown }).keep;
    delete (tfjs as { disposeTensor?: unknown }).disposeTensor;
  }
  expect(seen).toEqual(["keep", "dispose"]);
});

test("scopes carry the names of the running ops", () => {
  let names: string[] = [];
  const random = Math.random;
  Math.random = () => {
    names = engine().state.scopeStack.map(({ name }) => name);
    return 0.5;
  };
  try {
    tf.dropout(tf.ones([2]), 0.5);
  } finally {
    Math.random = random;
  }
  expect(names).toContain(`dropout${tf.OP_SCOPE_SUFFIX}`);
  expect(names).toContain(`randomUniform${tf.OP_SCOPE_SUFFIX}`);
});

test("an eager op moves data out of a backend that is not its own", () => {
  const disposed: boolean[] = [];
  class Elsewhere extends tf.KernelBackend {
    override readSync() {
      return Float32Array.of(3);
    }
    override refCount() {
      return 1;
    }
    override disposeData(_: object, force = false) {
      disposed.push(force);
      return true;
    }
  }
  const tensor = engine().makeTensorFromTensorInfo({ dataId: {}, shape: [1], dtype: "float32" }, new Elsewhere());
  expect(tf.mul(tensor, 2).dataSync()[0]).toBe(6);
  expect(disposed).toEqual([true]);
  expect(engine().state.tensorInfo.get(tensor.dataId)?.backend).toBe(tf.backend());
});

test("the cpu backend returns the memory of a tensor itself, not a copy", async () => {
  const numbers = Float32Array.of(1, 2);
  const tensor = tf.tensor1d(numbers);
  expect(await tensor.data()).toBe(numbers);
});

test("tf.profile sets a field of the engine's state", async () => {
  expect(engine().state.profiling).toBe(false);
  let inside = false;
  await tf.profile(() => {
    inside = engine().state.profiling;
    return tf.scalar(1);
  });
  expect(inside).toBe(true);
});

test("minimize is a method of tf.Optimizer; slots are variables in lists of { variable }", () => {
  expect(Object.hasOwn(tf.Optimizer.prototype, "minimize")).toBe(true);
  expect(Object.hasOwn(tf.SGDOptimizer.prototype, "setLearningRate")).toBe(true);
  expect(Object.hasOwn(tf.MomentumOptimizer.prototype, "setLearningRate")).toBe(false);
  const optimizer = tf.train.adam(0.1);
  const w = tf.variable(tf.scalar(1));
  optimizer.minimize(() => tf.square(w) as tf.Scalar, false, [w]);
  const slots = Object.values(optimizer).filter(Array.isArray) as { variable: tf.Variable }[][];
  expect(slots.map((list) => list.map(({ variable }) => variable instanceof tf.Variable))).toEqual([[true], [true]]);
});

test("each optimizer counts its steps by incrementIterations, in iterations_", () => {
  const counted: unknown[] = [];
  const prototype = tf.Optimizer.prototype as unknown as { incrementIterations(this: object): void };
  const { incrementIterations } = prototype;
  const { sgd, momentum, adagrad, adadelta, rmsprop, adam, adamax } = tf.train;
  const optimizers = [sgd, adagrad, adadelta, rmsprop, adam, adamax].map((make) => make(0.1));
  optimizers.push(momentum(0.1, 0.9));
  prototype.incrementIterations = function () {
    counted.push(this);
    incrementIterations.call(this);
  };
  try {
    const w = tf.variable(tf.scalar(1));
    for (const optimizer of optimizers) optimizer.minimize(() => tf.square(w) as tf.Scalar, false, [w]);
  } finally {
    prototype.incrementIterations = incrementIterations;
  }
  expect(counted).toEqual(optimizers);
  for (const optimizer of optimizers) {
    expect((optimizer as unknown as { iterations_: number }).iterations_).toBe(1);
    expect((optimizer as unknown as { learningRate: number }).learningRate).toBe(0.1);
  }
});

test("engine.gradients takes variables that its function finds, and null where there is no gradient", () => {
  const [x, w, other] = [tf.scalar(2), tf.scalar(3), tf.scalar(4)];
  const xs = [x, other];
  const { grads } = engine().gradients(
    () => {
      const y = tf.mul(x, w);
      expect(engine().state.activeTape!.at(-1)).toMatchObject({ inputs: { a: x, b: w }, outputs: [y] });
      expect(engine().state).toMatchObject({ gradientDepth: 1, kernelDepth: 0 });
      xs.push(w);
      return y;
    },
    xs,
    tf.scalar(1),
    true,
  );
  expect(grads.map((gradient) => gradient?.dataSync()[0])).toEqual([3, undefined, 2]);
  expect(engine().state).toMatchObject({ gradientDepth: 0, kernelDepth: 0, activeTape: null });
});

test("runKernelFunc records an op of several outputs, whose gradient is asked for where it is needed", () => {
  const [x, unused] = [tf.scalar(2), tf.scalar(3)];
  const op = (a: tf.Tensor, b: tf.Tensor) =>
    engine().runKernelFunc({
      forwardFunc: () => {
        expect(engine().state.kernelDepth).toBe(1);
        return [tf.mul(a, b), tf.add(a, b)];
      },
      inputs: { a, b },
      backwardsFunc: (dys) => ({
        a: () => tf.add((dys as tf.Tensor[])[0]!, (dys as tf.Tensor[])[1]!),
        b: () => expect.fail("the gradient of a constant"),
      }),
    });
  expect(
    tf
      .grad((a) => op(a, unused)[0]!)(x)
      .dataSync()[0],
  ).toBe(1);
});
