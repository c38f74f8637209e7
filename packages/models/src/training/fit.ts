import type { TrainableModel } from "../model/model.js";
import { checkFitOptions, type FitOptions } from "./fit-options.js";
import type { History } from "./history.js";
import type { ImageSource } from "./image-source.js";
import { TrainingRun } from "./training-run.js";

export type { FitOptions } from "./fit-options.js";
export type { History } from "./history.js";

/**
 * Trains a model by stochastic gradient ascent on its ELBO.
 *
 * Two runs with equal seeds, engine, backend and number of threads give the same numbers, bit for bit (times apart). A
 * run that was stopped or killed gives these numbers too if it is called again with the same arguments and
 * `checkpoint.dir`: it resumes from the latest checkpoint. Layers that draw (Dropout, GaussianNoise,
 * GaussianDropout, AlphaDropout) draw from `rng` too. State in callbacks is not covered.
 *
 * @throws RangeError for an option out of range; NonFiniteError if loss or parameters are no longer finite;
 * CheckpointError for a checkpoint that is corrupt, foreign, of a newer version or of another run, or if another
 * process trains in `checkpoint.dir`; Error if the dataset has no full batch.
 *
 * @example
 * ```ts
 * const history = await fit(model, train, { epochs: 3, rng: createRng(1), validationData: test });
 * history.epochs[2].validation.elbo; // about -149 for IGR on MNIST
 * ```
 */
export async function fit(model: TrainableModel, dataset: ImageSource, options: FitOptions): Promise<History> {
  const run = new TrainingRun(model, dataset, checkFitOptions(model, dataset, options));
  try {
    await run.resume();
    await run.prepare();
    await run.begin();
    while (!run.isOver) await run.epoch();
    return await run.finish();
  } finally {
    await run.release();
  }
}
