import { type Command, Option } from "commander";
import { type CheckpointName, checkpointNames } from "../run/restore-model.js";
import { type StoreOptions, withStore } from "./store-options.js";

export interface CheckpointOptions extends StoreOptions {
  readonly checkpoint?: CheckpointName;
}

/** Adds which checkpoint of a run is meant. */
export function withCheckpoint(command: Command): Command {
  return withStore(command)
    .argument("<run>", "a run's name, or the beginning of it; igr runs list names them")
    .addOption(
      new Option("--checkpoint <which>", "default: the one that the run's configuration measures").choices(
        checkpointNames,
      ),
    );
}
