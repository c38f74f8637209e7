/** How often a run's process reports its processor time, in milliseconds. */
export const REPORT_INTERVAL = 10_000;

/** Reports without a sign of life until a process counts as hanging: ten minutes. */
const PATIENCE = 60;

/** Processor time that counts as a sign of life, in seconds. A process whose threads wait for each other uses less in ten minutes. */
const WORK = 1;

export interface SignsOfLifeOptions {
  /** Called once, when there was no sign of life for ten minutes. */
  readonly onHang: () => void;
  /** Time between two looks, in milliseconds; {@link REPORT_INTERVAL} by default. */
  readonly interval?: number | undefined;
}

/**
 * Finds a process that hangs without ending: it sends no events, and uses no processor time or reports none. Time in
 * which the whole machine sleeps does not count, because looks are counted, not seconds.
 */
export class SignsOfLife {
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #seconds = 0;

  constructor({ onHang, interval = REPORT_INTERVAL }: SignsOfLifeOptions) {
    this.#timer = setInterval(() => {
      this.#looks += 1;
      if (this.#looks < PATIENCE) return;
      this.stop();
      onHang();
    }, interval);
  }

  /** The process sent an event. */
  event(): void {
    this.#looks = 0;
  }

  /** The process reported its processor time so far, in seconds. */
  worked(seconds: number): void {
    if (seconds - this.#seconds < WORK) return;
    this.#seconds = seconds;
    this.#looks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
