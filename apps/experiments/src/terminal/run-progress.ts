import type { EpochLog } from "@igr/models";
import type { ExecutorObserver, PlannedRun } from "../executor/executor.js";
import type { RunEvent } from "../run/events.js";
import { formatCount, formatDuration } from "./format.js";
import { Progress } from "./progress.js";

/** One line per epoch: `epoch 1/3  ELBO train -214.52  validation -190.21 ± 0.43  KL 18.32  vanished 0.12 %  4,812 images/s  14 s`. */
export function epochLine(log: EpochLog, epochs: number): string {
  const { epoch, train, validation, vanishedGradients, imagesPerSecond, seconds } = log;
  const parts = [
    `epoch ${epoch}/${epochs}`,
    `ELBO train ${train.elbo.toFixed(2)}`,
    ...(validation ? [`validation ${validation.elbo.toFixed(2)} ± ${validation.standardError.toFixed(2)}`] : []),
    `KL ${(validation ?? train).kl.toFixed(2)}`,
    ...(vanishedGradients ? [`vanished ${(100 * vanishedGradients.zero).toFixed(2)} %`] : []),
    `${formatCount(imagesPerSecond)} images/s`,
    formatDuration(seconds),
  ];
  return parts.join("  ");
}

/** One run in a terminal: its preparation, a bar, and a line for each epoch. */
export class RunProgress implements ExecutorObserver {
  readonly #progress: Progress;
  readonly #isQuiet: boolean;
  readonly #line: (text: string) => void;
  #current: number | undefined;

  constructor(isQuiet: boolean, line: (text: string) => void) {
    this.#isQuiet = isQuiet;
    this.#line = line;
    this.#progress = new Progress(isQuiet ? { write: () => {} } : process.stderr);
  }

  onEvent({ title, configuration }: PlannedRun, event: RunEvent): void {
    switch (event.kind) {
      case "stage":
      case "measuring":
        this.#say(`${title}: ${event.kind === "stage" ? event.sentence : "measuring the test set"}`);
        break;
      case "pictures": {
        const { done, total } = event;
        if (this.#current === undefined) this.#progress.restart(done);
        this.#current = 0;
        this.#progress.update(
          { label: "pictures", done, total, detail: "converted, once" },
          { isLast: done === total },
        );
        break;
      }
      case "step": {
        const { epoch, step, stepsPerEpoch, loss, imagesPerSecond } = event;
        // The first reported step of a resumed run is not the first step of the epoch.
        if (epoch !== this.#current) this.#progress.restart(step - 1);
        this.#current = epoch;
        const detail = `loss ${loss.toFixed(2)}  ${formatCount(imagesPerSecond)} images/s`;
        const label = `epoch ${epoch}/${configuration.epochs}`;
        this.#progress.update({ label, done: step, total: stepsPerEpoch, detail }, { isLast: step === stepsPerEpoch });
        break;
      }
      case "epoch":
        this.#progress.clear();
        this.#line(`${title}  ${epochLine(event.log, configuration.epochs)}`);
    }
  }

  onNotice(sentence: string): void {
    this.#say(sentence);
  }

  clear(): void {
    this.#progress.clear();
  }

  #say(sentence: string): void {
    this.#progress.clear();
    if (!this.#isQuiet) process.stderr.write(`${sentence}\n`);
  }
}
