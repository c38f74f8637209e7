import { type Command, Option } from "commander";
import { type CheckpointName, checkpointNames } from "../run/checkpoint-names.js";
import { type StoreOptions, withStore } from "./store-options.js";

export interface CheckpointOptions extends StoreOptions {
  readonly checkpoint?: CheckpointName;
}

/** Adds the options that select a checkpoint of a run. */
export function withCheckpoint(command: Command): Command {
  return withStore(command)
    .argument("<run>", "name of a run, or a prefix of it; see igr runs list")
    .addOption(
      new Option(
        "--checkpoint <which>",
        "checkpoint to use (default: the one that the run's configuration measures)",
      ).choices(checkpointNames),
    );
}
