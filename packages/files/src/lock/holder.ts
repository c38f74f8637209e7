import { requireNodeModules } from "../node-modules.js";

/** Who holds a lock: what its file says. */
export interface LockHolder {
  /** Identifies the call that took the lock. */
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /**
   * Identifies the start of the machine and its set of process numbers (Linux: boot id and pid namespace). Cloned machines and containers
   * may share a host name, but their process numbers are unrelated.
   */
  readonly machine?: string;
  /** When the process started, in ticks since the machine started (Linux). It tells apart two processes of the same number. */
  readonly processStart?: string;
  /** Number of the thread, unless it is the main thread. */
  readonly thread?: number;
  /** When it was taken, ISO 8601. */
  readonly since: string;
}

/** `process 123 on host a, since 2026-01-01T00:00:00.000Z`. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return "another process";
  return `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
}

/**
 * This process as the holder of a new lock, with a new token: the content of a lock file.
 * @throws Error in a browser.
 */
export async function thisHolder(): Promise<LockHolder> {
  const { crypto, os } = requireNodeModules("FileLock");
  const [machine, processStart] = await Promise.all([thisMachine(), startOf(process.pid)]);
  const thread = threadNumber();
  return {
    token: crypto.randomUUID(),
    host: os.hostname(),
    pid: process.pid,
    ...(machine === undefined ? {} : { machine }),
    ...(processStart === undefined ? {} : { processStart }),
    ...(thread === 0 ? {} : { thread }),
    since: new Date().toISOString(),
  };
}

/** The holder that a lock file names. Undefined if the text is not complete, as after a crash of the machine or during a write. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { host, pid, token = "", since = "an unknown time" } = (value ?? {}) as Partial<LockHolder>;
  if (typeof host !== "string" || !Number.isInteger(pid) || (pid as number) <= 0) return undefined;
  return { ...(value as LockHolder), token, since };
}

/**
 * When a process of this machine started, for {@link LockHolder.processStart}: proc(5), field 22, after the name in parentheses.
 * Undefined if the process does not exist, and on other systems than Linux.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  const status = await readSystemFile(`/proc/${pid}/stat`);
  return status?.slice(status.lastIndexOf(")") + 2).split(" ")[19];
}

/** For {@link LockHolder.machine}. */
export async function thisMachine(): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  const { fs } = requireNodeModules("FileLock");
  const boot = await readSystemFile("/proc/sys/kernel/random/boot_id");
  const namespace = await fs.readlink("/proc/self/ns/pid").catch(() => undefined);
  return boot === undefined || namespace === undefined ? undefined : `${boot.trim()} ${namespace}`;
}

export function threadNumber(): number {
  return process.getBuiltinModule("node:worker_threads").threadId;
}

async function readSystemFile(path: string): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  return requireNodeModules("FileLock")
    .fs.readFile(path, "utf8")
    .catch(() => undefined);
}
