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
  /** The folder of the run's checkpoints, its own; `load` reads the model of the latest one or of the best one. */
  readonly dir: string;
  /** Epochs between two checkpoints, 1 by default; the last epoch is always kept. */
  readonly every?: number;
  /** Steps between two further checkpoints within the epochs; none by default. */
  readonly everySteps?: number;
  /** How many of the latest ones are kept, >= 1; 2 by default. The best one (see `monitor`) is kept beside them. */
  readonly keep?: number;
  /** Whether a run goes on from the latest checkpoint in the folder (default); false: there must be none. */
  readonly resume?: boolean;
  /** The name of the checkpoint to go on from; later ones are set aside. The latest one by default. */
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

/** What a run is about to save of itself. */
export interface Position {
  readonly totalSteps: number;
  readonly epochs: readonly EpochLog[];
  readonly partial: PartialEpoch | undefined;
  readonly noise: RngState;
  readonly evaluationNoise: RngState;
  readonly score: number | undefined;
}

/** Saves a training run and goes on from what was saved. */
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

  /** The folder of the last checkpoint that was written or gone on from. */
  get last(): string | undefined {
    return this.#last === undefined ? undefined : nodeModules("fit").path.join(this.#options.dir, this.#last);
  }

  /**
   * Gives model and optimizer the numbers of the checkpoint to go on from, and returns where it stands; undefined where the run
   * starts from the beginning.
   * @throws CheckpointError if it is refused, or another run trains in the folder; Error if the folder is not for this run.
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

  /** Ends the run's hold on its folder. */
  close(): Promise<void> {
    return this.#checkpoints.close();
  }

  /** Returns the name of a variable with a number that is not finite, instead of saving it; else undefined. */
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
      // A sum would overflow where no number does.
      const numbers = await variable.data();
      if (!numbers.every(Number.isFinite)) return name;
    }
    return undefined;
  }
}
