import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { CategoricalEstimator } from "../latent/categorical-estimator.js";
import type { ForwardOptions } from "../model/model.js";
import type { BitSupport } from "./belief-network.js";
import type { BinaryRelaxation } from "./binary-relaxation.js";

/** What a {@link StructuredPrediction} is made of. */
export interface StructuredPredictionOptions {
  /**
   * The maps between the layers: from the upper pixels to the numbers of the first stochastic layer, ..., from the last one to
   * the logits of the lower pixels. At least two; the model owns them from here.
   */
  readonly networks: readonly LayersModel[];
  /** How the bits are relaxed. Exactly one of `relaxation` and `estimator` is given. */
  readonly relaxation?: BinaryRelaxation;
  /**
   * Bits that are not relaxed, one logit each, and how a gradient passes them in training. The estimator has `samples` of its own. The bound
   * is that of the discrete network throughout; `'vimco'` trains the multi-sample bound, through any number of layers.
   */
  readonly estimator?: CategoricalEstimator;
  /** What a bit is to the next map: -1 or 1 (`'signs'`, default), or 0 or 1 (`'bits'`). */
  readonly support?: BitSupport;
  /** m, the samples of the bound in training, >= 1; 1 by default. */
  readonly samples?: number;
}

/** How the multi-sample bound is taken. */
export interface MultiSampleOptions {
  /** m, >= 1. The bound rises with it, towards log p(lower | upper). */
  readonly samples: number;
  /** Whether each bit is rounded, so that the bound is that of the discrete network; of a bound false (relaxed bits) by default. */
  readonly hard?: boolean;
}

/** Options of `StructuredPrediction.bound`. */
export interface BoundOptions extends MultiSampleOptions, ForwardOptions {
  /** Samples that go through the networks at once; so many that a pass takes at most 4,096 images by default. */
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
