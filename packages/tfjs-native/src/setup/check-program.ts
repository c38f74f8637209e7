// Run by check-addon.ts: loads one add-on, computes, and answers with a line of JSON.
import { requireTfjsNode, type TensorFlowBackend } from "../load/require-tfjs-node.js";
import { messageOf, NativeError } from "../native-error.js";
import type { TfjsNodePackage } from "../tfjs-node-package.js";
import type { CheckAnswer } from "./check-addon.js";

interface Tensor {
  dataSync(): ArrayLike<number>;
}

interface Tfjs {
  tensor2d(values: number[][]): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  square(x: Tensor): Tensor;
  sum(x: Tensor): Tensor;
  grad(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
}

function expectValues(what: string, tensor: Tensor, expected: readonly number[]): void {
  const values = Array.from(tensor.dataSync());
  const isClose =
    values.length === expected.length && values.every((value, i) => Math.abs(value - expected[i]!) <= 1e-4);
  if (!isClose) throw new Error(`${what} is ${values}, not ${expected}`);
}

function compute(): CheckAnswer {
  const { tfjsNode, addon } = JSON.parse(process.argv[2] as string) as { tfjsNode: TfjsNodePackage; addon: string };
  const loaded = requireTfjsNode(tfjsNode, addon);
  const tf = loaded as unknown as Tfjs;
  const a = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  const b = tf.tensor2d([
    [5, 6],
    [7, 8],
  ]);
  expectValues("[[1, 2], [3, 4]] [[5, 6], [7, 8]]", tf.matMul(a, b), [19, 22, 43, 50]);
  // d/da sum((a b)^2) = 2 a b b^T
  const gradient = tf.grad((x) => tf.sum(tf.square(tf.matMul(x, b))))(a);
  expectValues("the gradient of sum((a b)^2)", gradient, [454, 618, 1030, 1402]);
  const { isUsingGpuDevice: isGpu, binding } = loaded.backend() as TensorFlowBackend;
  return { tensorflow: binding.TF_Version, isGpu };
}

function answer(): CheckAnswer {
  try {
    return compute();
  } catch (error) {
    // If an add-on cannot be loaded, the operating system's message is enough; the caller knows what to do.
    const said = error instanceof NativeError && error.cause !== undefined ? error.cause : error;
    return { failure: messageOf(said).split("\n")[0] as string };
  }
}

process.stdout.write(`${JSON.stringify(answer())}\n`);
