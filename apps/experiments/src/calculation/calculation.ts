import { createHash } from "node:crypto";
import { canonicalJson } from "../run/identity.js";

/** How to follow and stop a calculation. */
export interface CalculationOptions {
  /** Called with the completed fraction, from 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/**
 * A computation for a figure that is not a training run: a fit, or distances of draws. Like a run it is a function of
 * its settings, and a result stored under their hash is never computed again.
 */
export interface Calculation<T = unknown> {
  /** Title for progress. */
  readonly title: string;
  /** Everything that the result depends on, as JSON. */
  readonly settings: { readonly kind: string };
  /** A result that survives JSON. */
  compute(options: CalculationOptions): Promise<T>;
}

/** A result, and how it was computed. */
export interface Calculated<T> {
  readonly result: T;
  /** Wall-clock seconds. */
  readonly seconds: number;
  readonly machine: string;
}

/** Finds a result; undefined if it was not calculated. */
export type Results = <T>(calculation: Calculation<T>) => Calculated<T> | undefined;

/** The name of a calculation: 16 hexadecimal digits of a hash of its settings. */
export function calculationId({ settings }: Calculation): string {
  return createHash("sha256").update(canonicalJson(settings)).digest("hex").slice(0, 16);
}

/** Five digits, so that kept files stay small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
