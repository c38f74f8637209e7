import { formatDuration } from "./format.js";

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What follows the bar: `loss 201.3  4,210 images/s`. */
  readonly detail: string;
}

/** The part of a terminal stream that the progress line uses. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const barWidth = 24;
const redrawMilliseconds = 100;
const logMilliseconds = 30_000;

/** One line of text for a state: a bar, counts, the detail and the time left, cut to the terminal's width. */
export function progressLine({ label, done, total, detail }: ProgressState, seconds: number, columns: number): string {
  const share = total > 0 ? done / total : 1;
  const filled = Math.round(share * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  const left = done > 0 ? `${formatDuration((seconds * (total - done)) / done)} left` : "";
  return `${label} ${bar} ${done}/${total}  ${detail}  ${left}`.trimEnd().slice(0, Math.max(20, columns - 1));
}

/**
 * A progress bar that redraws one line where the stream is a terminal; elsewhere (a file, a pipe, CI) it writes a plain line
 * every 30 seconds, so that a log stays readable.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #startedAt: number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
    this.#startedAt = now();
    this.#drawnAt = stream.isTTY ? Number.NEGATIVE_INFINITY : now();
  }

  /** Begins to count time for another task. */
  restart(): void {
    this.#startedAt = this.#now();
  }

  update(state: ProgressState): void {
    const now = this.#now();
    if (now - this.#drawnAt < (this.#stream.isTTY ? redrawMilliseconds : logMilliseconds)) return;
    this.#drawnAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[2K${progressLine(state, seconds, this.#stream.columns ?? 80)}`);
      this.#isDrawn = true;
    } else {
      this.#stream.write(`${progressLine(state, seconds, 120)}\n`);
    }
  }

  /** Removes the bar, so that ordinary output may follow. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write("\r\u001b[2K");
    this.#isDrawn = false;
    if (this.#stream.isTTY) this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}
