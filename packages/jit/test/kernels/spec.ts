import fc from "fast-check";
import type { Case } from "./parity.js";

/** The cases of one kernel: some by hand, the rest generated. */
export interface Spec {
  readonly cases?: readonly Case[];
  readonly generated?: readonly fc.Arbitrary<Case>[];
  /** Generated cases per arbitrary. */
  readonly runs?: number;
}

export type Specs = Readonly<Record<string, Spec>>;

export const SEED = 20_220_406;

export function casesOf({ cases = [], generated = [], runs = 20 }: Spec): Case[] {
  return [...cases, ...generated.flatMap((arbitrary) => fc.sample(arbitrary, { numRuns: runs, seed: SEED }))];
}
