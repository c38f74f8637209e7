import { codeOf } from "../file-errors.js";
import { requireNodeModules } from "../node-modules.js";
import { type LockHolder, startOf, thisMachine, threadNumber } from "./holder.js";

/**
 * The state of another process. `'lives'`: it runs; `'dead'`: it has ended, or its number now belongs to a process that started at
 * another time; `'unproven'`: a process has this number, but it may be another one (on other systems than Linux, or if the lock does not
 * record when its process started); `'unknown'`: it cannot be queried, because it belongs to another machine, start of the machine,
 * container or thread.
 */
export type ProcessState = "lives" | "dead" | "unproven" | "unknown";

/**
 * Looks up the process that a holder names.
 *
 * @throws Error in a browser.
 *
 * @example
 * ```ts
 * await processState(await thisHolder()); // "lives"
 * ```
 */
export async function processState(holder: LockHolder): Promise<ProcessState> {
  if (!(await isOfThisMachine(holder))) return "unknown";
  const { pid, processStart, thread = 0 } = holder;
  if (pid === process.pid) {
    if (processStart !== (await startOf(pid))) return processStart === undefined ? "unproven" : "dead";
    return thread === threadNumber() ? "lives" : "unknown";
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process lives and belongs to another user.
    if (codeOf(error) !== "EPERM") return "dead";
  }
  const start = await startOf(pid);
  if (processStart === undefined || start === undefined) return "unproven";
  return processStart === start ? "lives" : "dead";
}

async function isOfThisMachine({ host, machine }: LockHolder): Promise<boolean> {
  if (host !== requireNodeModules("FileLock").os.hostname()) return false;
  const own = await thisMachine();
  return machine === undefined || own === undefined || machine === own;
}
