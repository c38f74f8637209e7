import type * as tf from "@tensorflow/tfjs-core";
import { dispose } from "@tensorflow/tfjs-core";
import type { PreparedStep } from "../engine/step-engine.js";
import type { CallbackList } from "./callbacks.js";
import { type ImageBatch, type ImageSource, imageIndices, takeImages } from "./image-source.js";
import { asTerms, type EpochLog, type TrainingTerms } from "./logs.js";
import type { ScheduledInputs } from "./scheduled-inputs.js";

/** The completed steps of an epoch. */
export interface EpochProgress {
  steps: number;
  /** Sums over the steps of the numbers that a step returns, by name. */
  readonly sums: Record<string, number>;
  /** Seconds of training, data included. */
  seconds: number;
}

/** A completed step with its numbers. */
export interface ReadStep {
  /** From 1, within the epoch. */
  readonly step: number;
  readonly terms: TrainingTerms;
  readonly batchIndices: readonly number[] | undefined;
}

export interface EpochContext {
  readonly epoch: number;
  /** Number of steps in previous epochs. */
  readonly stepsBefore: number;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly signal: AbortSignal | undefined;
  /**
   * Called after each step, to let timers and signals run now and then. It spans the whole run, because an epoch may be
   * too short.
   */
  readonly pause: () => Promise<void>;
  readonly scheduled: ScheduledInputs;
  /** Names of the numbers that a step returns. */
  readonly termNames: readonly string[];
  /** Steps that a previous run has done; their batches are drawn and skipped. Updated during the epoch. */
  readonly progress: EpochProgress;
  /** Called with the numbers of each step, before the callbacks. */
  readonly onRead: (read: ReadStep) => void;
  /** Called after a step whose numbers were read, if `isDue` returns true. */
  readonly checkpoint: { readonly isDue: (totalSteps: number) => boolean; readonly save: () => Promise<void> };
}

/**
 * One pass over the training images. Without callbacks for each step, a step's numbers are read while the next step
 * runs, so that a GPU does not wait. A loss that is not finite then ends the run one step later.
 * @throws the signal's reason between two steps, once the numbers of all steps are read.
 */
export async function trainEpoch(
  training: PreparedStep,
  batches: ReturnType<ImageSource["batches"]>,
  context: EpochContext,
): Promise<Pick<EpochLog, "steps" | "train" | "imagesPerSecond">> {
  const pass = new TrainingPass(training, context);
  try {
    for await (const batch of batches) await pass.take(batch);
    await pass.readAll();
  } finally {
    await pass.settle();
  }
  return pass.summary();
}

/** The pending numbers of a step. */
interface UnreadStep {
  readonly values: Promise<Float32Array>;
  readonly batchIndices: readonly number[] | undefined;
}

class TrainingPass {
  readonly #training: PreparedStep;
  readonly #context: EpochContext;
  /** Steps that a previous run did before this pass. */
  readonly #done: number;
  readonly #secondsBefore: number;
  readonly #unread: UnreadStep[] = [];
  #started = performance.now();
  /** Number of batches drawn. */
  #taken = 0;

  constructor(training: PreparedStep, context: EpochContext) {
    this.#training = training;
    this.#context = context;
    this.#done = context.progress.steps;
    this.#secondsBefore = context.progress.seconds;
  }

  /** Trains on a batch, unless the previous run has done so. */
  async take(batch: tf.Tensor | ImageBatch): Promise<void> {
    const { signal, stepsBefore, callbacks, checkpoint, pause } = this.#context;
    const batchIndices = imageIndices(batch);
    const x = takeImages(batch);
    try {
      if (signal?.aborted) {
        await this.readAll();
        signal.throwIfAborted();
      }
      if (this.#taken < this.#done) {
        this.#taken += 1;
        this.#started = performance.now();
        return;
      }
      await this.#launch(x, batchIndices);
    } finally {
      x.dispose();
    }
    this.#taken += 1;
    const behind = callbacks.wantsSteps ? 0 : 1;
    while (this.#unread.length > behind) await this.#readNext();
    if (checkpoint.isDue(stepsBefore + this.#taken)) {
      await this.readAll();
      await checkpoint.save();
    }
    await pause();
  }

  async readAll(): Promise<void> {
    while (this.#unread.length > 0) await this.#readNext();
  }

  /** If the pass ended early, waits for pending numbers, so that their tensors are freed. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#unread.map(({ values }) => values));
  }

  /** @throws Error if there was no batch, or fewer than in the previous run. */
  summary(): Pick<EpochLog, "steps" | "train" | "imagesPerSecond"> {
    const { batchSize, progress } = this.#context;
    if (this.#taken === 0) throw new Error(`fit: the dataset gave no batch of ${batchSize} images`);
    if (this.#taken < this.#done) {
      throw new Error(
        `fit: the dataset gave ${this.#taken} batches of ${batchSize} images, at least ${this.#done} before the checkpoint`,
      );
    }
    const means = Object.values(progress.sums).map((sum) => sum / this.#taken);
    const train = asTerms(Object.keys(progress.sums), means);
    return { steps: this.#taken, train, imagesPerSecond: this.#imagesPerSecond };
  }

  async #launch(x: tf.Tensor, batchIndices: readonly number[] | undefined): Promise<void> {
    const { scheduled, stepsBefore, callbacks, batchSize } = this.#context;
    const schedules = scheduled.tensorsAt(stepsBefore + this.#taken);
    try {
      await callbacks.batchBegin(this.#taken + 1, batchSize);
      this.#unread.push({ values: readAndDispose(await this.#training.run(x, ...schedules)), batchIndices });
    } finally {
      dispose(schedules);
    }
  }

  async #readNext(): Promise<void> {
    const { scheduled, stepsBefore, termNames, progress, epoch, batchSize, callbacks, onRead } = this.#context;
    const { values: promised, batchIndices } = this.#unread.shift()!;
    const values = await promised;
    const scheduledValues = scheduled.loggedAt(stepsBefore + progress.steps);
    const terms = asTerms(termNames, values);
    onRead({ step: progress.steps + 1, terms, batchIndices });
    for (const [i, name] of termNames.entries()) progress.sums[name] = (progress.sums[name] ?? 0) + values[i]!;
    progress.steps += 1;
    progress.seconds = this.#secondsBefore + (performance.now() - this.#started) / 1000;
    const step = progress.steps;
    const counts = { epoch, step, totalSteps: stepsBefore + step, images: step * batchSize };
    const log = { ...counts, ...terms, imagesPerSecond: this.#imagesPerSecond, ...scheduledValues };
    await callbacks.batchEnd(log, batchSize);
  }

  get #imagesPerSecond(): number {
    const { progress, batchSize } = this.#context;
    return (progress.steps * batchSize) / progress.seconds;
  }
}

async function readAndDispose(terms: tf.Tensor): Promise<Float32Array> {
  try {
    return (await terms.data()) as Float32Array;
  } finally {
    terms.dispose();
  }
}
