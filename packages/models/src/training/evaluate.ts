import type { Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { eventLoopTurn } from "../engine/event-loop-turn.js";
import { type CompileOptions, type Engine, type PreparedStep, prepareStep } from "../engine/step-engine.js";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { type Binarization, checkImageSource, fillUp, type ImageSource, takeImages } from "./image-source.js";

/** Means over all images of a dataset, in nats per image. */
export interface Evaluation {
  /** Reconstruction minus KL: a bound on log p(x). */
  readonly elbo: number;
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** KL of posterior and prior, summed over variables; 0 for a StructuredPrediction. */
  readonly kl: number;
  /** Standard error of `elbo` over images: their standard deviation / sqrt(images). */
  readonly standardError: number;
  /** Number of images. */
  readonly images: number;
  /** Further terms of the model, by name; absent if there are none. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** Binarization and noise use forks of it; the stream itself does not advance. */
  readonly rng: Rng;
  /** 64 by default. */
  readonly batchSize?: number;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
  /** `'auto'` by default. */
  readonly engine?: Engine;
  /** Options of the compiled engine. */
  readonly jit?: CompileOptions;
  /** Stops the evaluation between two batches; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Called after each batch with the ELBO of each of its images, in the order of the dataset: differences between two
   * models on the same images have a smaller error than each of the two means.
   */
  readonly onBatch?: (elbos: Float32Array) => void;
}

/**
 * The ELBO on all images of a dataset, one sample per image; means are over images, not over batches. The last batch is
 * padded with blank images that do not count.
 * @throws Error if the dataset holds no image.
 */
export async function evaluate(
  model: TrainableModel,
  dataset: ImageSource,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkNamedOptions("evaluate", options, OPTIONS);
  checkImageSource("evaluate", "dataset", dataset);
  const { rng, batchSize = 64, binarize, engine = "auto", jit, signal, onBatch } = options;
  checkRng("evaluate", rng, "fork");
  const evaluator = await Evaluator.create(model, { noise: rng.fork("noise"), batchSize, binarize, engine, jit });
  try {
    return await evaluator.evaluate(dataset, rng.fork("binarization"), { signal, onBatch });
  } finally {
    await evaluator.dispose();
  }
}

/** The default of `binarize` for a model. */
export function defaultBinarization(model: TrainableModel): Binarization {
  return model.isBinary ? "dynamic" : false;
}

/** An evaluation that is prepared once and run after each epoch. */
export class Evaluator {
  readonly #step: PreparedStep;
  readonly #batchSize: number;
  readonly #binarize: Binarization;
  /** Names of the rows that a step returns, known after its first run. */
  readonly #termNames: readonly string[];

  private constructor(step: PreparedStep, batchSize: number, binarize: Binarization, termNames: readonly string[]) {
    this.#step = step;
    this.#termNames = termNames;
    this.#batchSize = batchSize;
    this.#binarize = binarize;
  }

  static async create(
    model: TrainableModel,
    options: {
      noise: Rng;
      batchSize: number;
      binarize: Binarization | undefined;
      engine: Engine;
      jit?: CompileOptions;
    },
  ): Promise<Evaluator> {
    checkInteger("evaluate", "batchSize", options.batchSize, 1);
    const { noise } = options;
    const termNames: string[] = [];
    const terms = (x: tf.Tensor) => {
      const { elbo, reconstruction, kl, ...others } = model.elbo(x, noise);
      termNames.splice(0, Number.POSITIVE_INFINITY, "elbo", "reconstruction", "kl", ...Object.keys(others));
      return tf.stack([elbo, reconstruction, kl, ...Object.values(others)]);
    };
    const step = await prepareStep(terms, { owner: "evaluate", engine: options.engine, jit: options.jit, rng: noise });
    return new Evaluator(step, options.batchSize, options.binarize ?? defaultBinarization(model), termNames);
  }

  async evaluate(
    dataset: ImageSource,
    rng: Rng,
    { signal, onBatch }: { signal?: AbortSignal | undefined; onBatch?: EvaluateOptions["onBatch"] | undefined } = {},
  ): Promise<Evaluation> {
    const batchSize = this.#batchSize;
    const sums: number[] = [];
    let squares = 0;
    let images = 0;
    // Squares of deviations from the first image: squares of the ELBOs themselves, in the hundreds, would cancel in
    // float32.
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
        for (const term of this.#termNames.keys()) sums[term] = (sums[term] ?? 0) + values[term * batchSize + image]!;
        squares += (values[image]! - origin) ** 2;
      }
      images += count;
      onBatch?.(values.slice(0, count));
      await eventLoopTurn();
    }
    if (images === 0) throw new Error("evaluate: the dataset gave no images");
    const { elbo, reconstruction, kl, ...terms } = Object.fromEntries(
      this.#termNames.map((name, term) => [name, sums[term]! / images]),
    ) as Record<"elbo" | "reconstruction" | "kl", number> & Record<string, number>;
    const variance = images > 1 ? (squares - images * (elbo - origin!) ** 2) / (images - 1) : Number.NaN;
    const standardError = Math.sqrt(Math.max(0, variance) / images);
    const required = { elbo, reconstruction, kl, standardError, images };
    return Object.keys(terms).length === 0 ? required : { ...required, terms };
  }

  dispose(): Promise<void> {
    return this.#step.dispose();
  }
}

const OPTIONS = {
  rng: "checked",
  batchSize: "optional",
  binarize: "optional",
  engine: "optional",
  jit: "optional",
  signal: "optional",
  onBatch: "optional",
} as const;
