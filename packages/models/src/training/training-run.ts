import * as tf from "@tensorflow/tfjs-core";
import { optimizerSettings } from "../checkpoint/optimizer-slots.js";
import type { PartialEpoch } from "../checkpoint/training-state.js";
import { eventLoopPauses } from "../engine/event-loop-turn.js";
import { type PreparedStep, prepareStep } from "../engine/step-engine.js";
import type { TrainableModel } from "../model/model.js";
import { CallbackList } from "./callbacks.js";
import { Checkpointer } from "./checkpointer.js";
import { dataSettings } from "./data-settings.js";
import { shouldStop } from "./early-stopping.js";
import { Evaluator } from "./evaluate.js";
import type { CheckedFitOptions } from "./fit-options.js";
import type { History } from "./history.js";
import { type ImageSource, takeImages } from "./image-source.js";
import type { EpochLog } from "./logs.js";
import { NonFiniteError } from "./non-finite-error.js";
import { modelSettings, type RunSettings } from "./run-settings.js";
import { RunStreams } from "./run-streams.js";
import { ScheduledInputs } from "./scheduled-inputs.js";
import { drawStaticBits } from "./static-draw.js";
import { type EpochProgress, type ReadStep, trainEpoch } from "./train-epoch.js";
import { trainingStep } from "./training-step.js";
import { vanishedGradients } from "./vanished-gradients.js";
import { WeightAverage } from "./weight-average.js";

/** The current epoch. */
interface EpochState {
  /** From 1. */
  readonly epoch: number;
  /** Number of steps in previous epochs. */
  readonly stepsBefore: number;
  /** Progress within the epoch. */
  readonly progress: EpochProgress;
  /** Seconds that a previous run spent on it. */
  readonly secondsBefore: number;
  readonly started: number;
  /**
   * State of the evaluation noise at its beginning: a run that resumes within the epoch evaluates with the same noise.
   */
  readonly evaluationStart: ReturnType<RunStreams["evaluationNoise"]["state"]>;
  /** The last completed step. */
  lastRead?: ReadStep;
}

/**
 * A run of `fit` as a small state machine: constructed, then resumed from a checkpoint or new, then prepared; each
 * epoch trains, evaluates and saves; finally finished. All changing state is in its fields.
 */
export class TrainingRun {
  readonly #model: TrainableModel;
  readonly #dataset: ImageSource;
  readonly #options: CheckedFitOptions;
  readonly #optimizer: tf.Optimizer;
  readonly #scheduled: ScheduledInputs;
  readonly #callbacks: CallbackList;
  readonly #average: WeightAverage | undefined;
  readonly #pause = eventLoopPauses();
  #streams: RunStreams;
  #checkpointer: Checkpointer | undefined;
  #training: PreparedStep | undefined;
  #termNames: readonly string[] = [];
  #evaluator: Evaluator | undefined;
  /** Logs of the finished epochs. */
  #logs: EpochLog[] = [];
  /** What a previous run completed of the next epoch. */
  #partial: PartialEpoch | undefined;
  #resumedAt: number | undefined;

  /** @throws RangeError for a schedule that the model does not support. */
  constructor(model: TrainableModel, dataset: ImageSource, options: CheckedFitOptions) {
    this.#model = model;
    this.#dataset = dataset;
    this.#options = options;
    this.#scheduled = new ScheduledInputs(model, options.schedules);
    this.#callbacks = new CallbackList(options.callbacks);
    this.#streams = new RunStreams(options.rng);
    this.#optimizer = options.optimizer ?? tf.train.adam(1e-3);
    const { weightAverage } = options;
    this.#average = weightAverage && new WeightAverage(model.trainableVariables, weightAverage);
  }

