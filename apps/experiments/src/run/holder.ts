import { type LockHolder, processState, thisHolder } from "@igr/files";
import { InputError } from "../input-error.js";

/** The holder of a claim. */
export interface Holder extends LockHolder {
  /** The number with which a queue granted the run; see {@link ClaimOptions.grant}. */
  readonly grant?: number | undefined;
}

/** This process as the holder of a new claim. */
export async function newHolder(grant?: number): Promise<Holder> {
  return { ...(await thisHolder()), ...(grant === undefined ? {} : { grant }) };
}

/** Parses a holder; a damaged text describes no living holder. */
export function parseHolder(text: string): Holder {
  const nobody: Holder = { token: "", host: "", pid: 0, since: "" };
  try {
    return { ...nobody, ...(JSON.parse(text) as Partial<Holder>) };
  } catch (error) {
    if (error instanceof SyntaxError) return nobody;
    throw error;
  }
}

/**
 * Checks that a claim may be taken from its holder. Of two holders that a queue chose, the later one may take it.
 * Otherwise it may be taken from a process that has ended, and from a process that cannot be checked here (of another
 * machine or container) and has been silent. @throws InputError if it may not be taken.
 */
export async function checkTakeover(
  where: string,
  holder: Holder,
  grant: number | undefined,
  isSilent = true,
): Promise<void> {
  if (grant !== undefined && holder.grant !== undefined) {
    if (grant > holder.grant) return;
    throw new InputError(`${where} was granted to ${describeHolder(holder)} by the queue since`);
  }
  if (!(await isGone(holder, isSilent))) throw inUse(where, holder);
}

async function isGone(holder: Holder, isSilent: boolean): Promise<boolean> {
  if (holder.pid === 0) return true;
  const state = await processState(holder);
  return state === "unknown" ? isSilent : state === "dead";
}

export function inUse(where: string, holder: Holder | undefined): InputError {
  const who = holder ? `${describeHolder(holder)}, since ${holder.since}` : "another process";
  return new InputError(`${where} is in use by ${who}; wait until it ends, or end it and run the same command again`);
}

/** The error for a holder who has lost the claim. */
export function takenOver(where: string, holder: Holder | undefined): Error {
  const who = holder ? describeHolder(holder) : "somebody";
  return new Error(`${where} was taken over by ${who}; this process writes nothing more there`);
}

function describeHolder({ pid, host }: Holder): string {
  return `process ${pid} on ${host}`;
}
