import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkInteger } from "../check.js";
import { save } from "../checkpoint/save.js";
import { eventLoopTurn } from "../engine/event-loop-turn.js";
import { type CompileOptions, type Engine, type PreparedStep, prepareStep } from "../engine/step-engine.js";
import type { TrainableModel } from "../model/model.js";
import type { Schedule } from "../schedule/schedule.js";
import { defaultBinarization, type Evaluation, Evaluator } from "./evaluate.js";
import { type Binarization, type ImageSource, takeImages } from "./image-source.js";
import { ScheduledInputs } from "./scheduled-inputs.js";
import { type VanishedGradients, vanishedGradients } from "./vanished-gradients.js";

/** Means over the images of a step or an epoch, in nats per image. */
export interface TrainingTerms {
  /** What was minimized. */
  readonly loss: number;
  readonly elbo: number;
  readonly reconstruction: number;
  readonly kl: number;
  /** Further terms of the model, by name: those of a JointVAE tell its two KLs apart. Absent where there are none. */
  readonly terms?: Readonly<Record<string, number>>;
}

export interface StepLog extends TrainingTerms {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** Since the start of `fit`, from 1. */
  readonly totalSteps: number;
  /** Images of this epoch so far. */
  readonly images: number;
  /** Over this epoch so far, data included. */
  readonly imagesPerSecond: number;
  /** The values of the schedules at this step, by name; absent without schedules. */
  readonly scheduled?: Readonly<Record<string, number>>;
}

export interface EpochLog {
  /** From 1. */
  readonly epoch: number;
  /** Steps of this epoch. */
  readonly steps: number;
  /** Means over the epoch's steps, while the parameters moved. */
  readonly train: TrainingTerms;
  /** On all of `validationData`; absent without it. */
  readonly validation?: Evaluation;
  /**
   * On the first batch of `validationData` (of the training data without it); absent for a model without relaxed
   * categorical variables.
   */
  readonly vanishedGradients?: VanishedGradients;
  /** The values of the schedules at the epoch's last step, by name; absent without schedules. */
  readonly scheduled?: Readonly<Record<string, number>>;
  /** Training alone, data included, evaluation not. */
  readonly imagesPerSecond: number;
  /** Training and evaluation. */
  readonly seconds: number;
}

export interface FitCallbacks {
  /** After each step and before the next one; a promise is awaited. Without it a GPU need not wait for the numbers. */
  readonly onStep?: (log: StepLog) => void | Promise<void>;
  /** After each epoch's evaluation and checkpoint. */
  readonly onEpoch?: (log: EpochLog) => void | Promise<void>;
}

export interface CheckpointOptions {
  /** The folder that `save` writes into and `load` reads. */
  readonly dir: string;
  /** Epochs between two checkpoints, 1 by default; the last epoch is always kept. */
  readonly every?: number;
}

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
   */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  readonly callbacks?: FitCallbacks;
  /** Where to save the model after epochs, and when `signal` stops training; nowhere by default. */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Stops between two steps: `fit` then rejects with the signal's reason. The model keeps what it has learned and, after at
   * least one step, is saved where `checkpoint` says.
   */
  readonly signal?: AbortSignal;
}

export interface History {
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
}

/**
 * Trains a model by stochastic gradient ascent on its ELBO.
 *
 * Two runs with equal seeds, engine, backend and number of threads give the same numbers, bit for bit (times apart).
 *
 * @throws RangeError for an option out of range; Error where the loss is no longer finite, or the dataset gives no batch.
 *
 * @example
 * ```ts
 * const history = await fit(model, train, { epochs: 3, rng: createRng(1), validationData: test });
 * history.epochs[2].validation.elbo; // about -149 for IGR on MNIST
 * ```
 */
