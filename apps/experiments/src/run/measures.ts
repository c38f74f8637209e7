import type { Rng } from "@igr/core";
import type { ImageDataset } from "@igr/datasets";
import {
  type CompileOptions,
  categoryUse,
  DiscreteVAE,
  disentanglement,
  type Engine,
  type Evaluation,
  evaluate,
  evaluateLogLikelihood,
  JointVAE,
  StructuredPrediction,
  vertexDistances,
} from "@igr/models";
import type { RunConfiguration } from "../configuration/schema.js";
import { BlockMeans } from "./block-means.js";
import type { BuiltModel } from "./build-model.js";
import type { RunData } from "./load-data.js";
import type { Measure, MeasureName } from "./measure-names.js";

/** The measures of a run after some epochs. */
export interface RunMeasures {
  /** The requested epochs, which were trained unless the run stopped early. */
  readonly epochs: number;
  /** The epoch of the measured parameters. */
  readonly measuredEpoch: number;
  readonly stoppedEarly?: boolean;
  readonly values: Readonly<Partial<Record<MeasureName, Measure>>>;
  /** Distances of draws from the nearest vertex, counted in bins of `width` from 0 on; absent without categorical variables. */
  readonly distances?: DistanceCounts;
}

export interface DistanceCounts {
  readonly width: number;
  readonly untrained: readonly number[];
  readonly trained: readonly number[];
}

export interface MeasureOptions {
  readonly configuration: RunConfiguration;
  readonly data: RunData;
  readonly rng: Rng;
  readonly engine: Engine;
  readonly jit: CompileOptions;
  readonly signal?: AbortSignal | undefined;
  /** Test images of the importance-weighted bound, and samples of each; the configuration's if absent. */
  readonly iwaeImages?: number | undefined;
  readonly iwaeSamples?: number | undefined;
  /** The untrained model. */
  readonly untrained: () => BuiltModel;
}

/** Of the importance-weighted bound: a million passes through the decoder. */
const IWAE_IMAGES = 1000;
const IWAE_SAMPLES = 1000;
/** Number of test images for distances of draws, with a draw for each variable, and for the use of categories. */
const DISTANCE_IMAGES = 1000;
/** Number of training images for the bound. */
const TRAINING_IMAGES = 10_000;
const BINS = 100;

/**
 * Measures a trained model once on the test images: its bound on all of them, and measures that can be compared between
 * relaxations: the hard ELBO on all of them, the importance-weighted bound, and the share of draws near a vertex.
 */
export async function measuresOf(
  model: BuiltModel,
  options: MeasureOptions,
): Promise<Pick<RunMeasures, "values" | "distances">> {
  const { configuration, data, rng, engine, jit, signal } = options;
  const { binarize } = configuration.data;
  const shared = { binarize, engine, jit, ...(signal ? { signal } : {}) };
  const onTest = async (tested: BuiltModel, label: string, batchSize = 64) => {
    const blocks = new BlockMeans(data.test.length);
    const found = await evaluate(tested, data.test, {
      ...shared,
      rng: rng.fork(label),
      batchSize,
      onBatch: blocks.add,
    });
    return { ...found, blocks: blocks.means() };
  };
  const test = await onTest(model, "test");
  const some = data.training.slice(0, TRAINING_IMAGES);
  const training = await evaluate(model, some, { ...shared, rng: rng.fork("training") });
  const values: Partial<Record<MeasureName, Measure>> = {
    elbo: { ...nats(test.elbo, test), blocks: test.blocks },
    "train-elbo": nats(training.elbo, training),
  };
  if (model instanceof StructuredPrediction) {
    const { testSamples } = configuration.model as { readonly testSamples: number };
    const isRelaxed = configuration.latent.kind !== "binary";
    for (const hard of isRelaxed ? [false, true] : [true]) {
      const measured = model.measuredBy({ samples: testSamples, hard });
      const found = await onTest(measured, "bound");
      const blocks = found.blocks.map((value) => -value);
      values[hard ? "nll-hard" : "nll"] = { ...nats(-found.elbo, found), samples: testSamples, blocks };
    }
    return { values };
  }
  values.reconstruction = { value: test.reconstruction, unit: "nats" };
  values.kl = { value: test.kl, unit: "nats" };
  const kept = test.terms?.keptCategories;
  if (kept !== undefined) values["kept-categories"] = { value: kept, unit: "count" };
  const iwae = await importanceWeightedBound(model, options);
  if (iwae !== undefined) values.iwae = iwae;
  // One-hot draws are vertices.
  const isRelaxed = options.configuration.latent.kind.endsWith("categorical") === false;
  const distances = isRelaxed ? await distancesOf(model, data.test.slice(0, DISTANCE_IMAGES), options) : undefined;
  if (distances) {
    values["vertex-share"] = { value: distances.share.trained, unit: "share" };
    values["vertex-share-untrained"] = { value: distances.share.untrained, unit: "share" };
  }
  if (model instanceof DiscreteVAE && model.latent.discreteLogProbs !== undefined) {
    const hard = await onTest(model.measuredHard(), "hard", 50);
    values["hard-elbo"] = { ...nats(hard.elbo, hard), blocks: hard.blocks };
    values["hard-kl"] = { value: hard.kl, unit: "nats" };
    Object.assign(values, await categoryMeasures(model, options));
  }
  if (model instanceof JointVAE) Object.assign(values, await jointMeasures(model, test, options));
  return { values, ...(distances ? { distances: distances.counts } : {}) };
}

