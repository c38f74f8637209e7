import { sizeOf } from "../ir/graph.js";
import type { TraceResult } from "../trace/trace-function.js";
import { fuseUpdates } from "../weight-updates/fuse-updates.js";
import type { CompiledProgram } from "./compiled-program.js";
import type { Recording } from "./recording.js";

/**
 * From this many elements of updated variables on, steps run one by one. Measured: here both ways take the same time.
 */
const LOOP_LIMIT = 2 ** 17;

/** A trace and the programs compiled from it. */
export interface Compiled {
  readonly trace: TraceResult;
  readonly recording: Recording;
  /** Whether a second trace gave the same graph. */
  readonly isChecked: boolean;
  /** The program of one step. */
  single?: CompiledProgram | undefined;
  /** The program of all steps of a call; compiled at the first full call. */
  loop?: CompiledProgram | undefined;
}

/** False for a trace whose program runs once, to initialize variables or kept tensors. */
export function isRepeatable({ createdVariables, kept }: TraceResult): boolean {
  return createdVariables.length + kept.length === 0;
}

/** The compiled programs. */
export function programsOf(compiled: Compiled | undefined): CompiledProgram[] {
  return [compiled?.single, compiled?.loop].filter((program) => program !== undefined);
}

export async function release(...all: readonly (Compiled | undefined)[]): Promise<void> {
  for (const program of new Set(all.flatMap(programsOf))) await program.release();
}

/**
 * In a Loop the updates of variables are nodes of the graph again, which for many parameters costs more time than the
 * Loop saves (docs/jit-performance.md).
 */
export function prefersLoop({ trace, single }: Compiled): boolean {
  const updates = (single?.program ?? fuseUpdates(trace.program)).hostUpdates ?? [];
  const elements = updates.flatMap(({ states }) => states).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return elements < LOOP_LIMIT;
}
