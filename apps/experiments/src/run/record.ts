import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EpochLog } from "@igr/models";
import { type RunConfiguration, runTitle } from "./configuration.js";
import type { Measure } from "./measures.js";
import { type Picture, samplesCaption } from "./pictures.js";

/** Where and with what a run was made; config.json holds it beside the configuration. */
export interface RunEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly engine: "jit" | "eager";
  readonly backend: string;
  /** What TensorFlow computed on, and its version, where it did. */
  readonly device?: string;
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
  /** The pictures in the directory; absent in runs that have `samples.png` alone. */
  readonly pictures?: readonly Pick<Picture, "file" | "caption">[];
}

/** All that a report shows of one run. */
export interface RunRecord extends Omit<RecordedConfiguration, "pictures"> {
  readonly title: string;
  readonly epochs: readonly EpochLog[];
  readonly pictures: readonly Picture[];
  /** `measures.json`; empty for runs from before it was written. */
  readonly measures: readonly Measure[];
}

/**
 * Reads a run directory, or the runs inside one of `igr compare`.
 * @throws Error naming the file that is missing or damaged.
 */
export function readRuns(directory: string): RunRecord[] {
  const config = parse(directory, "config.json") as Partial<RecordedConfiguration> & {
    readonly runs?: readonly string[];
  };
  if (Array.isArray(config.runs)) return config.runs.flatMap((name) => readRuns(join(directory, name)));
  if (!config.configuration || !config.environment) {
    throw new Error(
      `readRuns: ${directory} is no finished run directory: its training did not end; igr train --resume ${directory} goes on`,
    );
  }
  const recorded = config as RecordedConfiguration;
  const epochs = read(directory, "metrics.jsonl")
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => parseLine(directory, line, index));
  const pictures = (recorded.pictures ?? [{ file: "samples.png", caption: samplesCaption }]).map((picture) => ({
    ...picture,
    png: read(directory, picture.file),
  }));
  const hasMeasures = existsSync(join(directory, "measures.json"));
  const measures = hasMeasures ? (parse(directory, "measures.json") as Measure[]) : [];
  return [{ ...recorded, title: runTitle(recorded.configuration), epochs, pictures, measures }];
}

/**
 * The configuration of a run that began, finished or not.
 * @throws Error if the folder holds no run of `igr train`.
 */
export function readConfiguration(directory: string): RunConfiguration {
  const { configuration, runs } = parse(directory, "config.json") as Partial<RecordedConfiguration> & {
    runs?: unknown;
  };
  if (configuration) return configuration;
  throw new Error(
    `readConfiguration: ${directory} holds ${runs ? "the runs of igr compare: name one of them" : "no run of igr train"}`,
  );
}

function read(directory: string, name: string): Buffer {
  try {
    return readFileSync(join(directory, name));
  } catch (error) {
    throw new Error(`readRuns: ${directory} is no finished run directory: ${name} can't be read (${String(error)})`);
  }
}

function parse(directory: string, name: string): unknown {
  const text = read(directory, name).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`readRuns: ${join(directory, name)} is not JSON: "${text.slice(0, 60)}"`);
  }
}

function parseLine(directory: string, line: string, index: number): EpochLog {
  try {
    return JSON.parse(line) as EpochLog;
  } catch {
    throw new Error(
      `readRuns: line ${index + 1} of ${join(directory, "metrics.jsonl")} is not JSON: "${line.slice(0, 60)}"`,
    );
  }
}
