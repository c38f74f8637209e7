import type { RunConfiguration } from "../configuration/schema.js";
import type { EngineName } from "../run/engine-names.js";
import type { RunEvent, RunOutcome } from "../run/events.js";

/** How a process computes a run. */
export interface RunSettings {
  /** Address of the store of runs: a folder, or an address that `openStore` knows. */
  readonly store: string;
  readonly engine: EngineName;
  readonly threads?: number | undefined;
  /** Addresses of trackers; see {@link createTracker}. */
  readonly trackers: readonly string[];
}

/** The run that a process trains. */
export interface RunOrder {
  readonly configuration: RunConfiguration;
  readonly isMeasured?: boolean | undefined;
  /** The number with which a queue granted the run; absent without a queue. */
  readonly grant?: number | undefined;
}

/** Messages to a run's process. */
export type ToRunProcess =
  | { readonly kind: "start"; readonly order: RunOrder; readonly settings: RunSettings }
  | { readonly kind: "stop" };

/** Messages from a run's process. */
export type FromRunProcess =
  | { readonly kind: "event"; readonly event: RunEvent }
  | { readonly kind: "notice"; readonly sentence: string }
  /** The processor time of the process so far, in seconds. */
  | { readonly kind: "alive"; readonly seconds: number }
  | { readonly kind: "end"; readonly status: RunOutcome | "stopped" }
  | { readonly kind: "failed"; readonly message: string; readonly isInput: boolean };
