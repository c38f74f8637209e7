import type { LockHolder } from "./holder.js";

/**
 * Why this process does not hold a lock. `'busy'`: another process holds it; `'lost'`: another process has taken it over; `'gone'`: its
 * folder was deleted.
 */
export type LockErrorReason = "busy" | "lost" | "gone";

/** This process does not hold a lock. The message is a complete sentence; a caller can make its own from the fields. */
export class LockError extends Error {
  override readonly name = "LockError";
  /** The reason, for programs. */
  readonly reason: LockErrorReason;
  /** The lock file. */
  readonly path: string;
  /** The holder; undefined if the file was deleted or cannot be read. */
  readonly holder: LockHolder | undefined;

  constructor(reason: LockErrorReason, path: string, holder: LockHolder | undefined, message: string) {
    super(message);
    this.reason = reason;
    this.path = path;
    this.holder = holder;
  }
}
