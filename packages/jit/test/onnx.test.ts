import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { engine } from "../src/engine.js";
import { GraphBuilder } from "../src/ir/graph-builder.js";
import { encodeModel } from "../src/onnx/encode.js";
import { ProtobufWriter } from "../src/onnx/protobuf.js";
import { repeat } from "../src/runtime/loop.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

interface PythonTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | boolean)[];
}

interface PythonResult {
  readonly metadata: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, PythonTensor>>;
}

const python = process.env.IGR_PYTHON;
const requirements = "packages/jit/test/python/requirements.txt";

/** A test that needs Python's onnx. Without it, the test is skipped and says how to enable it. */
function withPython(name: string, run: () => unknown): void {
  test(name, (context) => {
    if (!python) context.skip(`no Python given: set IGR_PYTHON to one that has the packages of ${requirements}`);
    return run() as Promise<void> | void;
  });
}

/** Checks a model by Python's onnx and runs it by Python's onnxruntime. */
function runInPython(model: Uint8Array, feeds: Readonly<Record<string, PythonTensor>>): PythonResult {
  const script = fileURLToPath(new URL("python/run_model.py", import.meta.url));
  const input = JSON.stringify({ model: Buffer.from(model).toString("base64"), feeds });
  const { status, stdout, stderr } = spawnSync(python!, [script], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as PythonResult;
}

function feed(tensor: tf.Tensor): PythonTensor {
  return { shape: tensor.shape, dtype: tensor.dtype, data: [...tensor.dataSync()] };
}

withPython("a training step passes onnx.checker and gives the same state and loss in Python", async () => {
  const w = tf.variable(tf.randomNormal([4, 3], 0, 1, "float32", 1), true, "onnx/w");
  const optimizer = tf.train.adam(0.1);
  const step = jit((x: tf.Tensor2D, y: tf.Tensor2D) => {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, tf.matMul(x, w as tf.Tensor2D)), true)!;
    return { loss, correct: tf.equal(tf.argMax(tf.matMul(x, w as tf.Tensor2D), 1), tf.argMax(y, 1)) };
  });
  const x = tf.randomNormal<tf.Rank.R2>([5, 4], 0, 1, "float32", 2);
  const y = tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], "int32"), 3) as tf.Tensor2D;
  await step(x, y);
  await step(x, y);
  const model = step.toOnnx();

  const python = await inPython(model, { argument_0: x, argument_1: y, "setting_0:-learningRate": tf.scalar(-0.1) });
  const result = await step(x, y);
  expect(python.results[0]!.data[0]).toBeCloseTo(result.loss.dataSync()[0]!, 6);
  expect(python.results[1]!.dtype).toBe("bool");
  expect(python.results[1]!.data.map(Number)).toEqual([...result.correct.dataSync()]);
  expect(python.nextState.size).toBeGreaterThanOrEqual(4);
  expectState(python.nextState, 1e-5);
  await step.dispose();
});

withPython("a convolutional training step does, too", async () => {
  const same = { padding: "same" as const, kernelSize: 3, strides: 2 };
  const network = layers.sequential({
    layers: [
      layers.layers.conv2d({ ...same, filters: 3, activation: "relu", inputShape: [8, 8, 1] }),
      layers.layers.batchNormalization(),
      layers.layers.maxPooling2d({ poolSize: 2 }),
      layers.layers.upSampling2d({ size: [2, 2] }),
      layers.layers.conv2dTranspose({ ...same, filters: 1 }),
    ],
  });
  const rng = new TestRng(1);
  const optimizer = tf.train.momentum(0.01, 0.9);
  const step = jit(
    (x: tf.Tensor) =>
      optimizer.minimize(() => {
        const noisy = tf.add(x, tf.mul(rng.normal([4, 8, 8, 1]), 0.1));
        return tf.losses.sigmoidCrossEntropy(x, network.apply(noisy, { training: true }) as tf.Tensor) as tf.Scalar;
      }, true)!,
    { rng },
  );
  const x = tf.randomUniform([4, 8, 8, 1], 0, 1, "float32", 3);
  await step(x);
  await step(x);
  // The next draws, from a copy of the step's generator.
  const next = new TestRng(1);
  for (let i = 0; i < 2; i++) next.normal([4, 8, 8, 1]);
  const python = await inPython(step.toOnnx(), {
    argument_0: x,
    noise_0: next.normal([4, 8, 8, 1]),
    "setting_0:-learningRate": tf.scalar(-0.01),
  });
  const loss = await step(x);
  expect(python.results[0]!.data[0]).toBeCloseTo(loss.dataSync()[0]!, 5);
  expectState(python.nextState, 1e-4);
  await step.dispose();
});

