import { listed } from "../configuration/kinds.js";
import { InputError } from "../input-error.js";
import { JsonlTracker } from "./jsonl-tracker.js";
import { MlflowTracker } from "./mlflow-tracker.js";
import { TensorBoardTracker } from "./tensorboard-tracker.js";
import type { Tracker } from "./tracker.js";

/** Kinds of trackers by the word before the colon of their address: `jsonl:folder`. */
const kinds: Readonly<Record<string, (rest: string) => Tracker>> = {
  jsonl: (folder) => new JsonlTracker(folder),
  tensorboard: (folder) => new TensorBoardTracker(folder),
  mlflow: (address) => new MlflowTracker(mlflowServer(address)),
};

function mlflowServer(address: string): URL {
  try {
    const url = new URL(address);
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {}
  throw new InputError(
    `--track mlflow must name a server, such as mlflow:http://localhost:5000, got "mlflow:${address.replace(/\/\/[^@/]*@/, "//")}"`,
  );
}

/** The tracker for an address, `kind:where`. @throws InputError for an unknown kind, or an address without a place. */
export function createTracker(address: string): Tracker {
  const at = address.indexOf(":");
  const make = Object.hasOwn(kinds, address.slice(0, at)) ? kinds[address.slice(0, at)] : undefined;
  if (at < 1 || make === undefined || address.length === at + 1) {
    throw new InputError(`--track must be kind:where, with the kind ${listed(Object.keys(kinds))}, got "${address}"`);
  }
  return make(address.slice(at + 1));
}
