/**
 * Why a checkpoint is refused. `'corrupt'`: not what was written; `'foreign'`: not a checkpoint of `fit`; `'newer version'`: of a
 * later version of this package; `'different run'`: whole, but of a run with other settings; `'busy'`: another process trains in
 * its folder; `'gone'`: its folder was deleted while the run trained.
 */
export type CheckpointRefusal = "corrupt" | "foreign" | "newer version" | "different run" | "busy" | "gone";

/** `fit` does not go on from a checkpoint; the message says why, and what to do. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  /** The folder of the checkpoint; where the reason is `'busy'` or `'gone'`, that of the run. */
  readonly path: string;
  /** What to branch on. */
  readonly reason: CheckpointRefusal;
  /** The name of the newest whole checkpoint before it, what `checkpoint.from` takes; absent where there is none. */
  readonly previous?: string;

  constructor(path: string, reason: CheckpointRefusal, sentence: string, previous?: string) {
    const offer =
      previous === undefined
        ? ""
        : `; the one before, ${previous}, is whole: go on from it with checkpoint: { dir, from: "${previous}" }`;
    const subject = reason === "busy" || reason === "gone" ? `checkpoint.dir ${path}` : `the checkpoint ${path}`;
    super(`fit: ${subject} is refused: ${sentence}${offer}`);
    this.path = path;
    this.reason = reason;
    if (previous !== undefined) this.previous = previous;
  }
}
