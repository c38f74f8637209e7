import * as tf from "@tensorflow/tfjs-core";
import { engine, ownBackend, rebind } from "../engine.js";
import { JitError } from "../errors.js";
import { type HostArray, toHostArray } from "./host-array.js";

/**
 * Memory of one tf.Variable in compiled functions, shared by all that use it: they read `front`, and those that assign
 * the variable write `back` and then swap the two.
 */
export class StateCell {
  front: HostArray;
  #back: HostArray | undefined;
  /** The variable's data id while its numbers are here, else undefined. */
  dataId: object | undefined;

  constructor(values: HostArray) {
    this.front = values;
  }

  get back(): HostArray {
    this.#back ??= this.front.slice().fill(0);
    return this.#back;
  }

  /** Makes what was written to `back` the current values. */
  swap(): void {
    const { back } = this;
    this.#back = this.front;
    this.front = back;
  }

  /** Moves the values to other memory. */
  moveTo(memory: HostArray): void {
    if (memory === this.front) return;
    memory.set(this.front);
    this.front = memory;
    this.#back = undefined;
  }

  /** Gives the second buffer up; it is made anew when needed. */
  trim(): void {
    this.#back = undefined;
  }
}

const cells = new WeakMap<tf.Variable, StateCell>();

/** The cell of a variable, if its current numbers are in it. */
export function currentCell(variable: tf.Variable): StateCell | undefined {
  const cell = cells.get(variable);
  return cell?.dataId !== undefined && cell.dataId === variable.dataId ? cell : undefined;
}

/** Brings a variable's numbers into its cell from wherever eager code has put them. */
export async function fetchIntoCell(variable: tf.Variable): Promise<StateCell> {
  for (;;) {
    if (variable.isDisposed) throw new JitError(`jit: the variable ${variable.name} was disposed`);
    const { dataId } = variable;
    const values = await engine().state.tensorInfo.get(dataId)!.backend.read(dataId);
    // Eager code may have assigned it while a GPU was read.
    if (variable.dataId === dataId && !variable.isDisposed) {
      return setCell(variable, toHostArray(values as HostArray, variable.dtype).slice());
    }
  }
}

/** Gives a variable numbers and puts them in its cell. `values` is kept. */
export function setCell(variable: tf.Variable, values: HostArray): StateCell {
  let cell = cells.get(variable);
  if (cell) cell.front.set(values);
  else {
    cell = new StateCell(values);
    cells.set(variable, cell);
  }
  StateBackend.instance().hold(variable, cell);
  return cell;
}

/** Makes a cell's numbers the variable's again, where eager code took the variable away while a run was under way. */
export function reattach(variable: tf.Variable, cell: StateCell): void {
  if (cell.dataId !== variable.dataId && !variable.isDisposed) StateBackend.instance().hold(variable, cell);
}

/**
 * The tfjs backend behind variables that compiled functions use: reading one gives the current numbers, and an eager
 * op that uses one makes tfjs move them to the op's backend. It runs no kernels.
 */
export class StateBackend extends tf.KernelBackend {
  readonly #cells = new Map<object, StateCell>();

  static instance(): StateBackend {
    return ownBackend("igr-state", () => new StateBackend());
  }

  /** Makes `cell` the variable's memory. */
  hold(variable: tf.Variable, cell: StateCell): void {
    const dataId = {};
    this.#cells.set(dataId, cell);
    rebind(variable, dataId, this);
    cell.dataId = dataId;
  }

  override numDataIds(): number {
    return this.#cells.size;
  }

  override refCount(dataId: object): number {
    return this.#cells.has(dataId) ? 1 : 0;
  }

  override disposeData(dataId: object): boolean {
    const cell = this.#cells.get(dataId);
    if (cell?.dataId === dataId) cell.dataId = undefined;
    this.#cells.delete(dataId);
    return true;
  }

  override readSync(dataId: object): tf.BackendValues {
    const cell = this.#cells.get(dataId);
    if (!cell) throw new JitError("jit: this variable was disposed");
    return cell.front.slice();
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override dispose(): void {
    this.#cells.clear();
  }
}
