import { Parameter } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** A part of a bijector: another bijector, or a network. */
export interface BijectorPart {
  /** Its trainable variables. */
  readonly trainableVariables: readonly tf.Variable[];
  /** Whether `other` is known to be the same. */
  equals(other: unknown): boolean;
}

/** The parameters that distinguish two bijectors of one class; see `Bijector.parameters`. */
export type BijectorParameters = Readonly<
  Record<string, Parameter | BijectorPart | readonly BijectorPart[] | number | readonly number[] | string | undefined>
>;

/** The trainable variables among the parameters and in their parts, without duplicates. */
export function variablesOf(parameters: BijectorParameters): tf.Variable[] {
  const found = new Set<tf.Variable>();
  for (const value of Object.values(parameters)) {
    if (value instanceof Parameter) {
      if (value.given instanceof tf.Variable && value.given.trainable) found.add(value.given);
    } else {
      for (const part of Array.isArray(value) ? value : [value]) {
        if (isPart(part)) {
          for (const variable of part.trainableVariables) found.add(variable);
        }
      }
    }
  }
  return [...found];
}

/** Whether all parameters are known to be the same: equal numbers, the same tensor objects, equal parts. */
export function equalParameters(a: BijectorParameters, b: BijectorParameters): boolean {
  return Object.keys({ ...a, ...b }).every((key) => equalValues(a[key], b[key]));
}

function isPart(value: unknown): value is BijectorPart {
  return typeof value === "object" && value !== null && "trainableVariables" in value;
}

function equalValues(a: BijectorParameters[string], b: BijectorParameters[string]): boolean {
  if (a instanceof Parameter) return b instanceof Parameter && a.equals(b);
  if (isPart(a)) return a.equals(b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((part, index) => equalValues(part, b[index]));
  }
  return a === b;
}