export async function fit(model: TrainableModel, dataset: ImageSource, options: FitOptions): Promise<History> {
  const { rng, validationData, engine = "auto", callbacks = {}, checkpoint, signal } = options;
  const epochs = checkInteger("fit", "epochs", options.epochs, 1);
  const batchSize = checkInteger("fit", "batchSize", options.batchSize ?? 64, 1);
  const checkpointEvery = checkInteger("fit", "checkpoint.every", checkpoint?.every ?? 1, 1);
  const binarize = options.binarize ?? defaultBinarization(model);
  if (tf.getGradient("Sum") == null) {
    throw new Error(
      'fit: tfjs-core registers no gradients by itself; import "@tensorflow/tfjs" or "@tensorflow/tfjs-layers"',
    );
  }

  const scheduled = new ScheduledInputs(model, options.schedules);

  const optimizer = options.optimizer ?? tf.train.adam(1e-3);
  const evalRng = rng.fork("eval");
  const noise = rng.fork("noise");
  let training: PreparedStep | undefined;
  let evaluator: Evaluator | undefined;
  let hasLearned = false;
  try {
    const { step, termNames } = trainingStep(model, optimizer, noise, scheduled);
    training = await prepareStep(step, { engine, jit: options.jit, rng: noise });
    evaluator = await Evaluator.create(model, { rng: evalRng, batchSize, binarize, engine, jit: options.jit });
    const logs: EpochLog[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const started = performance.now();
      const data = rng.fork("data").fork(`epoch ${epoch}`);
      const batches = dataset.batches({
        batchSize,
        shuffle: true,
        rng: data,
        binarize,
        dropRemainder: true,
        reuseMemory: true,
      });
      const stepsBefore = logs.reduce((sum, log) => sum + log.steps, 0);
      const trained = await trainEpoch(training, batches, {
        epoch,
        stepsBefore,
        batchSize,
        onUpdate: () => {
          hasLearned = true;
        },
        onStep: callbacks.onStep,
        signal,
        scheduled,
        termNames,
      });

      const evalEpoch = evalRng.fork(`epoch ${epoch}`);
      const validation =
        validationData && (await evaluator.evaluate(validationData, evalEpoch.fork("binarization"), signal));
      const x = await firstBatch(validationData ?? dataset, batchSize, evalEpoch, binarize);
      const vanished = await vanishedGradients(model, x, evalEpoch.fork("vanished gradients"));
      x.dispose();
      if (checkpoint && (epoch % checkpointEvery === 0 || epoch === epochs)) await save(model, checkpoint.dir);

      const log: EpochLog = {
        epoch,
        ...trained,
        ...(validation ? { validation } : {}),
        ...(vanished ? { vanishedGradients: vanished } : {}),
        ...scheduled.loggedAt(stepsBefore + trained.steps - 1),
        seconds: (performance.now() - started) / 1000,
      };
      logs.push(log);
      await callbacks.onEpoch?.(log);
    }
    const { engine: ran } = training;
    return {
      epochs: logs,
      engine: ran,
      backend: tf.getBackend(),
      likelihood: model.description,
      schedules: scheduled.schedules,
      ...(scheduled.prior === undefined ? {} : { scheduledPrior: scheduled.prior }),
    };
  } catch (error) {
    if (checkpoint && hasLearned && signal?.aborted && error === signal.reason) await save(model, checkpoint.dir);
    throw error;
  } finally {
    await training?.dispose();
    await evaluator?.dispose();
    if (options.optimizer === undefined) optimizer.dispose();
  }
}

interface EpochContext {
  readonly epoch: number;
  /** Steps of the epochs before. */
  readonly stepsBefore: number;
  readonly batchSize: number;
  /** After each update of the parameters. */
  readonly onUpdate: () => void;
  readonly onStep: FitCallbacks["onStep"];
  readonly signal: AbortSignal | undefined;
  readonly scheduled: ScheduledInputs;
  /** Names of the numbers that a step returns. */
  readonly termNames: readonly string[];
}

/**
 * One pass over the training images. Where nobody is told of each step, a step's numbers are read while the next one is
 * under way, which a GPU would otherwise wait for; a loss that is not finite then ends the run one step later.
 */
