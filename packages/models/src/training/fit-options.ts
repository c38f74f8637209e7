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
  /** 64 by default. Images that do not fill the last batch are left out of the epoch; each epoch shuffles anew. */
  readonly batchSize?: number;
  /** `tf.train.adam(1e-3)` by default. One that is given stays the caller's to dispose. */
  readonly optimizer?: tf.Optimizer;
  /** Shuffling, binarization, noise and evaluation each draw from a fork of it; the stream itself does not move. */
  readonly rng: Rng;
  /** Evaluated after every epoch. */
  readonly validationData?: ImageSource;
  /** `'auto'` by default. */
  readonly engine?: Engine;
  /** How the compiled engine runs: its number of threads, for one. */
  readonly jit?: CompileOptions;
  /** By default 'dynamic' for a likelihood on binary pixels, else none. */
  readonly binarize?: Binarization;
  /**
   * Schedules besides the model's own, over steps since the start of `fit`: the `temperature` of the posterior, and the
   * `klWeight` in the loss (the logged ELBO keeps the whole KL). Evaluation is at the latent part's own temperature:
   * let the schedule end there. What the prior does meanwhile is the latent part's `scheduledPrior`.
   * `hardWeight`, of a DiscreteVAE, moves its loss from the relaxed bound to the hard one.
   * `learningRate`, for any model, takes the place of the optimizer's own; a compiled step is not traced anew.
   */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** Clips gradients before the optimizer sees them, inside the step; not by default. */
  readonly clipGradients?: GradientClipping;
  /**
   * Averages the trained weights over the steps; not by default. Validation, `onEpochEnd`, checkpoints' models and the model that
   * `fit` leaves have the averages; `onStep` sees the training weights, as does who catches the error of a run that failed.
   * What is not trained, such as a batch normalization's moving moments, is not averaged.
   */
  readonly weightAverage?: WeightAveraging;
  /** One set of callbacks, or several that are told one after the other. */
  readonly callbacks?: FitCallbacks | readonly FitCallbacks[];
  /** Ends training after an epoch where no better one follows; not by default. */
  readonly earlyStopping?: EarlyStopping;
  /** What early stopping and the best checkpoint go by, the higher the better; by default the ELBO, of validation if there is one. */
  readonly monitor?: Monitor;
  /**
   * Where to save the run after epochs, and when `signal` stops it; nowhere by default. A run whose folder holds checkpoints
   * already goes on from the latest one, and ends as if it had never stopped.
   */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Stops between two steps: `fit` then rejects with the signal's reason. The model keeps what it has learned and, after at
   * least one step, the run is saved where `checkpoint` says.
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
 * The options of a run, complete.
 * @throws RangeError for a number or name out of range; TypeError for an unknown option, or for data without batches; Error where tfjs has
 * no gradients.
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
