import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import { refusePromises } from "../trace/promises.js";
import { type FlatTree, flatten } from "../trace/structure.js";
import type { CallInputs } from "./specialization.js";

type AnyFunction = (...args: never[]) => unknown;

/** The result of one step: its structure, and its tensors, which the caller disposes. */
interface StepResult {
  readonly form: FlatTree;
  readonly results: readonly tf.Tensor[];
}

/** Runs a function on the active tfjs backend, step by step if the arguments are stacked. */
export function runEagerly(fn: AnyFunction, inputs: CallInputs): unknown {
  const step = (index: number): StepResult => {
    let form: FlatTree | undefined;
    const results = engine().tidy("jit", () => {
      const result = fn(...(inputs.tree.rebuild(argumentsOf(inputs, index)) as never[]));
      refusePromises(result);
      form = flatten(result, "the result");
      // Copies, because a result may be one of the arguments, or a variable.
      return form.tensors.map((tensor) => tf.clone(tensor));
    });
    return { form: form!, results };
  };
  return stacked(
    Array.from({ length: inputs.rows ?? 1 }, (_, index) => step(index)),
    inputs.rows,
  );
}

/**
 * Runs an asynchronous function, which must dispose its intermediate tensors, as everywhere in tfjs. A result without
 * tensors, such as the numbers of model.trainOnBatch, is returned unchanged.
 */
export async function runAsync(fn: AnyFunction, inputs: CallInputs): Promise<unknown> {
  const steps: StepResult[] = [];
  for (let index = 0; index < (inputs.rows ?? 1); index++) {
    const args = argumentsOf(inputs, index);
    try {
      const value = await settled(fn(...(inputs.tree.rebuild(args) as never[])));
      if (inputs.rows === undefined && tf.tensor_util.getTensorsInContainer(value as never).length === 0) return value;
      const form = flatten(value, "the result");
      const isOwn = (tensor: tf.Tensor) => !args.includes(tensor) && !(tensor instanceof tf.Variable) && !tensor.kept;
      steps.push({ form, results: form.tensors.map((tensor) => (isOwn(tensor) ? tensor : tf.clone(tensor))) });
    } finally {
      tf.dispose(args);
    }
  }
  return stacked(steps, inputs.rows);
}

/** A result with its promises resolved. */
async function settled(result: unknown): Promise<unknown> {
  const value = await result;
  if (Array.isArray(value)) return Promise.all(value.map(settled));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(async ([name, item]) => [name, await settled(item)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function argumentsOf({ types, data }: CallInputs, index: number): tf.Tensor[] {
  return types.map(({ shape, dtype }, i) => {
    const size = tf.util.sizeFromShape([...shape]);
    return tf.tensor(data[i]!.slice(index * size, (index + 1) * size), [...shape], dtype);
  });
}

function stacked(steps: readonly StepResult[], rows: number | undefined): unknown {
  const { form, results } = steps[0]!;
  if (rows === undefined) return form.rebuild(results);
  const stacks = results.map((_, i) => tf.stack(steps.map((step) => step.results[i]!)));
  for (const step of steps) tf.dispose([...step.results]);
  return form.rebuild(stacks);
}
