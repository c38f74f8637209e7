import type { Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { eventLoopTurn } from "../engine/event-loop-turn.js";
import { type CompileOptions, type Engine, prepareStep } from "../engine/step-engine.js";
import type { VariationalAutoencoder } from "../model/variational-autoencoder.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { type Binarization, fillUp, type ImageSource, takeImages } from "../training/image-source.js";

/** Options of {@link evaluateLogLikelihood}. */
export interface LogLikelihoodEvaluationOptions {
  /** Binarization and draws use forks of it; the stream itself does not advance. */
  readonly rng: Rng;
  /** Samples per image, 1,000 by default. */
  readonly samples?: number;
  /**
   * Samples that go through the decoder at once, 50 by default. It determines the memory use and must divide `samples`.
   */
  readonly samplesPerPass?: number;
  /** 64 by default. */
  readonly batchSize?: number;
  /** `'dynamic'` by default if the likelihood has binary pixels; otherwise images are not binarized. */
  readonly binarize?: Binarization;
  /** `'auto'` by default. */
  readonly engine?: Engine;
  /** Options of the compiled engine. */
  readonly jit?: CompileOptions;
  /** Stops the evaluation between two passes; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Result of {@link evaluateLogLikelihood}. */
export interface LogLikelihoodEvaluation {
  /** Mean over images of the importance-weighted bound on log p(x), in nats. */
  readonly logLikelihood: number;
  /** Standard error over images. */
  readonly standardError: number;
  /** Number of images. */
  readonly images: number;
  /** Samples per image. */
  readonly samples: number;
}

/**
 * The importance-weighted bound on log p(x) over all images of a dataset (Burda, Grosse and Salakhutdinov 2016). A pass
 * of `samplesPerPass` samples is compiled once and repeated. Between passes only one number per image is kept, so
 * memory does not depend on `samples`.
 * @throws RangeError unless counts are integers >= 1 and `samplesPerPass` divides `samples`; Error if there is no
 * image.
 */
export async function evaluateLogLikelihood<Posterior>(
  model: VariationalAutoencoder<Posterior>,
  dataset: ImageSource,
  options: LogLikelihoodEvaluationOptions,
): Promise<LogLikelihoodEvaluation> {
  const owner = "evaluateLogLikelihood";
  checkNamedOptions(owner, options, OPTIONS);
  const { rng, batchSize = 64, binarize = model.isBinary ? "dynamic" : false, engine = "auto", jit, signal } = options;
  checkRng(owner, rng, "fork");
  checkInteger(owner, "batchSize", batchSize, 1);
  const samples = checkInteger(owner, "samples", options.samples ?? 1000, 1);
  const perPass = checkInteger(owner, "samplesPerPass", options.samplesPerPass ?? Math.min(50, samples), 1);
  if (samples % perPass !== 0) {
    throw new RangeError(`${owner}: samplesPerPass must divide samples = ${samples}, got ${perPass}`);
  }
  const noise = rng.fork("noise");
  const pass = (x: tf.Tensor) => tf.tidy(() => tf.logSumExp(model.logWeights(x, noise, perPass), 0));
  const step = await prepareStep(pass, { owner, engine, jit, rng: noise });
  const bounds: number[] = [];
  try {
    const batches = { batchSize, shuffle: false, rng: rng.fork("binarization"), binarize, dropRemainder: false };
    for await (const batch of dataset.batches(batches)) {
      const taken = takeImages(batch);
      const count = taken.shape[0]!;
      const x = fillUp(taken, batchSize);
      try {
        const sums = new Array<number>(count).fill(Number.NEGATIVE_INFINITY);
        for (let done = 0; done < samples; done += perPass) {
          signal?.throwIfAborted();
          const result = await step.run(x);
          const values = await result.data();
          result.dispose();
          for (const [image, sum] of sums.entries()) sums[image] = logAddExp(sum, values[image]!);
          await eventLoopTurn();
        }
        bounds.push(...sums.map((sum) => sum - Math.log(samples)));
      } finally {
        x.dispose();
      }
    }
  } finally {
    await step.dispose();
  }
  const images = bounds.length;
  if (images === 0) throw new Error(`${owner}: the dataset gave no images`);
  const logLikelihood = bounds.reduce((sum, bound) => sum + bound, 0) / images;
  const squares = bounds.reduce((sum, bound) => sum + (bound - logLikelihood) ** 2, 0);
  const standardError = images > 1 ? Math.sqrt(squares / (images - 1) / images) : Number.NaN;
  return { logLikelihood, standardError, images, samples };
}

const OPTIONS = {
  rng: "checked",
  samples: "optional",
  samplesPerPass: "optional",
  batchSize: "optional",
  binarize: "optional",
  engine: "optional",
  jit: "optional",
  signal: "optional",
} as const;

function logAddExp(a: number, b: number): number {
  const largest = Math.max(a, b);
  return largest === Number.NEGATIVE_INFINITY ? largest : largest + Math.log1p(Math.exp(Math.min(a, b) - largest));
}
