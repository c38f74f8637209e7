import type { RunConfiguration } from "../configuration/schema.js";

/** Names of the files of a run that are not its checkpoints. */
export const runFiles = {
  configuration: "config.json",
  environment: "environment.json",
  metrics: "metrics.jsonl",
  measures: "measures.json",
  pictures: "pictures.json",
} as const;

/** The name of the folder of checkpoints in the folder of a run. */
export const CHECKPOINTS = "checkpoint";

/**
 * Storage of runs. A run is a set of small files under its identity, and a folder of checkpoints. A writer holds a
 * claim. {@link FolderStore} keeps runs in a folder; other stores implement these methods.
 */
export interface RunStore {
  /** The folder or address, for messages. */
  readonly location: string;
  /** Identities of all runs that have a configuration, in arbitrary order. */
  list(): Promise<string[]>;
  /** A file of a run; undefined if it does not exist. */
  read(id: string, file: string): Promise<Uint8Array | undefined>;
  /** A folder on this machine with the checkpoints of a run, for reading. A remote store downloads them. */
  checkpoints(id: string): Promise<string>;
  /** Names of a run's files, without checkpoints. */
  files(id: string): Promise<string[]>;
  /**
   * Claims a run until the claim is released or this process ends. Creates its folder and writes its configuration if
   * they do not exist.
   * @throws InputError if another process holds it, or nothing can be written there.
   */
  claim(configuration: RunConfiguration, options?: ClaimOptions): Promise<RunClaim>;
  /** Deletes a run with its checkpoints. @throws InputError if it is claimed. */
  remove(id: string): Promise<void>;
  /** Deletes a run that has a configuration and nothing else. Any other run stays, and so does a claimed one. */
  removeUntrained(id: string): Promise<void>;
}

export interface ClaimOptions {
  /**
   * Fencing token of a queue, which increases with each grant of the run. A larger token takes the claim over, even
   * from a living process; a smaller token is rejected. Absent without a queue.
   */
  readonly grant?: number | undefined;
}

/** The right to write a run. Every write is fenced: after the claim is lost, it writes nothing and throws. */
export interface RunClaim {
  readonly id: string;
  /** Folder on this machine for `fit`'s checkpoints, with those of the store. */
  readonly checkpoints: string;
  /** Replaces a file atomically: readers see the old file or the new one. */
  write(file: string, content: string | Uint8Array): Promise<void>;
  read(file: string): Promise<Uint8Array | undefined>;
  /** Called after each new checkpoint; a remote store copies it. */
  checkpointed(): Promise<void>;
  /** @throws Error if the claim was lost. */
  check(): Promise<void>;
  release(): Promise<void>;
}