/** How many of its categories a model uses. */
async function categoryMeasures(
  model: DiscreteVAE,
  { configuration, data, rng }: MeasureOptions,
): Promise<Partial<Record<MeasureName, Measure>>> {
  const images = data.test.slice(0, DISTANCE_IMAGES);
  const { binarize } = configuration.data;
  const { perplexity, dead } = await categoryUse(model, images, { rng: rng.fork("category use"), binarize });
  const count = (values: readonly number[]): Measure => ({
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    unit: "count",
    images: images.length,
  });
  return { perplexity: count(perplexity), "dead-categories": count(dead) };
}

/** The bound on log p(x) by many samples; undefined where no images are asked for. */
async function importanceWeightedBound(model: BuiltModel, options: MeasureOptions): Promise<Measure | undefined> {
  const { configuration, data, rng, engine, jit, signal } = options;
  const images = options.iwaeImages ?? configuration.measures?.iwaeImages ?? IWAE_IMAGES;
  const samples = options.iwaeSamples ?? configuration.measures?.iwaeSamples ?? IWAE_SAMPLES;
  if (images === 0) return undefined;
  // The classes share one implementation; only the shape of their posteriors differs.
  const found = await evaluateLogLikelihood(model as DiscreteVAE, data.test.slice(0, images), {
    binarize: configuration.data.binarize,
    engine,
    jit,
    ...(signal ? { signal } : {}),
    rng: rng.fork("likelihood"),
    samples,
    samplesPerPass: passOf(samples),
    batchSize: 50,
  });
  return {
    value: found.logLikelihood,
    standardError: found.standardError,
    images: found.images,
    samples: found.samples,
    unit: "nats",
  };
}

/** The largest divisor of a number of samples that fits into memory. */
function passOf(samples: number): number {
  for (let pass = Math.min(50, samples); pass > 1; pass -= 1) if (samples % pass === 0) return pass;
  return 1;
}

async function jointMeasures(
  model: JointVAE,
  test: Evaluation,
  { data, rng, ...evaluation }: MeasureOptions,
): Promise<Partial<Record<MeasureName, Measure>>> {
  const { binarize } = evaluation.configuration.data;
  const found = await disentanglement(model, data.test, { binarize, rng: rng.fork("labels") });
  const active = found.continuousKl.filter((kl) => kl > 0.01).length;
  const values: Partial<Record<MeasureName, Measure>> = {
    objective: { value: model.objectiveOf(test), unit: "nats" },
    "active-continuous": { value: active, unit: "count" },
  };
  if (found.classifier && data.test.classNames.length > 0) {
    const { accuracy, usedCategories } = found.classifier;
    const standardError = Math.sqrt((accuracy * (1 - accuracy)) / found.images);
    values.accuracy = { value: accuracy, standardError, images: found.images, unit: "share" };
    values["used-categories"] = { value: usedCategories, unit: "count" };
  }
  if (found.gap !== undefined) values["information-gap"] = { value: found.gap, unit: "share" };
  return values;
}

async function distancesOf(model: BuiltModel, images: ImageDataset, { configuration, rng, untrained }: MeasureOptions) {
  const options = { binarize: configuration.data.binarize, rng: rng.fork("distances") };
  const after = await vertexDistances(model, images, options);
  const fresh = untrained();
  try {
    const before = await vertexDistances(fresh, images, options);
    return {
      share: { trained: after.share, untrained: before.share },
      counts: { width: 1 / BINS, untrained: counted(before.distances), trained: counted(after.distances) },
    };
  } finally {
    fresh.dispose();
  }
}

/** Distances are below 1, the distance of the centre of the simplex for many categories. */
function counted(distances: Float32Array): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const distance of distances) {
    const bin = Math.min(BINS - 1, Math.floor(distance * BINS));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

function nats(value: number, { standardError, images }: Evaluation): Measure {
  return { value, standardError, images, unit: "nats" };
}
