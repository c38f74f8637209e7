import type { Command } from "commander";
import { openStore } from "../run/open-store.js";
import type { RunStore } from "../run/store.js";

export interface StoreOptions {
  readonly runs: string;
}

/** Adds the option for the location of runs. */
export function withStore(command: Command): Command {
  return command.option(
    "--runs <folder>",
    "location of the runs; also set by IGR_RUNS in the environment",
    process.env.IGR_RUNS ?? "runs",
  );
}

export function storeOf({ runs }: StoreOptions): RunStore {
  return openStore(runs);
}
