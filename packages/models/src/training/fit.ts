import type { TrainableModel } from "../model/model.js";
import type { Schedule } from "../schedule/schedule.js";
import { checkFitOptions, type FitOptions } from "./fit-options.js";
import type { ImageSource } from "./image-source.js";
import type { EpochLog } from "./logs.js";
import { TrainingRun } from "./training-run.js";

export type { FitOptions } from "./fit-options.js";

/** What {@link fit} did. */
export interface History {
  /** One log per epoch, those of the runs that it went on from included. */
  readonly epochs: readonly EpochLog[];
  /** What ran the steps. */
  readonly engine: "jit" | "eager";
  /** The active tfjs backend. */
  readonly backend: string;
  /** The likelihood in words: a Gaussian's scale and floor decide its ELBO. */
  readonly likelihood: string;
  /** The schedules that were followed, the model's own included. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** What the temperature's schedule did to the prior; absent where none was given. */
  readonly scheduledPrior?: string;
  /** Steps that were done before, by the run that this one went on from; absent where it started anew. */
  readonly resumedAt?: number;
  /** Whether early stopping ended the run; absent where none was asked for. */
  readonly stoppedEarly?: boolean;
}

/**
 * Trains a model by stochastic gradient ascent on its ELBO.
 *
 * Two runs with equal seeds, engine, backend and number of threads give the same numbers, bit for bit (times apart). So does a
 * run that was stopped, killed even, and called again with the same arguments and `checkpoint.dir`: it goes on from the latest
 * checkpoint. What is not drawn from `rng`, such as the masks of tf.layers' dropout, and state in callbacks are not part of it.
 *
 * @throws RangeError for an option out of range; NonFiniteError where loss or parameters are no longer finite; CheckpointError for
 * a checkpoint that is corrupt, foreign, of a newer version or of another run, and where another process trains in
 * `checkpoint.dir`; Error where the dataset gives no batch.
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
