/** Progress of a long operation. The function that reports it says what it counts. */
export interface Progress {
  /** What is done so far, including the work of an interrupted attempt. */
  readonly done: number;
  /** The total, or undefined if it is not known. */
  readonly total: number | undefined;
}
