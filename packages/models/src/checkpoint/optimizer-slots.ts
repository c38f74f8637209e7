import * as tf from "@tensorflow/tfjs-core";
import type { NamedVariable } from "../model/model.js";
import type { StoredTensor } from "./safetensors.js";
import { tensorOf } from "./stored-tensor.js";

/** The state of a tf.train optimizer besides its slots, as JSON. */
export interface OptimizerState {
  readonly iterations: number;
  /**
   * For each field that holds a list of slots (one slot for each trained variable): the suffix that a slot's name adds
   * to the variable's name.
   */
  readonly lists: Readonly<Record<string, string>>;
}

interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

type Fields = Record<string, unknown> & { iterations_?: number };

/**
 * All variables that a tf.train optimizer keeps between steps, unchanged. tfjs' own `getWeights` leaves out Adam's
 * powers of beta and `setWeights` recomputes them, so the next step would differ in the last bits. Names consist of
 * field and position, because tfjs numbers its names over all models of a process.
 */
export function optimizerSlots(optimizer: tf.Optimizer): { state: OptimizerState; variables: NamedVariable[] } {
  const lists: Record<string, string> = {};
  const variables: NamedVariable[] = [];
  for (const [field, value] of Object.entries(optimizer)) {
    if (value instanceof tf.Variable) variables.push({ name: `optimizer.${field}`, variable: value });
    if (!isSlots(value)) continue;
    const first = value.find((slot) => slot !== undefined)!;
    lists[field] = first.originalName.slice(first.originalName.lastIndexOf("/"));
    for (const [index, slot] of value.entries()) {
      if (slot) variables.push({ name: slotName(field, index), variable: slot.variable });
    }
  }
  return { state: { iterations: optimizer.iterations, lists }, variables };
}

/**
 * Replaces an optimizer's slots by saved ones, for the variables `trained`, in that order.
 * @throws Error, with a sentence for the caller to complete, if the optimizer lacks a saved variable or slot.
 */
export function restoreOptimizer(
  optimizer: tf.Optimizer,
  { iterations, lists }: OptimizerState,
  trained: readonly tf.Variable[],
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const fields = optimizer as unknown as Fields;
  for (const [name, stored] of tensors) {
    const field = name.replace(/^optimizer\./, "");
    if (!name.startsWith("optimizer.") || field.includes(".")) continue;
    const variable = fields[field];
    if (!(variable instanceof tf.Variable)) throw new Error(`the optimizer has no variable '${field}'`);
    tf.tidy(() => variable.assign(tensorOf(stored)));
  }
  for (const [field, suffix] of Object.entries(lists)) {
    const own = fields[field];
    if (!Array.isArray(own)) throw new Error(`the optimizer has no slots '${field}'`);
    for (const slot of own as (Slot | undefined)[]) slot?.variable.dispose();
    fields[field] = trained.map((variable, index) => {
      const stored = tensors.get(slotName(field, index));
      if (!stored) return undefined;
      const slot = tf.tidy(() => tf.variable(tensorOf(stored), false));
      return { originalName: `${variable.name}${suffix}`, variable: slot };
    });
  }
  fields.iterations_ = iterations;
}

/** Name and settings of an optimizer: two with equal ones take equal steps. */
export function optimizerSettings(optimizer: tf.Optimizer): Record<string, unknown> {
  return { name: optimizer.getClassName(), ...optimizer.getConfig() };
}

function slotName(field: string, index: number): string {
  return `optimizer.${field}.${String(index).padStart(3, "0")}`;
}

function isSlots(value: unknown): value is (Slot | undefined)[] {
  return Array.isArray(value) && value.some((slot) => slot?.variable instanceof tf.Variable);
}