  /** Restores the run from its checkpoint; does nothing if there is none. */
  async resume(): Promise<void> {
    const { checkpoint, rng, binarize, batchSize, validationData } = this.#options;
    if (!checkpoint) return;
    const settings = await this.#settings();
    this.#checkpointer = new Checkpointer(checkpoint, this.#model, this.#optimizer, settings, this.#average);
    const resumed = await this.#checkpointer.resume();
    if (!resumed) return;
    this.#streams = new RunStreams(rng, resumed);
    this.#logs = [...resumed.epochs];
    this.#partial = resumed.partial;
    this.#resumedAt = resumed.totalSteps;
    if (binarize === "static") {
      await drawStaticBits(this.#dataset, this.#streams.data(1), batchSize);
      if (validationData) await drawStaticBits(validationData, this.#streams.evaluation(1, "binarization"), batchSize);
    }
  }

  /** Prepares the steps of training and evaluation for the engine. */
  async prepare(): Promise<void> {
    const { engine, jit, clipGradients: clipping, batchSize, binarize } = this.#options;
    const { noise, evaluationNoise } = this.#streams;
    const { step, termNames } = trainingStep(this.#model, {
      optimizer: this.#optimizer,
      noise,
      scheduled: this.#scheduled,
      clipping,
      average: this.#average,
    });
    this.#termNames = termNames;
    this.#training = await prepareStep(step, { owner: "fit", engine, jit, rng: noise });
    this.#evaluator = await Evaluator.create(this.#model, { noise: evaluationNoise, batchSize, binarize, engine, jit });
  }

  begin(): Promise<void> {
    return this.#callbacks.trainBegin(this.#resumedAt === undefined ? undefined : [...this.#logs]);
  }

  /** Whether all epochs are finished, or early stopping ends the run. */
  get isOver(): boolean {
    const { epochs, earlyStopping, monitor } = this.#options;
    const isStopped = earlyStopping !== undefined && shouldStop(this.#logs, earlyStopping, monitor);
    return this.#logs.length >= epochs || isStopped;
  }

  /** One epoch: trains, evaluates, saves. If `signal` stops it, its progress is saved. */
  async epoch(): Promise<void> {
    const state = this.#newEpoch();
    await this.#callbacks.epochBegin(state.epoch);
    try {
      const trained = await this.#train(state);
      this.#average?.show();
      const measured = await this.#evaluate(state);
      const log: EpochLog = {
        epoch: state.epoch,
        ...trained,
        ...measured,
        ...this.#scheduled.loggedAt(state.stepsBefore + trained.steps - 1),
        seconds: state.secondsBefore + (performance.now() - state.started) / 1000,
      };
      this.#logs.push(log);
      await this.#checkpoint(state);
      await this.#callbacks.epochEnd(log);
      if (!this.isOver) this.#average?.hide();
    } catch (error) {
      await this.#saveStopped(state, error);
      this.#average?.hide();
      throw error;
    }
  }

  async finish(): Promise<History> {
    const { earlyStopping, epochs } = this.#options;
    this.#average?.show();
    await this.#callbacks.trainEnd(this.#logs.at(-1));
    const { prior, schedules } = this.#scheduled;
    return {
      epochs: this.#logs,
      engine: this.#training!.engine,
      backend: tf.getBackend(),
      likelihood: this.#model.description,
      schedules,
      ...(prior === undefined ? {} : { scheduledPrior: prior }),
      ...(this.#resumedAt === undefined ? {} : { resumedAt: this.#resumedAt }),
      ...(earlyStopping ? { stoppedEarly: this.#logs.length < epochs } : {}),
    };
  }

  /** Frees the run's tensors and releases its folder. */
  async release(): Promise<void> {
    await this.#training?.dispose();
    await this.#evaluator?.dispose();
    await this.#checkpointer?.close();
    this.#average?.dispose();
    if (this.#options.optimizer === undefined) this.#optimizer.dispose();
  }

  /** All settings that determine the numbers of the run. A checkpoint with other settings is rejected. */
  async #settings(): Promise<RunSettings> {
    const { batchSize, binarize, clipGradients, weightAverage, rng, validationData } = this.#options;
    const options = { batchSize, binarize };
    return {
      ...modelSettings(this.#model),
      optimizer: optimizerSettings(this.#optimizer),
      ...options,
      schedules: this.#scheduled.schedules,
      clipGradients,
      weightAverage,
      rng: rng.state().key,
      data: await dataSettings(this.#dataset, this.#streams.data(1), options),
      validationData:
        validationData && (await dataSettings(validationData, this.#streams.evaluation(1, "binarization"), options)),
    };
  }

  #newEpoch(): EpochState {
    const { steps = 0, sums = {}, seconds = 0 } = this.#partial ?? {};
    this.#partial = undefined;
    return {
      epoch: this.#logs.length + 1,
      stepsBefore: this.#logs.reduce((sum, log) => sum + log.steps, 0),
      progress: { steps, sums: { ...sums }, seconds },
      secondsBefore: seconds,
      started: performance.now(),
      evaluationStart: this.#streams.evaluationNoise.state(),
    };
  }

  #train(state: EpochState): ReturnType<typeof trainEpoch> {
    const { batchSize, binarize, signal } = this.#options;
    const { epoch, stepsBefore, progress } = state;
    const rng = this.#streams.data(epoch);
    const options = { batchSize, shuffle: true, rng, binarize, dropRemainder: true, reuseMemory: true };
    const everySteps = this.#checkpointer?.everySteps;
    return trainEpoch(this.#training!, this.#dataset.batches(options), {
      epoch,
      stepsBefore,
      batchSize,
      callbacks: this.#callbacks,
      signal,
      pause: this.#pause,
      scheduled: this.#scheduled,
      termNames: this.#termNames,
      progress,
      onRead: (read) => {
        if (!Number.isFinite(read.terms.loss)) throw this.#failure(`the loss is ${read.terms.loss}`, state, read);
        state.lastRead = read;
      },
      checkpoint: {
        isDue: (steps) => everySteps !== undefined && steps % everySteps === 0,
        save: () => this.#save(state),
      },
    });
  }

  async #evaluate({ epoch }: EpochState): Promise<Pick<EpochLog, "validation" | "vanishedGradients">> {
    const { validationData, signal } = this.#options;
    const rng = this.#streams.evaluation(epoch, "binarization");
    const validation = validationData && (await this.#evaluator!.evaluate(validationData, rng, { signal }));
    const x = await this.#firstBatch(epoch);
    const vanished = await vanishedGradients(this.#model, x, this.#streams.evaluation(epoch, "vanished gradients"));
    x.dispose();
    return { ...(validation ? { validation } : {}), ...(vanished ? { vanishedGradients: vanished } : {}) };
  }

  async #firstBatch(epoch: number): Promise<tf.Tensor> {
    const { validationData = this.#dataset, batchSize, binarize } = this.#options;
    const rng = this.#streams.evaluation(epoch, "first batch");
    const options = { batchSize, shuffle: false, rng, binarize, dropRemainder: false };
    for await (const batch of validationData.batches(options)) return takeImages(batch);
    throw new Error("fit: the dataset gave no images");
  }

  /** Saves a finished epoch if a checkpoint is due. */
  async #checkpoint(state: EpochState): Promise<void> {
    if (this.#checkpointer && (state.epoch % this.#checkpointer.every === 0 || this.isOver)) await this.#save(state);
  }

  /** Saves the progress when the signal stops the epoch. */
  async #saveStopped(state: EpochState, error: unknown): Promise<void> {
    const { signal } = this.#options;
    const isStopped = signal?.aborted && error === signal.reason;
    if (this.#checkpointer && isStopped && state.stepsBefore + state.progress.steps > 0) await this.#save(state);
  }

  /** Saves within the epoch, or after it, with its log among those of the run. */
  async #save(state: EpochState): Promise<void> {
    const { progress, stepsBefore, epoch, lastRead } = state;
    const isFinished = this.#logs.length >= epoch;
    const isWithin = !isFinished && progress.steps > 0;
    const last = this.#logs.at(-1);
    const broken = await this.#checkpointer!.save({
      totalSteps: stepsBefore + progress.steps,
      epochs: this.#logs,
      partial: isWithin ? progress : undefined,
      noise: this.#streams.noise.state(),
      evaluationNoise: isFinished ? this.#streams.evaluationNoise.state() : state.evaluationStart,
      score: isWithin || !last ? undefined : this.#options.monitor(last),
    });
    if (broken === undefined) return;
    const read = lastRead ?? { step: progress.steps, terms: last!.train, batchIndices: undefined };
    throw this.#failure(`'${broken}' is not finite after the update`, state, { ...read, step: progress.steps });
  }

  #failure(what: string, { epoch, stepsBefore }: EpochState, { step, terms, batchIndices }: ReadStep): NonFiniteError {
    const lastCheckpoint = this.#checkpointer?.last;
    return new NonFiniteError(what, {
      ...{ epoch, step, totalSteps: stepsBefore + step, terms },
      ...(batchIndices ? { batchIndices } : {}),
      ...(lastCheckpoint === undefined ? {} : { lastCheckpoint }),
    });
  }
}
