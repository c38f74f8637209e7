import type { RunConfiguration } from "../configuration/schema.js";

/** Names of the files of a run that are not its checkpoints. */
export const runFiles = {
  configuration: "config.json",
  environment: "environment.json",
  metrics: "metrics.jsonl",
  measures: "measures.json",
  pictures: "pictures.json",
} as const;

/** The folder of a run's checkpoints, in its own. */
export const CHECKPOINTS = "checkpoint";

/**
 * Where runs are kept. A run is a set of small files under its identity, and a folder of checkpoints; whoever writes holds a claim.
 * One machine keeps them in a folder ({@link FolderStore}); a store of objects needs only these methods.
 */
export interface RunStore {
  /** In words, for messages: a folder, an address. */
  readonly location: string;
  /** Identities of all runs that have a configuration, in no order. */
  list(): Promise<string[]>;
  /** A file of a run; undefined where there is none. */
  read(id: string, file: string): Promise<Uint8Array | undefined>;
  /** A folder on this machine with the checkpoints of a run, to be read; a store elsewhere fetches them. */
  checkpoints(id: string): Promise<string>;
  /** Names of a run's files, checkpoints left out. */
  files(id: string): Promise<string[]>;
  /**
   * Takes a run in hand, for as long as this process lives or until it is released; makes its folder and writes its configuration
   * where there is none yet.
   * @throws InputError if another process holds it, or nothing can be written there.
   */
  claim(configuration: RunConfiguration, options?: ClaimOptions): Promise<RunClaim>;
  /** Deletes a run, checkpoints and all. @throws InputError if it is claimed. */
  remove(id: string): Promise<void>;
}

export interface ClaimOptions {
  /**
   * Fencing token of a queue: a number that is larger for whoever was given the run later. The larger one takes the claim over, also from a
   * process that lives; the smaller one is refused. Absent where no queue gave the run.
   */
  readonly grant?: number | undefined;
}

/** The right to write a run. Every write is fenced: one whose claim was lost in the meantime writes nothing and throws. */
export interface RunClaim {
  readonly id: string;
  /** Folder on this machine for `fit`'s checkpoints; it holds those of the store. */
  readonly checkpoints: string;
  /** Replaces a file as a whole: readers see the old one or the new one. */
  write(file: string, content: string | Uint8Array): Promise<void>;
  read(file: string): Promise<Uint8Array | undefined>;
  /** Told after each new checkpoint: a store elsewhere copies it. */
  checkpointed(): Promise<void>;
  /** @throws Error if the claim was lost. */
  check(): Promise<void>;
  release(): Promise<void>;
}
