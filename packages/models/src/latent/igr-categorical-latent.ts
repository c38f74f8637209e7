import { type GradientEstimator, IGR, IgrRao, OneHotCategorical, Pathwise, type Rng } from "@igr/core";
import { checkPositive } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type CategoricalEstimator, makeEstimator, type OwnedEstimator } from "./categorical-estimator.js";
import { locAndScale } from "./gaussian-terms.js";
import type { ProbsPrecision } from "./latent.js";
import type { LatentConfig, LatentParameters } from "./latent-part.js";
import { OneHotLatent, type OneHotOptions } from "./one-hot-latent.js";
import { quadratureOf } from "./quadrature.js";

/**
 * How a gradient passes one-hot draws of an IGR. `'igr-straight-through'`: by the Jacobian of the relaxed draw.
 * `'igr-rao'`: by that Jacobian
 * averaged over `conditionalDraws` pre-images of the same argmax, 4 by default. Every other kind (`'straight-through'`,
 * `'reinmax'`, ...) uses the exact probabilities of the argmax, where {@link CategoricalLatent} uses those of a
 * softmax.
 */
export type IgrCategoricalEstimator =
  | { readonly kind: "igr-straight-through"; readonly samples?: number }
  | { readonly kind: "igr-rao"; readonly conditionalDraws?: number; readonly samples?: number }
  | CategoricalEstimator;

/** Options of {@link IgrCategoricalLatent}. */
export interface IgrCategoricalLatentOptions extends OneHotOptions {
  /**
   * Temperature of softmax++, > 0; with a schedule in `fit`, its final value. It determines the Jacobian for the kinds
   * `'igr-straight-through'` and `'igr-rao'`, and the last category's probability through temperature log delta.
   */
  readonly temperature: number;
  /** Weight of softmax++'s remainder, > 0; 0.1 by default. */
  readonly delta?: number;
  /** How the gradient passes the draw; ReinMax at temperature 1.1 by default. */
  readonly estimator?: IgrCategoricalEstimator;
}

/**
 * N categorical variables of K categories whose probabilities are those of an IGR's argmax: P(k) = P(argmax_j g(loc + scale eps)_j = k), exact by
 * quadrature and differentiable in loc and scale (`discreteLogProbs` of {@link IGR}). The decoder receives one-hot
 * draws, also in training, and the KL is that of the categories, in closed form (eq 9). So the model's ELBO is its hard
 * ELBO, as for {@link CategoricalLatent}, but the encoder gives the Gaussians of {@link IgrLatent}. In training the
 * quadrature has a third of its points, with errors near 1e-3 in the logarithms.
 *
 * The encoder gives 2 (K-1) numbers per variable: loc, then log scale.
 *
 * A schedule of `temperature` applies to softmax++ for the kinds `'igr-straight-through'` and `'igr-rao'`, and to the
 * estimator for other kinds with a temperature.
 *
 * @example
 * ```ts
 * const latent = new IgrCategoricalLatent({ variables: 30, categories: 10, temperature: 0.5, estimator: { kind: "igr-rao" } });
 * ```
 */
export class IgrCategoricalLatent extends OneHotLatent {
  readonly temperature: number;
  readonly delta: number;
  /** The gradient estimator's kind and options. */
  readonly estimatorOptions: IgrCategoricalEstimator;
  readonly #estimator: Pass;

  /** @throws RangeError for a number out of range, or an unknown estimator; TypeError for an unknown option. */
  constructor(options: IgrCategoricalLatentOptions) {
    const owner = "IgrCategoricalLatent";
    if (new.target === IgrCategoricalLatent) checkNamedOptions(owner, options, OPTIONS);
    const { temperature, delta = 0.1, estimator = { kind: "reinmax", temperature: 1.1 }, ...rest } = options;
    super(owner, rest);
    this.temperature = checkPositive(owner, "temperature", temperature);
    this.delta = checkPositive(owner, "delta", delta);
    this.estimatorOptions = estimator;
    this.#estimator = makePass(owner, estimator, this.variables * this.categories);
  }

  override get outputsPerVariable(): number {
    return 2 * (this.categories - 1);
  }

