import { createRng, type Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { optimizerSettings } from "../checkpoint/optimizer-slots.js";
import { eventLoopPauses } from "../engine/event-loop-turn.js";
import { type CompileOptions, type Engine, type PreparedStep, prepareStep } from "../engine/step-engine.js";
import type { TrainableModel } from "../model/model.js";
import type { Schedule } from "../schedule/schedule.js";
import { CallbackList, type FitCallbacks } from "./callbacks.js";
import { Checkpointer, type CheckpointOptions } from "./checkpointer.js";
import { checkEarlyStopping, type EarlyStopping, elboMonitor, type Monitor, shouldStop } from "./early-stopping.js";
import { defaultBinarization, Evaluator } from "./evaluate.js";
import { checkClipping, type GradientClipping } from "./gradient-clipping.js";
import { type Binarization, type ImageSource, takeImages } from "./image-source.js";
import type { EpochLog, TrainingTerms } from "./logs.js";
import { NonFiniteError } from "./non-finite-error.js";
import { modelSettings } from "./run-settings.js";
import { ScheduledInputs } from "./scheduled-inputs.js";
import { drawStaticBits } from "./static-draw.js";
import { trainEpoch } from "./train-epoch.js";
import { trainingStep } from "./training-step.js";
import { vanishedGradients } from "./vanished-gradients.js";

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
   * `learningRate`, for any model, takes the place of the optimizer's own; a compiled step is not traced anew.
   */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** Clips gradients before the optimizer sees them, inside the step; not by default. */
  readonly clipGradients?: GradientClipping;
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
  const { rng, validationData, engine = "auto", jit, signal, earlyStopping, monitor = elboMonitor } = options;
  checkRng("fit", rng, "fork");
  const epochs = checkInteger("fit", "epochs", options.epochs, 1);
  const batchSize = checkInteger("fit", "batchSize", options.batchSize ?? 64, 1);
  const binarize = options.binarize ?? defaultBinarization(model);
  const clipping = options.clipGradients && checkClipping(options.clipGradients);
  if (earlyStopping) checkEarlyStopping(earlyStopping);
  if (tf.getGradient("Sum") == null) {
    throw new Error(
      'fit: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs" or "@tensorflow/tfjs-layers"',
    );
  }
  const scheduled = new ScheduledInputs(model, options.schedules);
  const callbacks = new CallbackList(options.callbacks);
  const optimizer = options.optimizer ?? tf.train.adam(1e-3);
  let training: PreparedStep | undefined;
  let evaluator: Evaluator | undefined;
  let checkpointer: Checkpointer | undefined;
  try {
    const settings = {
      ...modelSettings(model),
      optimizer: optimizerSettings(optimizer),
      batchSize,
      binarize,
      schedules: scheduled.schedules,
      clipGradients: clipping,
      rng: rng.state().key,
    };
    checkpointer = options.checkpoint && new Checkpointer(options.checkpoint, model, optimizer, settings);
    const resumed = await checkpointer?.resume();
    const evalRng = rng.fork("eval");
    const noise = resumed ? createRng.fromState(resumed.noise) : rng.fork("noise");
    const evaluationNoise = resumed ? createRng.fromState(resumed.evaluationNoise) : evalRng.fork("noise");

    const dataRng = (epoch: number) => rng.fork("data").fork(`epoch ${epoch}`);
    const evaluationRng = (epoch: number) => evalRng.fork(`epoch ${epoch}`);
    if (resumed && binarize === "static") {
      await drawStaticBits(dataset, dataRng(1), batchSize);
      if (validationData) await drawStaticBits(validationData, evaluationRng(1).fork("binarization"), batchSize);
    }

    const { step, termNames } = trainingStep(model, { optimizer, noise, scheduled, clipping });
    training = await prepareStep(step, { owner: "fit", engine, jit, rng: noise });
    evaluator = await Evaluator.create(model, { noise: evaluationNoise, batchSize, binarize, engine, jit });
    const logs: EpochLog[] = [...(resumed?.epochs ?? [])];
    let partial = resumed?.partial;
    const isStopped = () => earlyStopping !== undefined && shouldStop(logs, earlyStopping, monitor);

    const pause = eventLoopPauses();
    await callbacks.trainBegin();
    while (logs.length < epochs && !isStopped()) {
      const epoch = logs.length + 1;
      const started = performance.now();
      const progress = { steps: partial?.steps ?? 0, sums: { ...partial?.sums }, seconds: partial?.seconds ?? 0 };
      const secondsBefore = progress.seconds;
      partial = undefined;
      const stepsBefore = logs.reduce((sum, log) => sum + log.steps, 0);
      const evaluationStart = evaluationNoise.state();
      let lastTerms: TrainingTerms | undefined;
      let lastIndices: readonly number[] | undefined;
      const failure = (what: string, at: number, terms: TrainingTerms) =>
        new NonFiniteError(what, {
          ...{ epoch, step: at, totalSteps: stepsBefore + at, terms },
          ...(lastIndices ? { batchIndices: lastIndices } : {}),
          ...(checkpointer?.last === undefined ? {} : { lastCheckpoint: checkpointer.last }),
        });
      /** Within the epoch, or, with its log in `logs`, after it. */
      const save = async (finished: EpochLog | undefined) => {
        const totalSteps = stepsBefore + progress.steps;
        const [last] = logs.slice(-1);
        const isWithin = finished === undefined && progress.steps > 0;
        const broken = await checkpointer!.save({
          totalSteps,
          epochs: logs,
          partial: isWithin ? progress : undefined,
          noise: noise.state(),
          evaluationNoise: finished ? evaluationNoise.state() : evaluationStart,
          score: isWithin || !last ? undefined : monitor(last),
        });
        if (broken !== undefined) {
          throw failure(`'${broken}' is not finite after the update`, progress.steps, lastTerms ?? logs.at(-1)!.train);
        }
      };

      await callbacks.epochBegin(epoch);
      const evalEpoch = evaluationRng(epoch);
      try {
        const batches = dataset.batches({
          batchSize,
          shuffle: true,
          rng: dataRng(epoch),
          binarize,
          dropRemainder: true,
          reuseMemory: true,
        });
        const trained = await trainEpoch(training, batches, {
          epoch,
          stepsBefore,
          batchSize,
          callbacks,
          signal,
          pause,
          scheduled,
          termNames,
          progress,
          onRead: ({ step: at, terms, batchIndices }) => {
            lastIndices = batchIndices;
            if (!Number.isFinite(terms.loss)) throw failure(`the loss is ${terms.loss}`, at, terms);
            lastTerms = terms;
          },
          checkpoint: {
            isDue: (steps) => checkpointer?.everySteps !== undefined && steps % checkpointer.everySteps === 0,
            save: () => save(undefined),
          },
        });
        const validation =
          validationData && (await evaluator.evaluate(validationData, evalEpoch.fork("binarization"), signal));
        const x = await firstBatch(validationData ?? dataset, batchSize, evalEpoch, binarize);
        const vanished = await vanishedGradients(model, x, evalEpoch.fork("vanished gradients"));
        x.dispose();
        const log: EpochLog = {
          epoch,
          ...trained,
          ...(validation ? { validation } : {}),
          ...(vanished ? { vanishedGradients: vanished } : {}),
          ...scheduled.loggedAt(stepsBefore + trained.steps - 1),
          seconds: secondsBefore + (performance.now() - started) / 1000,
        };
        logs.push(log);
        const isLast = epoch === epochs || isStopped();
        if (checkpointer && (epoch % checkpointer.every === 0 || isLast)) await save(log);
        await callbacks.epochEnd(log);
      } catch (error) {
        const isAbort = signal?.aborted && error === signal.reason;
        if (checkpointer && isAbort && stepsBefore + progress.steps > 0)
          await save(logs.length < epoch ? undefined : logs.at(-1));
        throw error;
      }
    }
    await callbacks.trainEnd(logs.at(-1));
    return {
      epochs: logs,
      engine: training.engine,
      backend: tf.getBackend(),
      likelihood: model.description,
      schedules: scheduled.schedules,
      ...(scheduled.prior === undefined ? {} : { scheduledPrior: scheduled.prior }),
      ...(resumed ? { resumedAt: resumed.totalSteps } : {}),
      ...(earlyStopping ? { stoppedEarly: logs.length < epochs } : {}),
    };
  } finally {
    await training?.dispose();
    await evaluator?.dispose();
    await checkpointer?.close();
    if (options.optimizer === undefined) optimizer.dispose();
  }
}

async function firstBatch(
  source: ImageSource,
  batchSize: number,
  rng: Rng,
  binarize: Binarization,
): Promise<tf.Tensor> {
  const options = { batchSize, shuffle: false, rng: rng.fork("first batch"), binarize, dropRemainder: false };
  for await (const batch of source.batches(options)) return takeImages(batch);
  throw new Error("fit: the dataset gave no images");
}
