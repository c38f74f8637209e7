import type * as tf from "@tensorflow/tfjs-core";
import { dispose } from "@tensorflow/tfjs-core";
import type { PreparedStep } from "../engine/step-engine.js";
import type { CallbackList } from "./callbacks.js";
import { type ImageSource, imageIndices, takeImages } from "./image-source.js";
import { asTerms, type EpochLog, type TrainingTerms } from "./logs.js";
import type { ScheduledInputs } from "./scheduled-inputs.js";

/** Steps of an epoch whose numbers were read. */
export interface EpochProgress {
  steps: number;
  /** Sums over the steps of what a step returns, by name. */
  readonly sums: Record<string, number>;
  /** Seconds of training, data included. */
  seconds: number;
}

/** One step whose numbers are known. */
export interface ReadStep {
  /** From 1, within the epoch. */
  readonly step: number;
  readonly terms: TrainingTerms;
  readonly batchIndices: readonly number[] | undefined;
}

export interface EpochContext {
  readonly epoch: number;
  /** Steps of the epochs before. */
  readonly stepsBefore: number;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly signal: AbortSignal | undefined;
  /** Called after each step, and lets timers and signals run now and then: of the whole run, since an epoch may be shorter. */
  readonly pause: () => Promise<void>;
  readonly scheduled: ScheduledInputs;
  /** Names of the numbers that a step returns. */
  readonly termNames: readonly string[];
  /** Steps that a run before this one did: their batches are drawn and passed over. Kept up to date. */
  readonly progress: EpochProgress;
  /** After the numbers of each step, before callbacks hear of them. */
  readonly onRead: (read: ReadStep) => void;
  /** After a step that all numbers were read of, where `isDue` says so. */
  readonly checkpoint: { readonly isDue: (totalSteps: number) => boolean; readonly save: () => Promise<void> };
}

/**
 * One pass over the training images. Where nobody is told of each step, a step's numbers are read while the next one is
 * under way, which a GPU would otherwise wait for; a loss that is not finite then ends the run one step later.
 * @throws the signal's reason between two steps, once the numbers of all steps are read.
 */
export async function trainEpoch(
  training: PreparedStep,
  batches: ReturnType<ImageSource["batches"]>,
  context: EpochContext,
): Promise<Pick<EpochLog, "steps" | "train" | "imagesPerSecond">> {
  const { epoch, stepsBefore, batchSize, callbacks, signal, pause, scheduled, termNames, progress, checkpoint } =
    context;
  const done = progress.steps;
  const secondsBefore = progress.seconds;
  let started = performance.now();
  let step = 0;
  const unread: { values: Promise<Float32Array>; batchIndices: readonly number[] | undefined }[] = [];
  const imagesPerSecond = () => (progress.steps * batchSize) / progress.seconds;
  const readNext = async () => {
    const { values: promised, batchIndices } = unread.shift()!;
    const values = await promised;
    const scheduledValues = scheduled.loggedAt(stepsBefore + progress.steps);
    const terms = asTerms(termNames, values);
    context.onRead({ step: progress.steps + 1, terms, batchIndices });
    for (const [i, name] of termNames.entries()) progress.sums[name] = (progress.sums[name] ?? 0) + values[i]!;
    progress.steps += 1;
    progress.seconds = secondsBefore + (performance.now() - started) / 1000;
    const read = progress.steps;
    const counts = { epoch, step: read, totalSteps: stepsBefore + read, images: read * batchSize };
    const log = { ...counts, ...terms, imagesPerSecond: imagesPerSecond(), ...scheduledValues };
    await callbacks.batchEnd(log, batchSize);
  };
  const readAll = async () => {
    while (unread.length > 0) await readNext();
  };
  const behind = callbacks.wantsSteps ? 0 : 1;
  try {
    for await (const batch of batches) {
      const batchIndices = imageIndices(batch);
      const x = takeImages(batch);
      const inputs: tf.Tensor[] = [x];
      try {
        if (signal?.aborted) {
          await readAll();
          signal.throwIfAborted();
        }
        if (step < done) {
          step += 1;
          started = performance.now();
          continue;
        }
        inputs.push(...scheduled.tensorsAt(stepsBefore + step));
        await callbacks.batchBegin(step + 1, batchSize);
        unread.push({ values: readAndDispose(await training.run(...inputs)), batchIndices });
      } finally {
        dispose(inputs);
      }
      step += 1;
      while (unread.length > behind) await readNext();
      if (checkpoint.isDue(stepsBefore + step)) {
        await readAll();
        await checkpoint.save();
      }
      await pause();
    }
    await readAll();
  } finally {
    // Where the pass ended early, what was not read yet is freed before the tensors are counted.
    await Promise.allSettled(unread.map(({ values }) => values));
  }
  if (step === 0) throw new Error(`fit: the dataset gave no batch of ${batchSize} images`);
  if (step < done) {
    throw new Error(
      `fit: the dataset gave ${step} batches of ${batchSize} images, at least ${done} before the checkpoint`,
    );
  }
  const means = Object.values(progress.sums).map((sum) => sum / step);
  return { steps: step, train: asTerms(Object.keys(progress.sums), means), imagesPerSecond: imagesPerSecond() };
}

async function readAndDispose(terms: tf.Tensor): Promise<Float32Array> {
  try {
    return (await terms.data()) as Float32Array;
  } finally {
    terms.dispose();
  }
}
