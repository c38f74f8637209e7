import { createRng } from "@igr/core";
import { type EpochLog, type FitOptions, fit, type History, load } from "@igr/models";
import type { RunConfiguration } from "../configuration/schema.js";
import { runTitle } from "../configuration/title.js";
import { indented } from "../indented.js";
import { InputError } from "../input-error.js";
import { flattenMetrics, MEASURES, type TrackedMetrics, type TrackedStatus } from "../tracking/tracker.js";
import type { TrackerGroup } from "../tracking/tracker-group.js";
import { type BuiltModel, buildModel } from "./build-model.js";
import { buildOptimizer } from "./build-optimizer.js";
import { type ChosenEngine, chooseEngine } from "./engine.js";
import type { EngineName } from "./engine-names.js";
import { environmentOf } from "./environment.js";
import { type RunEvent, type RunOutcome, StoppedError } from "./events.js";
import { isFinished } from "./finished.js";
import { runId } from "./identity.js";
import { numberToName } from "./json-numbers.js";
import { loadData, type RunData } from "./load-data.js";
import { measuresOf, type RunMeasures } from "./measures.js";
import { MetricsFile } from "./metrics.js";
import { picturesOf } from "./pictures.js";
import { type RunRecord, readRun } from "./record.js";
import { type RunClaim, type RunStore, runFiles } from "./store.js";
import { unwritableError } from "./unwritable.js";

/** How a run is computed. None of these options are part of its identity. */
export interface TrainRunOptions {
  readonly engine: EngineName;
  /** Threads of the compiled engine; chosen by the engine by default. */
  readonly threads?: number | undefined;
  readonly tracking?: TrackerGroup | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** Stops the run between two steps, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the test set is measured at the end; true by default. */
  readonly isMeasured?: boolean | undefined;
  /** The number with which a queue granted the run; see {@link ClaimOptions}. */
  readonly grant?: number | undefined;
}

/**
 * Trains a run up to the epochs of its configuration, and measures it. A finished run is not changed, a stopped or
 * killed run resumes from its last checkpoint, and a shorter run is extended. A run that fails before its first
 * checkpoint leaves nothing. @throws InputError if the run is in use, its data or engine is not available, or its batches
 * are larger than its data; StoppedError after `signal`.
 */
export async function trainRun(
  store: RunStore,
  configuration: RunConfiguration,
  options: TrainRunOptions,
): Promise<RunOutcome> {
  const id = runId(configuration);
  const isDone = () => isFinished(store, id, configuration.epochs, options.isMeasured);
  if (await isDone()) return keep(store, id, options.tracking);
  const claim = await store.claim(configuration, { grant: options.grant });
  let hasFailed = false;
  try {
    // Another process may have just finished it.
    if (await isDone()) return await keep(store, id, options.tracking);
    await trainClaimed(claim, await readRun(store, id), configuration, options);
    return "trained";
  } catch (error) {
    // A stopped run can be resumed, even from its beginning.
    hasFailed = !(error instanceof StoppedError);
    throw unwritableError(`${store.location}/${id}`, error);
  } finally {
    await claim.release();
    if (hasFailed) await store.removeUntrained(id).catch(() => {});
  }
}

/** Tells trackers about a run that was finished before; one that knows it already gets no epoch again. */
async function keep(store: RunStore, id: string, tracking: TrackerGroup | undefined): Promise<RunOutcome> {
  if (tracking === undefined) return "kept";
  const { configuration, epochs, measures } = await readRun(store, id);
  const run = { id, title: runTitle(configuration), configuration, resumedAt: epochs.length };
  await tracking.start(run, epochs.map(stepOf));
  await tracking.finish("finished", trackedMeasures(measures.at(-1)?.values ?? {}));
  return "kept";
}

function trackedMeasures(values: RunMeasures["values"]): TrackedMetrics {
  return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [`${MEASURES}${name}`, value]));
}