async function trainEpoch(
  training: PreparedStep,
  batches: ReturnType<ImageSource["batches"]>,
  { epoch, stepsBefore, batchSize, onUpdate, onStep, signal, scheduled, termNames }: EpochContext,
): Promise<Pick<EpochLog, "steps" | "train" | "imagesPerSecond">> {
  const started = performance.now();
  let sincePause = started;
  const sums: number[] = [];
  let step = 0;
  let read = 0;
  const imagesPerSecond = () => (1000 * step * batchSize) / (performance.now() - started);
  const unread: Promise<Float32Array>[] = [];
  const readNext = async () => {
    const values = await unread.shift()!;
    const scheduledValues = scheduled.loggedAt(stepsBefore + read);
    read += 1;
    for (const [i, value] of values.entries()) sums[i] = (sums[i] ?? 0) + value;
    const terms = asTerms(termNames, values);
    checkFinite(terms, read, epoch);
    const counts = { epoch, step: read, totalSteps: stepsBefore + read, images: read * batchSize };
    await onStep?.({ ...counts, ...terms, imagesPerSecond: imagesPerSecond(), ...scheduledValues });
  };
  const behind = onStep ? 0 : 1;
  try {
    for await (const batch of batches) {
      const inputs = [takeImages(batch), ...scheduled.tensorsAt(stepsBefore + step)];
      try {
        signal?.throwIfAborted();
        unread.push(readAndDispose(await training.run(...inputs)));
      } finally {
        tf.dispose(inputs);
      }
      step += 1;
      onUpdate();
      while (unread.length > behind) await readNext();
      if (performance.now() - sincePause > 20) {
        await eventLoopTurn();
        sincePause = performance.now();
      }
    }
    while (unread.length > 0) await readNext();
  } finally {
    // Where the pass ended early, what was not read yet is freed before the tensors are counted.
    await Promise.allSettled(unread);
  }
  if (step === 0) throw new Error(`fit: the dataset gave no batch of ${batchSize} images`);
  const means = sums.map((sum) => sum / step);
  return { steps: step, train: asTerms(termNames, means), imagesPerSecond: imagesPerSecond() };
}

async function readAndDispose(terms: tf.Tensor): Promise<Float32Array> {
  try {
    return (await terms.data()) as Float32Array;
  } finally {
    terms.dispose();
  }
}

/** @throws Error if the loss is not a finite number. */
function checkFinite({ loss, reconstruction, kl }: TrainingTerms, step: number, epoch: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `fit: the loss is ${loss} at step ${step} of epoch ${epoch} (reconstruction ${reconstruction}, ` +
      `kl ${kl}); a smaller learning rate or a higher temperature may help`,
  );
}

/**
 * One update: `(x, schedules) -> [loss, ...terms]`, each a mean over the images; `termNames` has their names once the step
 * has run or was traced. Nothing in it reads a value.
 */
function trainingStep(model: TrainableModel, optimizer: tf.Optimizer, noise: Rng, scheduled: ScheduledInputs) {
  const variables = model.trainableVariables;
  const termNames: string[] = [];
  const step = (x: tf.Tensor, ...schedules: tf.Tensor[]): tf.Tensor => {
    let means: tf.Tensor | undefined;
    optimizer.minimize(
      () => {
        const values = scheduled.named(schedules);
        const terms = model.elbo(x, noise, { training: true, scheduled: values });
        const loss = model.lossOf(terms, values);
        const entries = Object.entries(terms);
        termNames.splice(0, Number.POSITIVE_INFINITY, "loss", ...entries.map(([name]) => name));
        // minimize returns the cost alone and frees all else.
        means = tf.keep(tf.stack([loss, ...entries.map(([, term]) => tf.mean(term))]));
        return loss;
      },
      false,
      variables,
    );
    // A copy that belongs to the scope of the caller, as every other result.
    const result = tf.clone(means!);
    means!.dispose();
    return result;
  };
  return { step, termNames };
}

function asTerms(names: readonly string[], values: ArrayLike<number>): TrainingTerms {
  const { loss, elbo, reconstruction, kl, ...terms } = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  const required = { loss: loss!, elbo: elbo!, reconstruction: reconstruction!, kl: kl! };
  return Object.keys(terms).length === 0 ? required : { ...required, terms };
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
