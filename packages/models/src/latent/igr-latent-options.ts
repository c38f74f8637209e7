import type { IGROptions } from "@igr/core";
import type { IgrPrior } from "./igr-prior.js";
import type { LatentSize, ScheduledPrior } from "./latent.js";
import type { LearnTemperature } from "./latent-temperature.js";

/** What a decoder can receive from an IGR variable; see {@link IgrLatentOptions.decoderReceives}. */
export type IgrDecoderInput = "z" | "log z" | "log softmax";

/** Options of `IgrLatent`. */
export interface IgrLatentOptions extends LatentSize {
  /**
   * Temperature of the transform, > 0, for the posterior and the prior; with a schedule in `fit`, its final value. Omit
   * it if, and only if, `transform` is a bijector that already maps onto the simplex.
   */
  readonly temperature?: number;
  /** `'softmax++'` by default; see `IGR` of @igr/core. With 'stick-breaking' the last category never wins. */
  readonly transform?: IGROptions["transform"];
  /** Weight of softmax++'s remainder, > 0; `IGR`'s default (0.1) if absent. */
  readonly delta?: number;
  /**
   * The prior of each variable, from `fitPrior` (eq 20). Mean matching does not determine the scale, so the start of
   * the fit decides it, and with it KL and ELBO. The fitted numbers are therefore part of the model and of its
   * checkpoint.
   */
  readonly prior: IgrPrior;
  /**
   * Whether training also learns the prior of each variable, starting from `prior`. By default (false) all variables
   * share the fixed `prior`.
   */
  readonly learnPrior?: boolean;
  /**
   * The prior under a temperature schedule. With `'follows'` (default) its Gaussian parameters are constant, so its
   * distribution over the simplex changes with the temperature of the step. With `'fixed'` its distribution over the
   * simplex stays that of `temperature`: loc and scale are proportional to the temperature.
   * Only softmax++ allows `'fixed'`.
   */
  readonly scheduledPrior?: ScheduledPrior;
  /**
   * What the decoder receives: `'z'` (default); `'log z'`; or `'log softmax'`, the log-softmax of the K-1 logits y / temperature
   * without the remainder, K-1 numbers, as in the programs of the paper's authors.
   */
  readonly decoderReceives?: IgrDecoderInput;
  /**
   * Whether training learns the temperature, starting from `temperature`: one for all variables, or one for each; false
   * by default. A learned temperature cannot have a schedule.
   */
  readonly learnTemperature?: LearnTemperature;
}

/** Its names, for `checkNamedOptions`. */
export const igrLatentOptions = {
  variables: "checked",
  categories: "checked",
  temperature: "optional",
  transform: "optional",
  delta: "optional",
  prior: "checked",
  learnPrior: "optional",
  scheduledPrior: "optional",
  decoderReceives: "optional",
  learnTemperature: "optional",
} as const;
