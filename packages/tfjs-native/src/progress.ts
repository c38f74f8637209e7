/** The part of a terminal stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const quietMilliseconds = 30_000;

/**
 * Tells what goes on. On a terminal the last line is redrawn with details as they come and stays, with its time, when the step
 * is done; elsewhere (a file, a pipe, CI) each step is a line, and a long one adds a line every 30 seconds.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #step = "";
  #startedAt = 0;
  #toldAt = 0;
  #isDrawn = false;

  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  /** Begins a step. */
  step(sentence: string): void {
    this.done();
    this.#step = sentence;
    this.#startedAt = this.#toldAt = this.#now();
    if (this.#stream.isTTY) this.#draw(`${sentence} ...`);
    else this.#stream.write(`${sentence}\n`);
  }

  /** How far the present step is. */
  detail(text: string): void {
    if (this.#stream.isTTY) {
      this.#draw(`${this.#step}  ${text}`);
    } else if (this.#now() - this.#toldAt >= quietMilliseconds) {
      this.#toldAt = this.#now();
      this.#stream.write(`  ${text}\n`);
    }
  }

  /** A line of its own. */
  note(sentence: string): void {
    this.#erase();
    this.#stream.write(`${sentence}\n`);
    if (this.#stream.isTTY && this.#step) this.#draw(`${this.#step} ...`);
  }

  /** Ends the present step, if any. */
  done(): void {
    if (this.#step && this.#stream.isTTY) {
      this.#erase();
      this.#stream.write(`${this.#step}  ${((this.#now() - this.#startedAt) / 1000).toFixed(1)} s\n`);
    }
    this.#step = "";
  }

  /** Ends the present step that failed: its line goes, the error follows. */
  fail(): void {
    this.#erase();
    this.#step = "";
  }

  #draw(text: string): void {
    // One column stays free: a line that reaches the last one wraps, and could not be erased.
    const room = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(`\r\u001b[2K${text.length > room ? `${text.slice(0, room - 1)}…` : text}`);
    this.#isDrawn = true;
  }

  #erase(): void {
    if (this.#isDrawn) this.#stream.write("\r\u001b[2K");
    this.#isDrawn = false;
  }
}
