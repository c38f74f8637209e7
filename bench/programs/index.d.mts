import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Sizes by name, and whether layers of dropout drop. */
export type Sizes = Readonly<Record<string, number | readonly number[] | boolean>>;

/** A program on the active backend: `trainOnBatch` of a model, or a step of a loop of its own, on each batch in turn. */
export type Made =
  | { readonly model: LayersModel; readonly step?: undefined; readonly batches: [Tensor | Tensor[], Tensor][] }
  | { readonly model?: undefined; readonly step: (...batch: Tensor[]) => Tensor[]; readonly batches: Tensor[][] };

export interface Program {
  readonly title: string;
  readonly sizes: Sizes;
  /** Sizes for tests. */
  readonly small: Sizes;
  readonly hasDropout?: boolean;
  make(sizes: Sizes): Made;
}

export const programs: Readonly<Record<string, Program>>;
