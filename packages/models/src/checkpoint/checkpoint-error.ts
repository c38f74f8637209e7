/**
 * Why `fit` rejects a checkpoint. `'corrupt'`: its files have changed since they were written; `'foreign'`: `fit` did
 * not write it; `'newer version'`: a later version of this package wrote it; `'different run'`: it is intact, but
 * belongs to a run with other settings; `'busy'`: another process trains in its folder; `'gone'`: its folder was
 * deleted while the run trained.
 */
export type CheckpointRefusal = "corrupt" | "foreign" | "newer version" | "different run" | "busy" | "gone";

/** `fit` cannot resume from a checkpoint. The message says why, and what to do. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  /** The folder of the checkpoint, or of the whole run if the reason is `'busy'` or `'gone'`. */
  readonly path: string;
  /** The kind of failure, for callers that handle each kind differently. */
  readonly reason: CheckpointRefusal;
  /**
   * The name of the newest intact checkpoint before this one, a value for `checkpoint.from`. Absent if there is none.
   */
  readonly previous?: string;

  constructor(path: string, reason: CheckpointRefusal, sentence: string, previous?: string) {
    const offer =
      previous === undefined
        ? ""
        : `; the one before, ${previous}, is intact: resume from it with checkpoint: { dir, from: "${previous}" }`;
    const subject = reason === "busy" || reason === "gone" ? `checkpoint.dir ${path}` : `the checkpoint ${path}`;
    super(`fit: ${subject} is rejected: ${sentence}${offer}`);
    this.path = path;
    this.reason = reason;
    if (previous !== undefined) this.previous = previous;
  }
}
