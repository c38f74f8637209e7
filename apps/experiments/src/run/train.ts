import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { createRng } from "@igr/core";
import type { ConversionProgress } from "@igr/datasets";
import { type EpochLog, fit, type History, type StepLog } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";
import { renderReport } from "../report/report.js";
import { type RunConfiguration, runTitle } from "./configuration.js";
import { chooseEngine } from "./engine.js";
import { loadDataset } from "./load-dataset.js";
import { measuresOf } from "./measures.js";
import { type BuiltModel, buildModel } from "./model.js";
import { picturesOf } from "./pictures.js";
import type { RecordedConfiguration, RunRecord } from "./record.js";
import { RunDirectory } from "./run-directory.js";

/** What a run tells while it goes on. */
export interface RunObserver {
  /** A sentence on what is being prepared. */
  readonly onStage?: (sentence: string) => void;
  /** Pictures of a data set are being converted, which happens once. */
  readonly onPictures?: (progress: ConversionProgress) => void;
  readonly onStep?: (log: StepLog, stepsPerEpoch: number) => void;
  readonly onEpoch?: (log: EpochLog) => void;
}

export interface RunResult {
  readonly directory: string;
  readonly record: RunRecord;
}

/** The user's signal ended a run; the message says what is left of it, and how to go on. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor(directory: string, cause: unknown) {
    const checkpoints = join(directory, "checkpoint");
    super(
      existsSync(checkpoints) && readdirSync(checkpoints).length > 0
        ? `Stopped. What was trained so far is in ${checkpoints}\nGo on with: ${programName()} train --resume ${directory}`
        : `Stopped before the first step. ${directory} holds the configuration only.`,
      { cause },
    );
  }
}

/** How this program was called: `igr`, or `node` and the script where that is not installed as a command. */
function programName(): string {
  const [, script = "igr"] = process.argv;
  return script.endsWith(".mjs") ? `node ${relative(process.cwd(), script)}` : "igr";
}

export interface TrainRunOptions {
  /** Whether to go on with the run that `out` holds, from its latest checkpoint. */
  readonly resume?: boolean;
}

/**
 * Trains one model and leaves config.json, metrics.jsonl, checkpoint/, samples.png and report.html in `out`.
 * @throws Error if `out` holds a run already that is not to be gone on with, or the data or engine cannot be had; StoppedError
 * after `signal`, with a last checkpoint of what was learned.
 */
export async function train(
  configuration: RunConfiguration,
  out: string,
  observer: RunObserver = {},
  signal?: AbortSignal,
  { resume = false }: TrainRunOptions = {},
): Promise<RunResult> {
  const { dataset, seed, epochs, batchSize, binarize, learningRate } = configuration;
  const directory = new RunDirectory(out, { resume });
  const engine = await chooseEngine(configuration.engine);
  if (engine.device) observer.onStage?.(engine.device);
  observer.onStage?.(`loading ${dataset}`);
  const { training, test } = await loadDataset(configuration, { onProgress: observer.onPictures, signal });
  const stepsPerEpoch = Math.floor(training.length / batchSize);

  const hasPrior = configuration.relaxation !== "gs" && configuration.model !== "structured-prediction";
  observer.onStage?.(hasPrior ? "fitting the prior (eq 20)" : "building the model");
  const model = buildModel(configuration);
  const optimizer = tf.train.adam(learningRate);
  const rng = createRng(seed);
  const described = { configuration, latent: latentOf(model), likelihood: model.description };
  directory.writeJson("config.json", described);
  try {
    observer.onStage?.(`${resume ? "going on with" : "training on"} ${training.length} images`);
    const history = await fit(model, training, {
      epochs,
      batchSize,
      optimizer,
      rng: rng.fork("fit"),
      validationData: test,
      engine: engine.fitEngine,
      binarize,
      checkpoint: { dir: directory.file("checkpoint") },
      callbacks: {
        onStep: (log) => observer.onStep?.(log, stepsPerEpoch),
        onEpoch: (log) => {
          directory.appendMetrics(log);
          observer.onEpoch?.(log);
        },
      },
      signal,
    });
    const recorded: RecordedConfiguration = { ...described, environment: environmentOf(history, engine.device) };
    directory.writeMetrics(history.epochs);
    observer.onStage?.("measuring the trained model");
    const last = history.epochs.at(-1)!.validation!;
    const measured = { engine: engine.fitEngine, binarize, rng: rng.fork("measures"), last, signal };
    const measures = await measuresOf(model, test, measured);
    directory.writeJson("measures.json", measures);
    const pictures = await picturesOf(model, test, binarize, rng.fork("samples"));
    for (const { file, png } of pictures) directory.write(file, png);
    const captions = pictures.map(({ file, caption }) => ({ file, caption }));
    directory.writeJson("config.json", { ...recorded, pictures: captions });
    const { epochs: logs } = history;
    const record: RunRecord = { ...recorded, title: runTitle(configuration), epochs: logs, pictures, measures };
    directory.write("report.html", renderReport(`${record.title} on ${dataset}`, [record]));
    return { directory: directory.path, record };
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? new StoppedError(directory.path, error) : error;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** The latent parts as a checkpoint keeps them: what config.json shows of a model, its networks left out. */
function latentOf(model: BuiltModel): Record<string, unknown> {
  const { kind, encoder, decoder, networks, likelihood, ...parts } = model.config();
  return kind === "discrete-vae" ? (parts.latent as Record<string, unknown>) : { kind, ...parts };
}

function environmentOf({ engine, backend }: History, device?: string): RecordedConfiguration["environment"] {
  const require = createRequire(import.meta.url);
  const names = ["@tensorflow/tfjs-core", ...(engine === "jit" ? ["onnxruntime-node"] : [])];
  const versions = names.map((name) => [name, (require(`${name}/package.json`) as { version: string }).version]);
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    engine,
    backend,
    ...(device === undefined ? {} : { device }),
    versions: Object.fromEntries(versions),
  };
}