/** Runs an exported step on its arguments and the current values of its variables. */
async function inPython(model: Uint8Array, inputs: Readonly<Record<string, tf.Tensor>>) {
  const feeds: Record<string, PythonTensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = feed(tensor);
  const { registeredVariables } = engine().state;
  for (const [, input, name] of Buffer.from(model)
    .toString("latin1")
    .matchAll(/"input":"(state:([^"]+))"/g)) {
    feeds[input!] = feed(registeredVariables[name!]!);
  }
  const { outputs, metadata } = runInPython(model, feeds);
  const states = JSON.parse(metadata.variables!) as { name: string; output: string | null }[];
  return {
    results: (JSON.parse(metadata.results!) as string[]).map((name) => outputs[name]!),
    nextState: new Map(states.flatMap(({ name, output }) => (output ? [[name, outputs[output]!] as const] : []))),
  };
}

/** The variables must have the values that Python computed. */
function expectState(nextState: ReadonlyMap<string, PythonTensor>, rtol: number): void {
  for (const [name, { data }] of nextState) {
    const values = engine().state.registeredVariables[name]!.dataSync();
    for (const [i, value] of data.entries()) {
      expect(Math.abs(Number(value) - values[i]!), name).toBeLessThanOrEqual(rtol * Math.abs(values[i]!) + 1e-6);
    }
  }
}

withPython("a loop of steps passes onnx.checker and runs in Python", () => {
  const builder = new GraphBuilder("double");
  const x = builder.input("float32", [2], "x");
  const state = builder.input("float32", [2], "state");
  const scale = builder.input("float32", [], "scale");
  const sum = builder.op("Add", [x, state], {}, { elementType: "float32", shape: [2] });
  const output = builder.output(builder.op("Mul", [sum, scale], {}, sum));
  const result = builder.output(output);
  const program = repeat(
    {
      graph: builder.finish(),
      arguments: [x],
      noise: [],
      states: [
        { name: "s", input: state, output },
        { name: "scale", input: scale, output: undefined },
      ],
      settings: [],
      created: [],
      results: [result],
    },
    3,
  );
  const { outputs } = runInPython(encodeModel(program.graph), {
    [program.arguments[0]!.name]: { shape: [3, 2], dtype: "float32", data: [1, 2, 3, 4, 5, 6] },
    [program.states[0]!.input.name]: { shape: [2], dtype: "float32", data: [0, 1] },
    [program.states[1]!.input.name]: { shape: [], dtype: "float32", data: [2] },
  });
  expect(outputs[program.results[0]!.name]!.data).toEqual([2, 6, 10, 20, 30, 52]);
  expect(outputs[program.states[0]!.output!.name]!.data).toEqual([30, 52]);
});

withPython("every kind of attribute and element type is readable", () => {
  const builder = new GraphBuilder("attributes");
  const x = builder.input("float32", [1, 1, 3, 3], "x");
  const data = builder.constant([1, 0, -1, 2], [4], "int32");
  const flags = builder.constant([1, 0, 1, 1], [4], "bool");
  const leaky = builder.op("LeakyRelu", [x], { alpha: { float: -0.25 } }, x);
  const pooled = builder.op(
    "MaxPool",
    [leaky],
    { kernel_shape: { ints: [2, 2] }, auto_pad: { string: "VALID" } },
    { elementType: "float32", shape: [1, 1, 2, 2] },
  );
  const filled = builder.op(
    "ConstantOfShape",
    [builder.ints([2])],
    { value: { tensor: { value: { name: "fill", elementType: "int32", shape: [1] }, data: Int32Array.of(-7) } } },
    { elementType: "int32", shape: [2] },
  );
  const chosen = builder.op("Where", [flags, data, builder.scalar(-1, "int32")], {}, data);
  for (const value of [pooled, filled, chosen]) builder.output(value);
  const { outputs } = runInPython(encodeModel(builder.finish()), {
    x: { shape: [1, 1, 3, 3], dtype: "float32", data: [-4, -8, 0, 1, 1, 1, 1, 1, 9] },
  });
  expect(Object.values(outputs).map(({ data }) => data)).toEqual([
    [2, 2, 1, 9],
    [-7, -7],
    [1, -1, -1, 2],
  ]);
});

test("the wire format: varints, negative numbers, floats, nested messages", () => {
  const bytes = new ProtobufWriter()
    .integer(1, 300)
    .integer(2, -1)
    .float(3, 1)
    .message(16, (inner) => inner.string(1, "é"))
    .finish();
  expect(Buffer.from(bytes).toString("hex")).toBe(
    ["08ac02", "10ffffffffffffffffff01", "1d0000803f", "8201040a02c3a9"].join(""),
  );
});

test("equal constants are one initializer", () => {
  const builder = new GraphBuilder();
  expect(builder.constant([1, 2], [2], "float32")).toBe(builder.constant(Float32Array.of(1, 2), [2], "float32"));
  expect(builder.scalar(1, "float32")).not.toBe(builder.scalar(1, "int32"));
  expect(builder.constant([1, 2], [2], "float32")).not.toBe(builder.constant([1, 2], [1, 2], "float32"));
  expect(builder.scalar(0, "float32")).not.toBe(builder.scalar(-0, "float32"));
});
