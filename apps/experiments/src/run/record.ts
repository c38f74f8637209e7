import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EpochLog } from "@igr/models";
import { type RunConfiguration, runTitle } from "./configuration.js";

/** Where and with what a run was made; config.json holds it beside the configuration. */
export interface RunEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly engine: "jit" | "eager";
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** config.json of a run directory. */
export interface RecordedConfiguration {
  readonly configuration: RunConfiguration;
  readonly environment: RunEnvironment;
  /** The latent part as a checkpoint keeps it, the prior included. */
  readonly latent: Readonly<Record<string, unknown>>;
  /** The likelihood in words. */
  readonly likelihood: string;
}

/** All that a report shows of one run. */
export interface RunRecord extends RecordedConfiguration {
  readonly title: string;
  readonly epochs: readonly EpochLog[];
  /** The picture `samples.png`. */
  readonly samples: Uint8Array;
}

/** Reads a run directory. @throws Error naming the file that is missing or damaged. */
export function readRun(directory: string): RunRecord {
  const recorded = JSON.parse(readText(directory, "config.json")) as RecordedConfiguration;
  const epochs = readText(directory, "metrics.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => parseLine(directory, line, index));
  const samples = readFileSync(join(directory, "samples.png"));
  return { ...recorded, title: runTitle(recorded.configuration), epochs, samples };
}

function readText(directory: string, name: string): string {
  try {
    return readFileSync(join(directory, name), "utf8");
  } catch (error) {
    throw new Error(`readRun: ${directory} is no finished run directory: ${name} can't be read (${String(error)})`);
  }
}

function parseLine(directory: string, line: string, index: number): EpochLog {
  try {
    return JSON.parse(line) as EpochLog;
  } catch {
    throw new Error(
      `readRun: line ${index + 1} of ${join(directory, "metrics.jsonl")} is not JSON: "${line.slice(0, 60)}"`,
    );
  }
}
