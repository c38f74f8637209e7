/** The part of a terminal stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What {@link ProgressLine} takes. */
export interface ProgressLineOptions {
  /** Where it is shown. By default stderr. */
  readonly stream?: ProgressStream;
  /** A clock in milliseconds. By default that of `performance`. */
  readonly now?: () => number;
  /** On a terminal, milliseconds between two states that are drawn. By default each state is drawn. */
  readonly redrawMilliseconds?: number;
}

const logMilliseconds = 30_000;
const eraseLine = "\r\u001b[2K";

/**
 * One line that says how far something is. On a terminal it is redrawn in place; elsewhere (a file, a pipe, CI) a state becomes a line of
 * its own, every 30 seconds, so that a log stays readable and has no control characters.
 */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  readonly #interval: number;
  #shownAt = 0;
  #isDrawn = false;

  constructor({ stream = process.stderr, now, redrawMilliseconds = 0 }: ProgressLineOptions = {}) {
    this.#stream = stream;
    this.#now = now ?? (() => performance.now());
    this.#interval = stream.isTTY ? redrawMilliseconds : logMilliseconds;
    this.restart();
  }

  /** Whether the line is redrawn in place. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Room for a state: the columns of the terminal, or 120 in a log. */
  get columns(): number {
    return this.isTerminal ? (this.#stream.columns ?? 80) : 120;
  }

  /** Whether {@link show} would show a state now, so that others need not be put into words. */
  isDue(): boolean {
    return this.#now() - this.#shownAt >= this.#interval;
  }

  /** Shows a state, unless another was shown just before. A terminal's line is cut to its width: one that wraps can't be erased. */
  show(state: string): void {
    if (!this.isDue()) return;
    this.#shownAt = this.#now();
    if (!this.isTerminal) {
      this.#stream.write(`${state}\n`);
      return;
    }
    const room = this.columns - 1;
    this.#stream.write(`${eraseLine}${state.length > room ? `${state.slice(0, room - 1)}…` : state}`);
    this.#isDrawn = true;
  }

  /** Writes a line that stays, in the place of the state. */
  say(sentence: string): void {
    this.#erase();
    this.#stream.write(`${sentence}\n`);
  }

  /** Removes the state, so that ordinary output may follow; a terminal shows the next one at once. */
  clear(): void {
    this.#erase();
    if (this.isTerminal) this.restart();
  }

  /** Counts from now on: a terminal shows the next state at once, a log the next one in 30 seconds. */
  restart(): void {
    this.#shownAt = this.isTerminal ? Number.NEGATIVE_INFINITY : this.#now();
  }

  #erase(): void {
    if (this.#isDrawn) this.#stream.write(eraseLine);
    this.#isDrawn = false;
  }
}
