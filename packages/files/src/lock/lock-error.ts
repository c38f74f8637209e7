import type { LockHolder } from "./holder.js";

/**
 * Why a lock is not or no longer ours. `'busy'`: another holds it; `'lost'`: another has taken it over; `'gone'`: its folder was
 * deleted.
 */
export type LockErrorReason = "busy" | "lost" | "gone";

/** A lock is another's. The message is a whole sentence; packages with words of their own make theirs from the fields. */
export class LockError extends Error {
  override readonly name = "LockError";
  /** What to branch on. */
  readonly reason: LockErrorReason;
  /** The lock file. */
  readonly path: string;
  /** Who holds it; undefined where the file is gone or can't be read. */
  readonly holder: LockHolder | undefined;

  constructor(reason: LockErrorReason, path: string, holder: LockHolder | undefined, message: string) {
    super(message);
    this.reason = reason;
    this.path = path;
    this.holder = holder;
  }
}
