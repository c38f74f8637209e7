import { createHash } from "node:crypto";
import { canonicalJson } from "../run/identity.js";

/** How a calculation is followed and ended. */
export interface CalculationOptions {
  /** Told of shares from 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/**
 * What a figure shows beside training runs: a fit, distances of draws. Like a run it is a function of its settings, and what is kept
 * under their hash is never computed again.
 */
export interface Calculation<T = unknown> {
  /** In words, for progress. */
  readonly title: string;
  /** JSON: all that the result depends on. */
  readonly settings: { readonly kind: string };
  /** A result that survives JSON. */
  compute(options: CalculationOptions): Promise<T>;
}

/** A result, and how it was come by. */
export interface Calculated<T> {
  readonly result: T;
  /** Wall-clock seconds. */
  readonly seconds: number;
  readonly machine: string;
}

/** Finds what was calculated; undefined where it was not. */
export type Results = <T>(calculation: Calculation<T>) => Calculated<T> | undefined;

/** The name of a calculation: 16 hexadecimal digits of a hash of its settings. */
export function calculationId({ settings }: Calculation): string {
  return createHash("sha256").update(canonicalJson(settings)).digest("hex").slice(0, 16);
}

/** Five digits, so that kept files stay small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
