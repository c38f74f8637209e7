import { type Command, Option } from "commander";
import type { Executor } from "../executor/executor.js";
import { LocalPool } from "../executor/local-pool.js";
import { type EngineName, engineNames } from "../run/engine.js";
import { createTracker } from "../tracking/create-tracker.js";
import { integer } from "./number-option.js";
import type { StoreOptions } from "./store-options.js";

export interface ExecuteOptions extends StoreOptions {
  readonly engine: EngineName;
  readonly processes?: number;
  readonly threads?: number;
  readonly track: readonly string[];
  readonly quiet?: boolean;
}

/** Adds what runs runs: engine, processes, threads, trackers. None of it changes what a run is. */
export function withExecution(command: Command): Command {
  return command
    .addOption(new Option("--engine <name>", "what runs the steps").choices(engineNames).default("auto"))
    .option("--processes <n>", "runs at a time (default: one for each core)", integer(1))
    .option("--threads <n>", "threads of each (default: the cores, shared out)", integer(1))
    .option(
      "--track <kind:where>",
      "also tell a tracker, jsonl:folder or tensorboard:folder; may be given again",
      (address: string, all: readonly string[]) => [...all, address],
      [],
    )
    .option("--quiet", "no progress");
}

/** @throws InputError if an address names no known tracker. */
export function executorOf({ runs, engine, processes, threads, track }: ExecuteOptions): Executor {
  for (const address of track) createTracker(address);
  return new LocalPool({ store: runs, engine, processes, threads, trackers: track });
}
