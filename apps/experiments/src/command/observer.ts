import type { EpochLog } from "@igr/models";
import { type RunConfiguration, runTitle } from "../run/configuration.js";
import type { RunObserver } from "../run/train.js";
import { formatCount, formatDuration } from "../terminal/format.js";
import { Progress } from "../terminal/progress.js";

/** One line per epoch: `epoch 1/3  train -214.52  test -190.21 ± 0.43  KL 18.32  vanished 0.12 %  4,812 images/s  14 s`. */
export function epochLine(log: EpochLog, epochs: number): string {
  const { epoch, train, validation, vanishedGradients, imagesPerSecond, seconds } = log;
  const parts = [
    `epoch ${epoch}/${epochs}`,
    `ELBO train ${train.elbo.toFixed(2)}`,
    ...(validation ? [`test ${validation.elbo.toFixed(2)} ± ${validation.standardError.toFixed(2)}`] : []),
    `KL ${(validation ?? train).kl.toFixed(2)}`,
    ...(vanishedGradients ? [`vanished ${(100 * vanishedGradients.zero).toFixed(2)} %`] : []),
    `${formatCount(imagesPerSecond)} images/s`,
    formatDuration(seconds),
  ];
  return parts.join("  ");
}

/** Shows a run in a terminal: what is prepared, a progress bar, a line per epoch. */
export function terminalObserver(configuration: RunConfiguration, quiet: boolean): RunObserver & { end(): void } {
  const progress = new Progress(quiet ? { write: () => {} } : process.stderr);
  const title = runTitle(configuration);
  let current: number | undefined;
  return {
    onStage: (sentence) => {
      progress.clear();
      if (!quiet) process.stderr.write(`${title}: ${sentence}\n`);
    },
    onPictures: ({ done, total }) => {
      if (current === undefined) progress.restart(done);
      current = 0;
      progress.update({ label: "pictures", done, total, detail: "converted, once" }, { isLast: done === total });
    },
    onStep: ({ epoch, step, loss, imagesPerSecond }, total) => {
      // The first step that is told of may be one in the middle: that of a run that goes on.
      if (epoch !== current) progress.restart(step - 1);
      current = epoch;
      const isLast = step === total;
      const detail = `loss ${loss.toFixed(2)}  ${formatCount(imagesPerSecond)} images/s${isLast ? "  evaluating" : ""}`;
      progress.update(
        { label: `${title} epoch ${epoch}/${configuration.epochs}`, done: step, total, detail },
        { isLast },
      );
    },
    onEpoch: (log) => {
      progress.clear();
      process.stdout.write(`${title}  ${epochLine(log, configuration.epochs)}\n`);
    },
    end: () => progress.clear(),
  };
}
