import type { Rng } from "@igr/core";
import { checkInteger, checkOneOf, checkRng, describeValue, requireGradients } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { CompileOptions, Engine } from "../engine/step-engine.js";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Schedule } from "../schedule/schedule.js";
import type { FitCallbacks } from "./callbacks.js";
import type { CheckpointOptions } from "./checkpointer.js";
import { checkEarlyStopping, type EarlyStopping, elboMonitor, type Monitor } from "./early-stopping.js";
import { defaultBinarization } from "./evaluate.js";
import { checkClipping, type GradientClipping } from "./gradient-clipping.js";
import { BINARIZATIONS, type Binarization, checkImageSource, type ImageSource } from "./image-source.js";
import { checkWeightAveraging, type WeightAveraging } from "./weight-average.js";

/** Options of {@link fit}. */
export interface FitOptions {
  /** Passes over the dataset, >= 1. */
  readonly epochs: number;
  /** 64 by default. Each epoch shuffles the images and drops those that do not fill the last batch. */
  readonly batchSize?: number;
  /** `tf.train.adam(1e-3)` by default. The caller disposes an optimizer that is given. */
  readonly optimizer?: tf.Optimizer;
  /** Shuffling, binarization, noise and evaluation each draw from a fork of it; the stream itself does not advance. */
  readonly rng: Rng;
  /** Evaluated after every epoch. */
  readonly validationData?: ImageSource;
  /** `'auto'` by default. */
  readonly engine?: Engine;
  /** Options of the compiled engine, such as its number of threads. */
  readonly jit?: CompileOptions;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
  /**
   * Schedules besides the model's own, over steps since the start of `fit`. `temperature`: of the posterior; the latent
   * part's `scheduledPrior` says how the prior behaves. Evaluation uses the latent part's own temperature, so the
   * schedule should end there. `klWeight`: weight of the KL in the loss; the logged ELBO contains the whole KL.
   * `hardWeight`, for a DiscreteVAE: moves its loss from the relaxed bound to the hard one. `learningRate`, for any
   * model: replaces that of the optimizer. Compiled steps are not traced again.
   */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** Clips gradients before the optimizer uses them, inside the step; no clipping by default. */
  readonly clipGradients?: GradientClipping;
  /**
   * Averages the trained weights over the steps; not by default. Validation, `onEpochEnd`, the models of checkpoints and the model
   * that `fit` leaves have the averages. `onStep` sees the training weights; so does the caller where `fit` rejects. Weights
   * that are not trained, such as a batch normalization's moving moments, are not averaged.
   */
  readonly weightAverage?: WeightAveraging;
  /** One set of callbacks, or several that are called one after the other. */
  readonly callbacks?: FitCallbacks | readonly FitCallbacks[];
  /** Ends training when the monitored score no longer improves; off by default. */
  readonly earlyStopping?: EarlyStopping;
  /**
   * The score for early stopping and the best checkpoint, higher is better. By default the ELBO, of the validation data
   * if given.
   */
  readonly monitor?: Monitor;
  /**
   * Where to save the run after epochs, and when `signal` stops it; not saved by default. If the folder already
   * contains checkpoints, the run resumes from the latest one, with the same results as an uninterrupted run.
   */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Stops training between two steps; `fit` then rejects with the signal's reason. The model keeps its current weights.
   * If there was at least one step, the run is saved as `checkpoint` says.
   */
  readonly signal?: AbortSignal;
}

/** Options with their defaults. */
export interface CheckedFitOptions extends FitOptions {
  readonly batchSize: number;
  readonly engine: Engine;
  readonly binarize: Binarization;
  readonly monitor: Monitor;
}

const NAMES = {
  epochs: "checked",
  batchSize: "optional",
  optimizer: "optional",
  rng: "checked",
  validationData: "optional",
  engine: "optional",
  jit: "optional",
  binarize: "optional",
  schedules: "optional",
  clipGradients: "optional",
  weightAverage: "optional",
  callbacks: "optional",
  earlyStopping: "optional",
  monitor: "optional",
  checkpoint: "optional",
  signal: "optional",
} as const;

/**
 * The options of a run with defaults filled in.
 * @throws RangeError for a number or name out of range; TypeError for an unknown option, or for data without batches;
 * Error if no gradients are registered in tfjs.
 */
export function checkFitOptions(model: TrainableModel, dataset: ImageSource, options: FitOptions): CheckedFitOptions {
  checkNamedOptions("fit", options, NAMES);
  const { rng, earlyStopping, monitor = elboMonitor, validationData, optimizer, engine = "auto" } = options;
  if (typeof model?.elbo !== "function") {
    throw new TypeError(`fit: model must be one of this package or have its methods, got ${describeValue(model)}`);
  }
  checkImageSource("fit", "dataset", dataset);
  if (validationData !== undefined) checkImageSource("fit", "validationData", validationData);
  checkRng("fit", rng, "fork");
  const epochs = checkInteger("fit", "epochs", options.epochs, 1);
  const batchSize = checkInteger("fit", "batchSize", options.batchSize ?? 64, 1);
  const binarize = options.binarize ?? defaultBinarization(model);
  if (binarize !== false) checkOneOf("fit", "binarize", binarize, BINARIZATIONS);
  if (optimizer !== undefined && typeof optimizer?.applyGradients !== "function") {
    throw new TypeError(
      `fit: optimizer must be a tf.Optimizer, as tf.train.adam(1e-3), got ${describeValue(optimizer)}`,
    );
  }
  if (options.clipGradients) checkClipping(options.clipGradients);
  if (earlyStopping) checkEarlyStopping(earlyStopping);
  if (options.weightAverage !== undefined) checkWeightAveraging(options.weightAverage);
  requireGradients("fit");
  return { ...options, epochs, batchSize, binarize, monitor, engine };
}
