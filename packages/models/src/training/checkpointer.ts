import type { RngState } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { assignWeights } from "../checkpoint/assign-weights.js";
import { CheckpointError } from "../checkpoint/checkpoint-error.js";
import { nodeModules } from "../checkpoint/node-modules.js";
import { optimizerSlots, restoreOptimizer } from "../checkpoint/optimizer-slots.js";
import { decodeSafetensors, encodeSafetensors } from "../checkpoint/safetensors.js";
import { CONFIG_FILE, modelFiles, storedTensors } from "../checkpoint/save.js";
import { checkpointNames, TrainingCheckpoints } from "../checkpoint/training-checkpoints.js";
import type { PartialEpoch, TrainingState } from "../checkpoint/training-state.js";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { EpochLog } from "./logs.js";
import { differences, type RunSettings } from "./run-settings.js";
import type { WeightAverage } from "./weight-average.js";

/** Where and when `fit` saves a run. */
export interface CheckpointOptions {
  /**
   * The folder of the run's checkpoints, for this run only. `load` reads the model of the latest or of the best
   * checkpoint.
   */
  readonly dir: string;
  /** Epochs between two checkpoints, 1 by default; the last epoch is always kept. */
  readonly every?: number;
  /** Steps between two checkpoints within an epoch; no such checkpoints by default. */
  readonly everySteps?: number;
  /** How many of the latest checkpoints are kept, >= 1; 2 by default. The best one (see `monitor`) is also kept. */
  readonly keep?: number;
  /**
   * Whether to resume from the latest checkpoint in the folder; true by default. If false, the folder must not contain
   * checkpoints.
   */
  readonly resume?: boolean;
  /** The name of the checkpoint to resume from; the latest by default. Later checkpoints are set aside. */
  readonly from?: string;
}

const NAMES = {
  dir: "checked",
  every: "optional",
  everySteps: "optional",
  keep: "optional",
  resume: "optional",
  from: "optional",
} as const;

/** The state that a run saves. */
export interface Position {
  readonly totalSteps: number;
  readonly epochs: readonly EpochLog[];
  readonly partial: PartialEpoch | undefined;
  readonly noise: RngState;
  readonly evaluationNoise: RngState;
  readonly score: number | undefined;
}

/** Saves a training run and resumes it from a checkpoint. */
export class Checkpointer {
  readonly every: number;
  readonly everySteps: number | undefined;
  readonly #options: CheckpointOptions;
  readonly #checkpoints: TrainingCheckpoints;
  readonly #model: TrainableModel;
  readonly #optimizer: tf.Optimizer;
  readonly #settings: RunSettings;
  readonly #average: WeightAverage | undefined;
  #last: string | undefined;

  /** @throws RangeError for an option out of range; TypeError without a folder. */
  constructor(
    options: CheckpointOptions,
    model: TrainableModel,
    optimizer: tf.Optimizer,
    settings: RunSettings,
    average?: WeightAverage,
  ) {
    if (typeof options?.dir !== "string") {
      throw new TypeError(`fit: checkpoint must be { dir: "folder", .. }, got ${JSON.stringify(options)}`);
    }
    checkNamedOptions("fit: checkpoint", options, NAMES);
    this.every = checkInteger("fit", "checkpoint.every", options.every ?? 1, 1);
    const { everySteps } = options;
    this.everySteps =
      everySteps === undefined ? undefined : checkInteger("fit", "checkpoint.everySteps", everySteps, 1);
    const keep = checkInteger("fit", "checkpoint.keep", options.keep ?? 2, 1);
    this.#options = options;
    this.#checkpoints = new TrainingCheckpoints(options.dir, keep);
    this.#model = model;
    this.#optimizer = optimizer;
    this.#settings = settings;
    this.#average = average;
  }

  /** The folder of the last checkpoint that was written or resumed from. */
  get last(): string | undefined {
    return this.#last === undefined ? undefined : nodeModules("fit").path.join(this.#options.dir, this.#last);
  }

  /**
   * Restores model and optimizer from the checkpoint to resume from, and returns its state; undefined if the run starts
   * anew.
   * @throws CheckpointError if the checkpoint is rejected, or another run trains in the folder; Error if the folder
   * does not belong to this run.
   */
  async resume(): Promise<TrainingState | undefined> {
    const { dir, resume = true, from } = this.#options;
    const { fs, path } = nodeModules("fit");
    const names = await checkpointNames(dir);
    if (!resume && names.length > 0) {
      throw new Error(`fit: checkpoint.resume is false, and ${dir} holds checkpoints: ${names.join(", ")}`);
    }
    if (
      await fs.access(path.join(dir, CONFIG_FILE)).then(
        () => true,
        () => false,
      )
    ) {
      throw new Error(`fit: ${dir} holds a saved model; checkpoint.dir must be a folder of its own`);
    }
    await this.#checkpoints.open();
    const read = await this.#checkpoints.read(from);
    if (!read) {
      await this.#checkpoints.begin(undefined);
      return undefined;
    }
    const folder = path.join(dir, read.name);
    const different = differences(read.state.settings, this.#settings);
    if (different.length > 0) throw new CheckpointError(folder, "different run", different.join("; "));
    assignWeights("fit", this.#model, decodeSafetensors(read.weights.bytes, read.weights.path), read.weights.path);
    const slots = decodeSafetensors(read.slots.bytes, read.slots.path);
    restoreOptimizer(this.#optimizer, read.state.optimizer, this.#model.trainableVariables, slots);
    this.#average?.restore(slots);
    await this.#checkpoints.begin(read.name);
    this.#last = read.name;
    return read.state;
  }

  /** Releases the folder. */
  close(): Promise<void> {
    return this.#checkpoints.close();
  }

  /**
   * If a variable has a number that is not finite, returns its name and saves nothing; otherwise saves and returns
   * undefined.
   */
  save(position: Position): Promise<string | undefined> {
    const save = () => this.#save(position);
    return this.#average ? this.#average.whileShown(save) : save();
  }

  async #save({ partial, score, ...position }: Position): Promise<string | undefined> {
    const broken = await this.#nonFinite();
    if (broken !== undefined) return broken;
    const { state: optimizer, variables } = optimizerSlots(this.#optimizer);
    const state: TrainingState = {
      ...position,
      ...(partial ? { partial } : {}),
      ...(score === undefined ? {} : { score }),
      optimizer,
      settings: this.#settings,
    };
    const stored = await storedTensors("fit", variables);
    const slots = encodeSafetensors(new Map([...stored, ...((await this.#average?.stored()) ?? [])]));
    this.#last = await this.#checkpoints.write(state, await modelFiles(this.#model), slots);
    return undefined;
  }

  async #nonFinite(): Promise<string | undefined> {
    for (const { name, variable } of this.#model.namedVariables()) {
      // Not by the sum, which could overflow although every number is finite.
      const numbers = await variable.data();
      if (!numbers.every(Number.isFinite)) return name;
    }
    return undefined;
  }
}
