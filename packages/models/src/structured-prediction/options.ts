import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { CategoricalEstimator } from "../latent/categorical-estimator.js";
import type { ForwardOptions } from "../model/model.js";
import type { BitSupport } from "./belief-network.js";
import type { BinaryRelaxation } from "./binary-relaxation.js";

/** Options of {@link StructuredPrediction}. */
export interface StructuredPredictionOptions {
  /**
   * The maps between the layers: from the upper pixels to the parameters of the first stochastic layer, ..., from the
   * last stochastic layer to the logits of the lower pixels. At least two. The model takes ownership of them.
   */
  readonly networks: readonly LayersModel[];
  /** How the bits are relaxed. Exactly one of `relaxation` and `estimator` is given. */
  readonly relaxation?: BinaryRelaxation;
  /**
   * The gradient estimator for bits that are not relaxed, with one logit each. It has its own `samples`. The bound is
   * always that of the discrete network; `'vimco'` trains the multi-sample bound, for any number of layers.
   */
  readonly estimator?: CategoricalEstimator;
  /** The values of a bit as input of the next map: -1 and 1 (`'signs'`, default), or 0 and 1 (`'bits'`). */
  readonly support?: BitSupport;
  /** m, the samples of the bound in training, >= 1; 1 by default. */
  readonly samples?: number;
}

/** Options of the multi-sample bound. */
export interface MultiSampleOptions {
  /** m, >= 1. The bound rises with m towards log p(lower | upper). */
  readonly samples: number;
  /**
   * Whether to round each bit, so that the bound is that of the discrete network. In bounds false (relaxed bits) by
   * default.
   */
  readonly hard?: boolean;
}

/** Options of `StructuredPrediction.bound`. */
export interface BoundOptions extends MultiSampleOptions, ForwardOptions {
  /**
   * Samples that go through the networks at once; by default the largest number for which a pass has at most 4,096
   * images.
   */
  readonly samplesPerPass?: number;
}

/** Names of the options of a StructuredPrediction. */
export const OPTIONS = {
  networks: "checked",
  relaxation: "optional",
  estimator: "optional",
  support: "optional",
  samples: "optional",
} as const;

/** Names of the options of its multi-sample bounds. */
export const MULTI_SAMPLE_OPTIONS = { samples: "checked", hard: "optional" } as const;

/** Names of the options of its method `bound`. */
export const BOUND_OPTIONS = {
  ...MULTI_SAMPLE_OPTIONS,
  training: "optional",
  scheduled: "optional",
  samplesPerPass: "optional",
} as const;

/** @throws TypeError unless the bits are either relaxed or have an estimator. */
export function checkOneWay(
  owner: string,
  { relaxation, estimator }: Pick<StructuredPredictionOptions, "relaxation" | "estimator">,
): void {
  if ((relaxation === undefined) !== (estimator === undefined)) return;
  const given = relaxation === undefined ? "neither" : "both";
  throw new TypeError(`${owner}: exactly one of relaxation and estimator must be given, got ${given}`);
}
