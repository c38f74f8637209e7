import { ProgressLine, type ProgressStream } from "@igr/files/progress";

export type { ProgressStream };

/**
 * Reports the steps of a setup. On a terminal the last line is redrawn with details, and stays, with its time, when the step is finished.
 * Elsewhere (a file, a pipe, CI) each step is one line, and a long step adds a line every 30 seconds.
 */
export class Progress {
  readonly #line: ProgressLine;
  readonly #now: () => number;
  #step = "";
  #startedAt = 0;

  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#line = new ProgressLine({ stream, now });
    this.#now = now;
  }

  /** Begins a step. */
  step(sentence: string): void {
    this.done();
    this.#step = sentence;
    this.#startedAt = this.#now();
    this.#line.restart();
    if (this.#line.isTerminal) this.#line.show(`${sentence} ...`);
    else this.#line.say(sentence);
  }

  /** Shows the progress of the current step. */
  detail(text: string): void {
    this.#line.show(this.#line.isTerminal ? `${this.#step}  ${text}` : `  ${text}`);
  }

  /** Writes a separate line. */
  note(sentence: string): void {
    this.#line.say(sentence);
    if (this.#line.isTerminal && this.#step) this.#line.show(`${this.#step} ...`);
  }

  /** Ends the current step, if there is one. */
  done(): void {
    if (this.#step && this.#line.isTerminal) {
      this.#line.say(`${this.#step}  ${((this.#now() - this.#startedAt) / 1000).toFixed(1)} s`);
    }
    this.#step = "";
  }

  /** Ends the current step after a failure: removes its line, because the error follows. */
  fail(): void {
    this.#line.clear();
    this.#step = "";
  }
}
