import { InputError } from "../input-error.js";
import { JsonlTracker } from "./jsonl-tracker.js";
import { TensorBoardTracker } from "./tensorboard-tracker.js";
import type { Tracker } from "./tracker.js";

/** Kinds of trackers by the word before the colon of their address: `jsonl:folder`. */
const kinds: Readonly<Record<string, (rest: string) => Tracker>> = {
  jsonl: (folder) => new JsonlTracker(folder),
  tensorboard: (folder) => new TensorBoardTracker(folder),
};

/** The tracker of an address, `kind:where`. @throws InputError for a kind that there isn't, or without a place. */
export function createTracker(address: string): Tracker {
  const at = address.indexOf(":");
  const make = Object.hasOwn(kinds, address.slice(0, at)) ? kinds[address.slice(0, at)] : undefined;
  if (at < 1 || make === undefined || address.length === at + 1) {
    throw new InputError(
      `--track must be kind:where, with the kind ${Object.keys(kinds).join(" or ")}, got "${address}"`,
    );
  }
  return make(address.slice(at + 1));
}