  override get hasTemperature(): boolean {
    return this.#estimator.takes === "igr" || this.#estimator.owned.estimator.hasTemperature;
  }

  override describeScheduledPrior(): string {
    return "the prior has no temperature: only the draw's probabilities or the gradient's estimator have";
  }

  override get trainsMultiSampleBound(): boolean {
    return this.estimatorOptions.kind === "vimco";
  }

  override get trainableVariables(): tf.Variable[] {
    return [...super.trainableVariables, ...this.#estimator.owned.estimator.trainableVariables];
  }

  override get stateVariables(): tf.Variable[] {
    return this.#estimator.owned.estimator.stateVariables;
  }

  /** `{ loc, scale }`, each `[B, N, K-1]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return locAndScale(outputs);
  }

  override discreteLogProbs(
    parameters: LatentParameters,
    scheduled: Scheduled = {},
    precision?: ProbsPrecision,
  ): tf.Tensor {
    return this.#distribution(parameters, scheduled).discreteLogProbs(quadratureOf(precision));
  }

  override config(): LatentConfig {
    const { temperature, delta, estimatorOptions: estimator } = this;
    const { sizes, prior } = this.sizesAndPrior();
    return { kind: "igr-categorical", ...sizes, temperature, delta, estimator, ...prior };
  }

  override dispose(): void {
    super.dispose();
    this.#estimator.owned.dispose();
  }

  protected override surrogate(
    parameters: LatentParameters,
    logProbs: tf.Tensor,
    loss: (z: tf.Tensor) => tf.Tensor,
    rng: Rng,
    scheduled: Scheduled,
  ): tf.Tensor {
    if (this.#estimator.takes === "igr") {
      return this.#estimator.owned.estimator.surrogate(this.#distribution(parameters, scheduled), loss, rng);
    }
    const { estimator } = this.#estimator.owned;
    const { temperature } = scheduled;
    const atStep = temperature === undefined ? estimator : estimator.atTemperature(temperature);
    return atStep.surrogate(new OneHotCategorical({ logits: logProbs }), loss, rng);
  }

  #distribution({ loc, scale }: LatentParameters, { temperature }: Scheduled): IGR {
    const isOwn = temperature === undefined || this.#estimator.takes !== "igr";
    return new IGR({
      loc: loc!,
      scale: scale!,
      temperature: isOwn ? this.temperature : temperature,
      delta: this.delta,
    });
  }
}

/** An estimator, and the distribution that it receives: the IGR, or the categories that it induces. */
type Pass =
  | { readonly takes: "igr"; readonly owned: OwnedEstimator<IGR> }
  | { readonly takes: "categories"; readonly owned: OwnedEstimator<OneHotCategorical> };

function makePass(owner: string, options: IgrCategoricalEstimator, inputs: number): Pass {
  const ofIgr = (estimator: GradientEstimator<IGR>): Pass => ({
    takes: "igr",
    owned: { estimator, dispose: () => estimator.dispose() },
  });
  const samples = (given: { readonly samples?: number }) =>
    given.samples === undefined ? {} : { samples: given.samples };
  switch (options?.kind) {
    case "igr-straight-through":
      checkNamedOptions(`${owner}: estimator`, options, { kind: "required", samples: "optional" });
      return ofIgr(new Pathwise({ hard: true, ...samples(options) }) as GradientEstimator<IGR>);
    case "igr-rao": {
      const names = { kind: "required", samples: "optional", conditionalDraws: "optional" } as const;
      checkNamedOptions(`${owner}: estimator`, options, names);
      const { conditionalDraws = 4 } = options;
      return ofIgr(new IgrRao({ conditionalDraws, ...samples(options) }));
    }
    default:
      return {
        takes: "categories",
        owned: makeEstimator(owner, options, inputs, ["igr-straight-through", "igr-rao"]),
      };
  }
}

const OPTIONS = {
  variables: "checked",
  categories: "checked",
  temperature: "checked",
  delta: "optional",
  estimator: "optional",
  prior: "optional",
  learnPrior: "optional",
} as const;
