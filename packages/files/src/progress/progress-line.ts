/** The part of a terminal stream that `ProgressLine` uses. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Options of `ProgressLine`. */
export interface ProgressLineOptions {
  /** The stream to write to; stderr by default. */
  readonly stream?: ProgressStream;
  /** A clock in milliseconds; `performance.now` by default. */
  readonly now?: () => number;
  /** On a terminal, the least number of milliseconds between two states that are drawn. By default every state is drawn. */
  readonly redrawMilliseconds?: number;
}

const logMilliseconds = 30_000;
const eraseLine = "\r\u001b[2K";

/**
 * One line that shows progress. On a terminal it is redrawn in place. Elsewhere (a file, a pipe, CI) a state is written as a separate line
 * every 30 seconds, so that a log stays readable and has no control characters.
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

  /** The width of a state: the columns of the terminal, or 120 in a log. */
  get columns(): number {
    return this.isTerminal ? (this.#stream.columns ?? 80) : 120;
  }

  /** Whether {@link show} would show a state now. If not, the caller need not format one. */
  isDue(): boolean {
    return this.#now() - this.#shownAt >= this.#interval;
  }

  /** Shows a state, unless another was shown just before. On a terminal the line is cut to its width, because a wrapped line cannot be erased. */
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

  /** Replaces the state by a line that stays. */
  say(sentence: string): void {
    this.#erase();
    this.#stream.write(`${sentence}\n`);
  }

  /** Removes the state, so that ordinary output can follow. A terminal shows the next state at once. */
  clear(): void {
    this.#erase();
    if (this.isTerminal) this.restart();
  }

  /** Restarts the interval: a terminal shows the next state at once, a log in 30 seconds. */
  restart(): void {
    this.#shownAt = this.isTerminal ? Number.NEGATIVE_INFINITY : this.#now();
  }

  #erase(): void {
    if (this.#isDrawn) this.#stream.write(eraseLine);
    this.#isDrawn = false;
  }
}
