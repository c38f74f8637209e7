import { type Command, Option } from "commander";
import type { Executor } from "../executor/executor.js";
import { LocalPool } from "../executor/local-pool.js";
import { QueueExecutor } from "../executor/queue/queue-executor.js";
import { InputError } from "../input-error.js";
import { type EngineName, engineNames } from "../run/engine-names.js";
import { openStore } from "../run/open-store.js";
import { createTracker } from "../tracking/create-tracker.js";
import { integer } from "./number-option.js";
import type { StoreOptions } from "./store-options.js";

export interface ExecuteOptions extends StoreOptions {
  readonly engine: EngineName;
  readonly processes?: number;
  readonly threads?: number;
  readonly track: readonly string[];
  readonly queue?: string;
  readonly quiet?: boolean;
}

/** Adds the options of execution: engine, processes, threads, trackers. None of them changes the identity of a run. */
export function withExecution(command: Command): Command {
  return command
    .addOption(new Option("--engine <name>", "engine that runs the steps").choices(engineNames).default("auto"))
    .option("--processes <n>", "number of simultaneous runs (default: one for each core)", integer(1))
    .option("--threads <n>", "threads of each run (default: the cores, divided between runs)", integer(1))
    .option(
      "--track <kind:where>",
      "also log to a tracker: jsonl:folder, tensorboard:folder or mlflow:http://host:5000; repeatable",
      (address: string, all: readonly string[]) => [...all, address],
      [],
    )
    .option(
      "--queue <redis://host:6379>",
      "let the workers of a queue train (igr worker --queue), which need the same --runs",
    )
    .option("--quiet", "no progress");
}

/** @throws InputError if an address does not name a known tracker, or an option is for the workers of a queue. */
export function executorOf(options: ExecuteOptions): Executor {
  const { runs, engine, processes, threads, track, queue } = options;
  for (const address of track) createTracker(address);
  if (queue === undefined) return new LocalPool({ store: runs, engine, processes, threads, trackers: track });
  const given = Object.entries({
    engine: engine !== "auto",
    processes: processes !== undefined,
    threads: threads !== undefined,
    track: track.length > 0,
  }).find(([, isGiven]) => isGiven);
  if (given) throw new InputError(`--${given[0]} is not used with --queue: pass it to igr worker --queue`);
  return new QueueExecutor({ queue, store: openStore(runs) });
}
