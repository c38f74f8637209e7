import * as tf from "@tensorflow/tfjs-core";
import { engine, ownBackend, rebind } from "../engine.js";
import { JitError } from "../errors.js";
import { CellMemory } from "./cell-memory.js";
import { type HostArray, toHostArray } from "./host-array.js";
import { enqueue } from "./queue.js";

/**
 * Memory of one tf.Variable in compiled functions, or of a tensor that one keeps from call to call, shared by all that use
 * it.
 */
export class StateCell extends CellMemory {
  /** The holders' data id while the values are here, otherwise undefined. */
  dataId: object | undefined;
  /** The tensors with this memory: one variable, or a kept tensor and its replacements. */
  #holders: readonly tf.Tensor[];
  /**
   * Counts the traces after which other tensors may have replaced those of this cell. A function that has seen another
   * count traces again.
   */
  version = 0;

  constructor(values: HostArray, holder: tf.Tensor) {
    super(values);
    this.#holders = [holder];
  }

  /** The holders that are not disposed. */
  get holders(): readonly tf.Tensor[] {
    this.#holders = this.#holders.filter(({ isDisposed }) => !isDisposed);
    return this.#holders;
  }

  /** Gives this memory to these tensors only. The previous holders keep their current values. */
  hold(tensors: readonly tf.Tensor[]): void {
    for (const tensor of this.holders) {
      if (tensors.includes(tensor) || cells.get(tensor) !== this) continue;
      const isHere = currentCell(tensor) === this;
      cells.delete(tensor);
      if (isHere) setCell(tensor, this.front.slice());
    }
    this.#holders = tensors;
    for (const tensor of tensors) cells.set(tensor, this);
    StateBackend.instance().hold(this);
  }
}

const cells = new WeakMap<tf.Tensor, StateCell>();

/** The cell of a tensor or variable, if it has the current values. */
export function currentCell(tensor: tf.Tensor): StateCell | undefined {
  const cell = cells.get(tensor);
  return cell?.dataId !== undefined && cell.dataId === tensor.dataId ? cell : undefined;
}

/** The cell of a tensor that a compiled function keeps between calls. Its values may have moved to eager code. */
export function keptCell(tensor: tf.Tensor): StateCell | undefined {
  return tensor instanceof tf.Variable ? undefined : cells.get(tensor);
}

/** Moves the values of a variable or kept tensor into its cell, wherever eager code has put them. */
export async function fetchIntoCell(variable: tf.Tensor): Promise<StateCell> {
  for (;;) {
    if (variable.isDisposed) throw new JitError(`jit: ${nameOf(variable)} was disposed`);
    const { dataId } = variable;
    const values = await engine().state.tensorInfo.get(dataId)!.backend.read(dataId);
    // Eager code may have assigned it while a GPU was read.
    if (variable.dataId === dataId && !variable.isDisposed) {
      return setCell(variable, toHostArray(values as HostArray, variable.dtype).slice());
    }
  }
}

function nameOf(tensor: tf.Tensor): string {
  return tensor instanceof tf.Variable ? `the variable ${tensor.name}` : `a kept tensor of shape [${tensor.shape}]`;
}

/** Sets the values of a variable or kept tensor in its cell. The cell keeps `values`. */
export function setCell(tensor: tf.Tensor, values: HostArray): StateCell {
  let cell = cells.get(tensor);
  if (cell) cell.set(values);
  else {
    cell = new StateCell(values, tensor);
    cells.set(tensor, cell);
  }
  StateBackend.instance().hold(cell);
  return cell;
}

/** Makes a cell's values those of its holder again, if eager code moved the holder away during a run. */
export function reattach(cell: StateCell): void {
  if (cell.holders.some(({ dataId }) => dataId !== cell.dataId)) StateBackend.instance().hold(cell);
}

/**
 * The tfjs backend of variables that compiled functions use, and of tensors that they keep. Reading one returns the
 * current values, and an eager op that uses one makes tfjs move it to the op's backend. It runs no kernels.
 */
export class StateBackend extends tf.KernelBackend {
  readonly #held = new Map<object, { readonly cell: StateCell; references: number }>();

  static instance(): StateBackend {
    return ownBackend("igr-state", () => new StateBackend());
  }

  /** Makes `cell` the memory of its holders. */
  hold(cell: StateCell): void {
    const { holders } = cell;
    const dataId = {};
    if (holders.length > 0) this.#held.set(dataId, { cell, references: holders.length });
    for (const holder of holders) rebind(holder, dataId, this);
    cell.dataId = dataId;
  }

  override numDataIds(): number {
    return this.#held.size;
  }

  override refCount(dataId: object): number {
    return this.#held.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const held = this.#held.get(dataId);
    if (!held) return true;
    held.references--;
    if (held.references > 0 && !force) return false;
    const { cell } = held;
    if (cell.dataId === dataId) cell.dataId = undefined;
    this.#held.delete(dataId);
    // After the current run, which may use the memory. An assigned variable is alive and uses it again.
    if (cell.hasDeviceMemory) {
      void enqueue(async () => {
        if (cell.holders.length === 0) cell.freeDevice();
      });
    }
    return true;
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.#cell(dataId).front.slice();
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.#cell(dataId).read();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override dispose(): void {
    this.#held.clear();
  }

  #cell(dataId: object): StateCell {
    const held = this.#held.get(dataId);
    if (!held) throw new JitError("jit: this variable was disposed");
    return held.cell;
  }
}
