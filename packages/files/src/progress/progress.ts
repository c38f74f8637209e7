/** How far something that takes long is. What is counted, and what the total is where it is not known, says whoever tells it. */
export interface Progress {
  /** What is done so far, that of an interrupted attempt included. */
  readonly done: number;
  /** What there is to do in all; undefined where nobody knows. */
  readonly total: number | undefined;
}
