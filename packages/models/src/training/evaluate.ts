import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkInteger } from "../check.js";
import type { DiscreteVAE } from "../discrete-vae.js";
import { eventLoopTurn } from "../engine/event-loop-turn.js";
import { type CompileOptions, type Engine, type PreparedStep, prepareStep } from "../engine/step-engine.js";
import { type Binarization, type ImageSource, takeImages } from "./image-source.js";

/** Means over all images of a dataset, in nats per image. */
export interface Evaluation {
  readonly elbo: number;
  readonly reconstruction: number;
  readonly kl: number;
  /** Standard error of `elbo` over images: their standard deviation / sqrt(images). */
  readonly standardError: number;
  readonly images: number;
}

export interface EvaluateOptions {
  /** Binarization and noise come from forks of it; the stream itself does not move. */
  readonly rng: Rng;
  /** 64 by default. */
  readonly batchSize?: number;
  /** By default 'dynamic' for a likelihood on binary pixels, else none. */
  readonly binarize?: Binarization;
  /** `'auto'` by default. */
  readonly engine?: Engine;
  /** How the compiled engine runs. */
  readonly jit?: CompileOptions;
  /** Stops between two batches; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The ELBO on all images of a dataset, one sample per image; sums are divided by the number of images, not of batches:
 * the last batch is filled up with blank images that do not count.
 * @throws Error if the dataset holds no image.
 */
export async function evaluate(
  model: DiscreteVAE,
  dataset: ImageSource,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { rng, batchSize = 64, binarize, engine = "auto", jit, signal } = options;
  const evaluator = await Evaluator.create(model, { rng, batchSize, binarize, engine, jit });
  try {
    return await evaluator.evaluate(dataset, rng.fork("binarization"), signal);
  } finally {
    await evaluator.dispose();
  }
}

/** The default of `binarize` for a model. */
export function defaultBinarization(model: DiscreteVAE): Binarization {
  return model.likelihood.isBinary ? "dynamic" : false;
}

/** An evaluation that is prepared once and run after each epoch. */
export class Evaluator {
  readonly #step: PreparedStep;
  readonly #batchSize: number;
  readonly #binarize: Binarization;

  private constructor(step: PreparedStep, batchSize: number, binarize: Binarization) {
    this.#step = step;
    this.#batchSize = batchSize;
    this.#binarize = binarize;
  }

  static async create(
    model: DiscreteVAE,
    options: { rng: Rng; batchSize: number; binarize: Binarization | undefined; engine: Engine; jit?: CompileOptions },
  ): Promise<Evaluator> {
    checkInteger("evaluate", "batchSize", options.batchSize, 1);
    const noise = options.rng.fork("noise");
    const terms = (x: tf.Tensor) => {
      const { elbo, reconstruction, kl } = model.elbo(x, noise);
      return tf.stack([elbo, reconstruction, kl]);
    };
    const step = await prepareStep(terms, { engine: options.engine, jit: options.jit, rng: noise });
    return new Evaluator(step, options.batchSize, options.binarize ?? defaultBinarization(model));
  }

  async evaluate(dataset: ImageSource, rng: Rng, signal?: AbortSignal): Promise<Evaluation> {
    const batchSize = this.#batchSize;
    const sums = [0, 0, 0];
    let squares = 0;
    let images = 0;
    // Deviations from the first image: squares of ELBOs in the hundreds would lose digits of their variance.
    let origin: number | undefined;
    const batches = dataset.batches({
      batchSize,
      shuffle: false,
      rng,
      binarize: this.#binarize,
      dropRemainder: false,
      reuseMemory: true,
    });
    for await (const batch of batches) {
      const taken = takeImages(batch);
      const count = taken.shape[0]!;
      const x = fillUp(taken, batchSize);
      let values: Float32Array;
      try {
        signal?.throwIfAborted();
        const terms = await this.#step.run(x);
        values = (await terms.data()) as Float32Array;
        terms.dispose();
      } finally {
        x.dispose();
      }
      origin ??= values[0]!;
      for (let image = 0; image < count; image++) {
        for (let term = 0; term < 3; term++) sums[term]! += values[term * batchSize + image]!;
        squares += (values[image]! - origin) ** 2;
      }
      images += count;
      await eventLoopTurn();
    }
    if (images === 0) throw new Error("evaluate: the dataset gave no images");
    const [elbo, reconstruction, kl] = sums.map((sum) => sum / images) as [number, number, number];
    const variance = images > 1 ? (squares - images * (elbo - origin!) ** 2) / (images - 1) : Number.NaN;
    return { elbo, reconstruction, kl, standardError: Math.sqrt(Math.max(0, variance) / images), images };
  }

  dispose(): Promise<void> {
    return this.#step.dispose();
  }
}

/** `[n, ...] -> [batchSize, ...]` with zeros; the given tensor is disposed where a new one takes its place. */
function fillUp(batch: tf.Tensor, batchSize: number): tf.Tensor {
  const missing = batchSize - batch.shape[0]!;
  if (missing === 0) return batch;
  const padding = batch.shape.map((_, axis): [number, number] => [0, axis === 0 ? missing : 0]);
  const filled = tf.pad(batch, padding);
  batch.dispose();
  return filled;
}
