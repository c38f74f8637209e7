import { InfiniteIGR, klDivergence, OneHotCategorical, type Rng } from "@igr/core";
import { checkInteger, checkNumber, checkPositive, openInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { byImages } from "./by-images.js";
import { onePointMore, PRIOR_POINTS } from "./frequencies.js";
import { gaussianKl, gaussianLogRatio, locAndScale } from "./gaussian-terms.js";
import { GaussianPrior, type IgrPrior, PRIOR_FOLLOWS, readPrior } from "./igr-prior.js";
import { Latent } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";

/** Options of {@link IgrStickBreakingLatent}. */
export interface IgrStickBreakingLatentOptions {
  /** N, the number of categorical variables, >= 1. */
  readonly variables: number;
  /** The maximum number of categories that a sample can keep, >= 2; 50 in the paper's joint models. */
  readonly maxCategories: number;
  /** Temperature, > 0; with a schedule in `fit`, its final value. */
  readonly temperature: number;
  /** Weight of softmax++'s remainder, > 0; 0.1 by default. */
  readonly delta?: number;
  /** Share of the stick that the kept categories of a sample must exceed, in (0, 1); 0.99 by default. */
  readonly rho?: number;
  /**
   * The prior of each stick's Gaussian, `maxCategories` numbers: from `fitPrior` with the transform `'stick-breaking'`
   * and the same `rho`. Without `rho`, `fitPrior` would fit eq 24 without the cut, a different distribution.
   */
  readonly prior: IgrPrior;
  /** Whether training also learns the prior of each variable, starting from `prior`; false by default. */
  readonly learnPrior?: boolean;
}

const OPTIONS = {
  variables: "checked",
  maxCategories: "checked",
  temperature: "checked",
  delta: "optional",
  rho: "optional",
  prior: "checked",
  learnPrior: "optional",
} as const;

/**
 * N variables of IGR-SB, whose number of categories is not fixed: stick-breaking over up to `maxCategories` sticks, of
 * which each sample keeps the fewest that hold more than `rho` of the stick, then softmax++ (section 4.2 of the paper;
 * {@link InfiniteIGR} of @igr/core). The encoder gives loc and log scale of every stick.
 *
 * z is `[.., N, maxCategories + 1]`: a coordinate for each stick, which is 0 if the stick was cut off, then that of the
 * remainder, which is never the largest for delta <= 1. The KL is that of all sticks, in closed form (eq 19): the cut
 * affects only what the decoder receives.
 * A sample's `kept` says how many categories it keeps, and models report the mean as the term `keptCategories`. For a
 * fixed K (eq 24 without the cut) use {@link IgrLatent} with the transform
 * `'stick-breaking'`.
 */
export class IgrStickBreakingLatent extends Latent {
  readonly maxCategories: number;
  readonly temperature: number;
  readonly delta: number;
  readonly rho: number;
  readonly #prior: GaussianPrior;

  /** @throws RangeError for a number out of range, or a prior without `maxCategories` numbers each or fitted at another `rho`. */
  constructor(options: IgrStickBreakingLatentOptions) {
    const owner = "IgrStickBreakingLatent";
    if (new.target === IgrStickBreakingLatent) checkNamedOptions(owner, options, OPTIONS);
    const { variables, temperature, delta = 0.1, rho = 0.99, prior, learnPrior = false } = options;
    const maxCategories = checkInteger(owner, "maxCategories", options.maxCategories, 2);
    super({ variables, categories: maxCategories + 1 });
    this.maxCategories = maxCategories;
    this.temperature = checkPositive(owner, "temperature", temperature);
    this.delta = checkPositive(owner, "delta", delta);
    this.rho = checkNumber(owner, "rho", rho, openInterval);
    if (prior?.rho !== undefined && prior.rho !== rho) {
      throw new RangeError(
        `${owner}: prior must be fitted at rho = ${rho}, where the model cuts, got one of ${prior.rho}`,
      );
    }
    this.#prior = new GaussianPrior(
      readPrior(owner, prior, maxCategories, "maxCategories"),
      this.variables,
      learnPrior,
    );
  }

  override get outputsPerVariable(): number {
    return 2 * this.maxCategories;
  }

  /** For delta <= 1 the remainder is never the largest. */
  override get attainableCategories(): number {
    return this.delta <= 1 ? this.maxCategories : this.categories;
  }

  override get hasTemperature(): boolean {
    return true;
  }

  override describeScheduledPrior(): string {
    return PRIOR_FOLLOWS;
  }

  override get trainableVariables(): tf.Variable[] {
    return this.#prior.trainableVariables;
  }

  /** `{ loc, scale }`, each `[B, N, maxCategories]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return locAndScale(outputs);
  }

  override sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape: readonly number[] = [],
    { temperature }: Scheduled = {},
  ): LatentSample {
    const loc = parameters.loc!;
    const scale = parameters.scale!;
    const { value, preImage, effectiveK } = this.#distribution(loc, scale, temperature).sampleWithPreImage(
      rng,
      sampleShape,
    );
    const logRatio = () =>
      tf.tidy(() => gaussianLogRatio(tf.div(tf.sub(preImage, loc), scale), scale, preImage, this.#prior));
    return { z: value, kept: effectiveK, logRatio };
  }

  override kl({ loc, scale }: LatentParameters): tf.Tensor {
    return tf.tidy(() => gaussianKl({ loc: loc!, scale: scale! }, this.#prior));
  }

  /**
   * Computed over a lattice of 256 points, accurate to about 5e-3. If `rho < maxCategories / (maxCategories + 1)`, the
   * cut may drop the longest stick, and the result is frequencies over 1,024 points, accurate to about 1e-2. The
   * remainder has -Infinity for delta <= 1.
   */
  override discreteLogProbs({ loc, scale }: LatentParameters): tf.Tensor {
    const samples = this.#points;
    return byImages({ loc: loc!, scale: scale! }, samples, (loc, scale) =>
      this.#distribution(loc, scale).discreteLogProbs({ samples }),
    );
  }

  /**
   * That of argmax z under posterior and prior; see {@link discreteLogProbs}. If the prior's probabilities are
   * frequencies, one point is added to each category, so that no category of the posterior is impossible.
   */
  override categoricalKl(parameters: LatentParameters): tf.Tensor {
    return tf.tidy(() => {
      const logProbs = this.#distribution(this.#prior.loc, this.#prior.scale).discreteLogProbs({
        samples: PRIOR_POINTS,
      });
      const logits = this.#isCounted ? onePointMore(logProbs, PRIOR_POINTS) : logProbs;
      const posterior = new OneHotCategorical({ logits: this.discreteLogProbs(parameters) });
      return klDivergence(posterior, new OneHotCategorical({ logits }));
    });
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => {
      const { loc, scale } = this.#prior;
      const shape = this.#prior.sampleShape(count, this.variables);
      return this.#distribution(loc, scale).sample(rng, shape) as tf.Tensor3D;
    });
  }

  override config(): LatentConfig {
    const { variables, maxCategories, temperature, delta, rho } = this;
    const { numbers: prior, isLearned: learnPrior } = this.#prior;
    return { kind: "igr-sb", variables, maxCategories, temperature, delta, rho, prior, learnPrior };
  }

  override dispose(): void {
    this.#prior.dispose();
  }

  /** Whether the cut may drop the longest stick; probabilities are then computed as frequencies. */
  get #isCounted(): boolean {
    return this.rho / this.maxCategories < 1 - this.rho;
  }

  get #points(): number {
    return this.#isCounted ? 1024 : 256;
  }

  #distribution(loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Scalar | number = this.temperature): InfiniteIGR {
    // A sample that needs more sticks is cut at the maximum.
    return new InfiniteIGR({ loc, scale, temperature, delta: this.delta, rho: this.rho, onCap: "ignore" });
  }
}
