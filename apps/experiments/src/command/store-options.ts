import type { Command } from "commander";
import { openStore } from "../run/open-store.js";
import type { RunStore } from "../run/store.js";

export interface StoreOptions {
  readonly runs: string;
}

/** Adds where runs are kept. */
export function withStore(command: Command): Command {
  return command.option(
    "--runs <folder>",
    "where runs are kept; IGR_RUNS in the environment sets it too",
    process.env.IGR_RUNS ?? "runs",
  );
}

export function storeOf({ runs }: StoreOptions): RunStore {
  return openStore(runs);
}
