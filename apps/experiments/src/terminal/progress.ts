import { type Progress as Counts, ProgressLine, type ProgressStream } from "@igr/files/progress";
import { formatDuration } from "./format.js";

export interface ProgressState extends Counts {
  readonly label: string;
  readonly total: number;
  /** The text after the bar: `loss 201.3  4,210 images/s`. */
  readonly detail: string;
}

const widestBar = 24;
const narrowestBar = 8;
const redrawMilliseconds = 100;
/** Columns left free: a line that reaches the last one wraps, and so would one with the `^C` that a terminal echoes. */
const freeColumns = 3;

/**
 * One line of text for a state: a bar, counts, the detail and the time left. A narrow terminal gets a narrower bar,
 * then no bar, then no detail; numbers are never truncated.
 */
export function progressLine({ label, done, total, detail }: ProgressState, seconds: number, columns: number): string {
  const share = total > 0 ? done / total : 1;
  const left = done > 0 && done < total ? `${formatDuration((seconds * (total - done)) / done)} left` : "";
  const room = columns - freeColumns;
  const line = (...parts: string[]) => parts.filter((part) => part !== "").join("  ");

  const full = line(`${label}  ${done}/${total}`, detail, left);
  const bar = Math.min(widestBar, room - full.length - 1);
  if (bar >= narrowestBar) {
    const filled = Math.round(share * bar);
    return line(`${label} ${"█".repeat(filled)}${"░".repeat(bar - filled)} ${done}/${total}`, detail, left);
  }
  const shorter = [
    line(`${label} ${done}/${total}`, detail, left),
    line(`${label} ${done}/${total}`, left),
    `${done}/${total}`,
  ];
  return shorter.find((text) => text.length <= room) ?? "";
}

/**
 * A progress bar that redraws one line where the stream is a terminal; elsewhere (a file, a pipe, CI) it writes a plain line
 * every 30 seconds, so that a log stays readable.
 */
export class Progress {
  readonly #line: ProgressLine;
  readonly #now: () => number;
  #startedAt: number;
  #doneBefore = 0;

  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#line = new ProgressLine({ stream, now, redrawMilliseconds });
    this.#now = now;
    this.#startedAt = now();
  }

  /** Restarts the clock for another task, of which `done` is already finished. */
  restart(done = 0): void {
    this.#startedAt = this.#now();
    this.#doneBefore = done;
  }

  /** Shows a state unless another one was just shown; on a terminal `isLast` always shows it. */
  update(state: ProgressState, { isLast = false }: { readonly isLast?: boolean } = {}): void {
    if (isLast && this.#line.isTerminal) this.#line.restart();
    if (!this.#line.isDue()) return;
    // The time that all finished work would have taken at this pace.
    const share = state.done > this.#doneBefore ? state.done / (state.done - this.#doneBefore) : 1;
    const seconds = ((this.#now() - this.#startedAt) / 1000) * share;
    this.#line.show(progressLine(state, seconds, this.#line.columns));
  }

  /** Removes the bar before ordinary output. */
  clear(): void {
    this.#line.clear();
  }
}