async function trainClaimed(
  claim: RunClaim,
  before: RunRecord,
  configuration: RunConfiguration,
  options: TrainRunOptions,
): Promise<void> {
  const { signal, threads, tracking, onEvent = () => {} } = options;
  const stage = (sentence: string) => onEvent({ kind: "stage", sentence });
  const engine = await chooseEngine(options.engine);
  if (engine.device) stage(engine.device);
  stage(`loading ${configuration.data.name}`);
  const data = await loadData(configuration, {
    onProgress: ({ done, total }) => onEvent({ kind: "pictures", done, total }),
    signal,
  });
  checkBatchSize(configuration, data);
  stage("building the model");
  const model = buildModel(configuration);
  const optimizer = buildOptimizer(configuration.training);
  const metrics = new MetricsFile(claim, before.epochs);
  const jit = { ...(threads === undefined ? {} : { threads, spinning: false }) };
  const stepsPerEpoch = Math.floor(data.training.length / configuration.training.batchSize);
  let earlier: readonly EpochLog[] = [];
  let measures: TrackedMetrics | undefined;
  let status: TrackedStatus = "failed";
  try {
    stage(`training on ${data.training.length} images`);
    const history = await fit(model, data.training, {
      ...fitOptions(configuration),
      optimizer,
      rng: createRng(configuration.seed).fork("fit"),
      ...(data.validation.length > 0 ? { validationData: data.validation } : {}),
      engine: engine.fitEngine,
      jit,
      checkpoint: { dir: claim.checkpoints },
      callbacks: {
        onResume: (epochs) => {
          earlier = epochs;
        },
        onTrainBegin: async () => {
          // The process before may have been killed between an epoch's checkpoint and its line.
          if (earlier.length > 0) await metrics.replace(earlier);
          const tracked = { id: claim.id, title: runTitle(configuration), configuration, resumedAt: earlier.length };
          await tracking?.start(tracked, earlier.map(stepOf));
        },
        onStep: ({ epoch, step, loss, imagesPerSecond }) =>
          onEvent({ kind: "step", epoch, step, stepsPerEpoch, loss, imagesPerSecond }),
        onEpoch: async (log) => {
          await claim.checkpointed();
          await metrics.append(log);
          const { step, metrics: numbers } = stepOf(log);
          await tracking?.log(step, numbers);
          onEvent({ kind: "epoch", log });
        },
      },
      ...(signal ? { signal } : {}),
    });
    await metrics.replace(history.epochs);
    if (options.isMeasured ?? true) {
      onEvent({ kind: "measuring" });
      measures = await measureRun(claim, before, { configuration, model, history, data, engine, jit, threads, signal });
    }
    status = "finished";
  } catch (error) {
    if (!signal?.aborted) throw error;
    status = "stopped";
    await claim.checkpointed();
    throw new StoppedError("stopped", { cause: error });
  } finally {
    await tracking?.finish(status, measures);
    optimizer.dispose();
    model.dispose();
  }
}

/** @throws InputError if a batch would not fit in the training set: `fit` trains whole batches. */
function checkBatchSize({ training: { batchSize } }: RunConfiguration, { training: { length } }: RunData): void {
  if (batchSize <= length) return;
  if (length === 0) throw new InputError("data.validation must be less than the number of training images");
  throw new InputError(
    `training.batchSize must be at most ${length}, the number of training images without the validation set, got ${batchSize}`,
  );
}

function fitOptions({ epochs, training, data }: RunConfiguration) {
  const { batchSize, schedules, clipGradients, weightAverage, earlyStopping } = training;
  const given = Object.entries(schedules).filter(([, schedule]) => schedule !== undefined);
  return {
    epochs,
    batchSize,
    // The data set already has the static bits, which every threshold keeps.
    binarize: data.binarize === "static" ? "threshold" : data.binarize,
    ...(given.length > 0 ? { schedules: Object.fromEntries(given) as NonNullable<FitOptions["schedules"]> } : {}),
    ...(clipGradients ? { clipGradients: defined(clipGradients) } : {}),
    ...(weightAverage ? { weightAverage } : {}),
    ...(earlyStopping ? { earlyStopping } : {}),
  } as const;
}

interface Trained {
  readonly configuration: RunConfiguration;
  readonly model: BuiltModel;
  readonly history: History;
  readonly data: Awaited<ReturnType<typeof loadData>>;
  readonly engine: ChosenEngine;
  readonly jit: NonNullable<FitOptions["jit"]>;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Measures the trained model and writes the remaining files of a run. The measures are written last, because they mark
 * the run as finished. Returns them for
 * trackers.
 */
async function measureRun(claim: RunClaim, before: RunRecord, trained: Trained): Promise<TrackedMetrics> {
  const { configuration, model, history, data, engine, jit, threads, signal } = trained;
  const isBest = configuration.training.checkpoint === "best";
  const measured = isBest ? ((await load(claim.checkpoints, { which: "best" })) as BuiltModel) : model;
  const rng = createRng(configuration.seed).fork("measures");
  try {
    const found = await measuresOf(measured, {
      configuration,
      data,
      rng,
      engine: engine.fitEngine,
      jit,
      signal,
      untrained: () => buildModel(configuration),
    });
    const pictures = await picturesOf(measured, data.test, configuration.data.binarize, rng.fork("samples"));
    for (const { file, png } of pictures) await claim.write(file, png);
    const captions = pictures.map(({ file, caption }) => ({ file, caption }));
    await claim.write(runFiles.pictures, indented(captions));
    const environment = environmentOf(trained, { threads, device: engine.device, history });
    await claim.write(runFiles.environment, indented(environment));
    const measures: RunMeasures = {
      epochs: configuration.epochs,
      measuredEpoch: isBest ? bestEpoch(history) : history.epochs.length,
      ...(history.stoppedEarly ? { stoppedEarly: true } : {}),
      ...found,
    };
    const others = before.measures.filter(({ epochs }) => epochs !== measures.epochs);
    await claim.write(
      runFiles.measures,
      indented(
        [...others, measures].sort((a, b) => a.epochs - b.epochs),
        numberToName,
      ),
    );
    return trackedMeasures(found.values);
  } finally {
    if (measured !== model) measured.dispose();
  }
}

function bestEpoch({ epochs }: History): number {
  const score = (index: number) => epochs[index]?.validation?.elbo ?? Number.NEGATIVE_INFINITY;
  return 1 + epochs.reduce((best, _, index) => (score(index) > score(best) ? index : best), 0);
}

function stepOf({ epoch, ...rest }: EpochLog) {
  return { step: epoch, metrics: flattenMetrics(rest) };
}

function defined<T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
