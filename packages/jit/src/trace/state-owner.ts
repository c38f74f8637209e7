import type * as tf from "@tensorflow/tfjs-core";
import { JitError } from "../errors.js";
import { currentCell, StateCell } from "../state/state-backend.js";

/** The owner of a state of a program: a variable, or the successive tensors that are kept in one place. */
export type StateOwner = tf.Variable | StateCell;

/** False if no living tensor has the value. */
export function isAlive(owner: StateOwner): boolean {
  return owner instanceof StateCell ? owner.holders.length > 0 : !owner.isDisposed;
}

/** Whether optimizers train a variable; undefined for a kept tensor. */
export function trainableOf(owner: StateOwner): boolean | undefined {
  return owner instanceof StateCell ? undefined : owner.trainable;
}

/**
 * The memory that has the value, unless eager code moved it away. A tensor that the trace itself disposed has left its
 * value there.
 */
export function availableCell(owner: StateOwner): StateCell | undefined {
  if (owner instanceof StateCell) return owner.holders[0] ? currentCell(owner.holders[0]) : owner;
  return currentCell(owner);
}

/** A living tensor that has the value. */
export function holderOf(owner: StateOwner): tf.Tensor {
  const holder = owner instanceof StateCell ? owner.holders[0] : owner;
  if (!holder) throw new JitError("jit: internal error, nothing holds the kept tensor");
  return holder;
}
