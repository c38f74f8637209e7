import type { ProgressStream } from "@igr/files/progress";
import type { ExecutorObserver, PlannedRun, RunEnd } from "../executor/executor.js";
import type { RunEvent } from "../run/events.js";
import { formatCount, formatDuration } from "./format.js";

interface Line {
  readonly run: PlannedRun;
  text: string;
  epochs: number;
}

const redrawMilliseconds = 200;
const logMilliseconds = 30_000;

/**
 * All runs of a study on one screen: a line for each active run, and one for the whole study with rate and time left. A
 * terminal is redrawn in place; elsewhere (a file, a pipe) plain lines report the end of each run, and every 30 seconds
 * the progress of the study.
 */
export class StudyProgress implements ExecutorObserver {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #totalEpochs: number;
  #totalRuns: number;
  readonly #active = new Map<PlannedRun, Line>();
  #startedAt: number | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawnLines = 0;
  #endedRuns = 0;
  #endedEpochs = 0;
  /** Epochs that were finished before this process, which do not count for its pace. */
  #doneBefore = 0;

  constructor(
    runs: readonly PlannedRun[],
    stream: ProgressStream = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#now = now;
    this.#totalRuns = runs.length;
    this.#totalEpochs = runs.reduce((sum, { configuration }) => sum + configuration.epochs, 0);
    this.#drawnAt = stream.isTTY ? Number.NEGATIVE_INFINITY : now();
  }

  onPlanned({ configuration }: PlannedRun): void {
    this.#totalRuns += 1;
    this.#totalEpochs += configuration.epochs;
  }

  onStart(run: PlannedRun): void {
    this.#startedAt ??= this.#now();
    this.#active.set(run, { run, text: "starts", epochs: 0 });
    this.#draw();
  }

  onEvent(run: PlannedRun, event: RunEvent): void {
    const line = this.#active.get(run);
    if (!line) return;
    if (event.kind === "step") {
      const epochs = event.epoch - 1 + event.step / event.stepsPerEpoch;
      if (line.epochs === 0 && event.epoch > 1) this.#doneBefore += event.epoch - 1;
      line.epochs = epochs;
      line.text = `${event.epoch}/${run.configuration.epochs}  loss ${event.loss.toFixed(1)}  ${formatCount(event.imagesPerSecond)} images/s`;
    } else if (event.kind === "epoch") {
      line.epochs = event.log.epoch;
      const elbo = (event.log.validation ?? event.log.train).elbo;
      line.text = `${event.log.epoch}/${run.configuration.epochs}  ELBO ${elbo.toFixed(1)}`;
    } else if (event.kind === "pictures") line.text = `pictures ${event.done}/${event.total}`;
    else line.text = event.kind === "measuring" ? "measuring the test set" : event.sentence;
    this.#draw();
  }

  onEnd(run: PlannedRun, end: RunEnd): void {
    const line = this.#active.get(run);
    this.#active.delete(run);
    this.#endedRuns += 1;
    this.#endedEpochs += run.configuration.epochs;
    if (end.status === "kept" || line?.epochs === 0) this.#doneBefore += run.configuration.epochs;
    if (end.status === "failed") this.#say(`${run.title} failed: ${end.message}`);
    else if (!this.#stream.isTTY) this.#say(`${run.title}: ${end.status}`);
    this.#draw(true);
  }

  onNotice(sentence: string): void {
    this.#say(sentence);
    this.#draw(true);
  }

  /** Removes the screen before ordinary output. */
  clear(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\u001b[${this.#drawnLines}A\r\u001b[J`);
    this.#drawnLines = 0;
  }

  #say(sentence: string): void {
    this.clear();
    this.#stream.write(`${sentence}\n`);
  }

  #draw(isNow = false): void {
    const now = this.#now();
    const interval = this.#stream.isTTY ? redrawMilliseconds : logMilliseconds;
    if ((!isNow || !this.#stream.isTTY) && now - this.#drawnAt < interval) return;
    this.#drawnAt = now;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${this.#whole()}\n`);
      return;
    }
    const columns = (this.#stream.columns ?? 80) - 1;
    const lines = [...[...this.#active.values()].map(({ run, text }) => `${run.title}  ${text}`), this.#whole()];
    this.clear();
    this.#stream.write(lines.map((line) => `${fit(line, columns)}\n`).join(""));
    this.#drawnLines = lines.length;
  }

  #whole(): string {
    const done = this.#endedEpochs + [...this.#active.values()].reduce((sum, { epochs }) => sum + epochs, 0);
    const seconds = (this.#now() - (this.#startedAt ?? this.#now())) / 1000;
    const paced = done - this.#doneBefore;
    const left = paced > 0.05 ? (seconds * (this.#totalEpochs - done)) / paced : undefined;
    const share = Math.floor((100 * done) / Math.max(1, this.#totalEpochs));
    const rate = paced > 0.05 ? `  ${((60 * paced) / seconds).toFixed(1)} epochs/min` : "";
    return `${this.#endedRuns}/${this.#totalRuns} runs  ${share} %${rate}${left === undefined ? "" : `  ${formatDuration(left)} left`}`;
  }
}

/** A line that would wrap is truncated at its end; the part that distinguishes runs comes first. */
function fit(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}
