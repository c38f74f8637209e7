import type * as bijectors from "@igr/bijectors";
import type * as tf from "@tensorflow/tfjs-core";
import type * as core from "../src/index.js";

/** A row of test/fixtures/stability.json. */
export interface StabilityRow {
  readonly quantity: string;
  readonly exact: number | string | readonly (number | string)[];
  readonly terms: number | readonly number[];
  readonly torch?: number | string | readonly (number | string)[];
  readonly tfp?: number | string | readonly (number | string)[];
  readonly [argument: string]: unknown;
}
export type Verdict = "right" | "wrong" | "infinite" | "NaN" | "refused" | "limit";
export interface Libraries {
  readonly tf: typeof tf;
  readonly core: typeof core;
  readonly bijectors: typeof bijectors;
}
export declare function tolerance(quantity: string): number;
/** Our value of a row: a number, or one for each coordinate that is compared. */
export declare function evaluate(libraries: Libraries, row: StabilityRow): number | number[];
/** The verdict on a value, and its largest error relative to `max(1, terms)`. */
export declare function judge(row: StabilityRow, value: StabilityRow["torch"]): { verdict: Verdict; error: number };
