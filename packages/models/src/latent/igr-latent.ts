import { IGR, type IGROptions, klDivergence, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkPositive } from "../check.js";
import { Latent, type LatentConfig, type LatentParameters, type LatentSample, type LatentSize } from "./latent.js";

/** Gaussian parameters of the prior, K-1 numbers each: what `fitPrior` of @igr/core returns. */
export interface IgrPrior {
  readonly loc: tf.Tensor | ArrayLike<number>;
  /** Standard deviations, > 0. */
  readonly scale: tf.Tensor | ArrayLike<number>;
}

export interface IgrLatentOptions extends LatentSize {
  /**
   * Temperature of the transform, > 0, for the posterior and the prior. Left out if, and only if, `transform` is a
   * bijector that already maps onto the simplex.
   */
  readonly temperature?: number;
  /** `'softmax++'` by default; see `IGR` of @igr/core. With 'stick-breaking' the last category never wins. */
  readonly transform?: IGROptions["transform"];
  /** Weight of softmax++'s remainder, > 0; `IGR`'s default (0.1) if absent. */
  readonly delta?: number;
  /**
   * The prior of each variable, from `fitPrior` (eq 20). Mean matching leaves the scale open, so that the fit's start
   * decides it, and with it KL and ELBO: the fitted numbers are part of the model and of its checkpoint.
   */
  readonly prior: IgrPrior;
}

/**
 * N IGR variables with K categories: z = g(loc + scale eps, temperature). The encoder gives 2 (K-1) numbers per variable:
 * loc, then log scale. The KL against the fitted prior is that of the Gaussians, in closed form (eq 19).
 *
 * @example
 * ```ts
 * const prior = fitPrior({ target: Array(10).fill(0.1), temperature: 0.5, rng: rng.fork("prior") });
 * const latent = new IgrLatent({ variables: 30, categories: 10, temperature: 0.5, prior });
 * ```
 */
export class IgrLatent extends Latent {
  readonly temperature: number | undefined;
  readonly transform: NonNullable<IGROptions["transform"]>;
  readonly delta: number | undefined;
  readonly #prior: IGR;
  readonly #loc: tf.Tensor;
  readonly #scale: tf.Tensor;
  readonly #priorConfig: { readonly loc: number[]; readonly scale: number[] };

  /**
   * Reads the prior's numbers, so that they can be saved: give arrays, not tensors, on a backend that cannot read
   * synchronously.
   * @throws RangeError for a temperature, delta or prior scale that is not > 0, or a prior without K-1 numbers each;
   * TypeError for a temperature that is missing or superfluous.
   */
  constructor({ temperature, transform = "softmax++", delta, prior, ...size }: IgrLatentOptions) {
    super(size);
    this.temperature = temperature;
    this.delta = delta;
    this.transform = transform;
    const loc = checkLength("prior.loc", prior.loc, this.categories - 1);
    const scale = checkLength("prior.scale", prior.scale, this.categories - 1);
    for (const value of scale) checkPositive("IgrLatent", "prior.scale", value);
    this.#priorConfig = { loc, scale };
    this.#loc = tf.keep(tf.tensor1d(loc));
    this.#scale = tf.keep(tf.tensor1d(scale));
    this.#prior = this.#distribution(this.#loc, this.#scale);
  }

  override get outputsPerVariable(): number {
    return 2 * (this.categories - 1);
  }

  /** The prior's Gaussian parameters. */
  get prior(): { readonly loc: readonly number[]; readonly scale: readonly number[] } {
    return this.#priorConfig;
  }

  /** `{ loc, scale }`, each `[B, N, K-1]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return tf.tidy(() => {
      const [loc, logScale] = tf.split(outputs, 2, 2);
      return { loc: loc!, scale: tf.exp(logScale!) };
    });
  }

  override sample(parameters: LatentParameters, rng: Rng, sampleShape: readonly number[] = []): LatentSample {
    const loc = parameters.loc!;
    const scale = parameters.scale!;
    const eps = rng.normal([...sampleShape, ...loc.shape]);
    const y = tf.add(loc, tf.mul(scale, eps));
    // log N(y; loc, scale) - log N(y; prior): both densities are those of the pre-image, the transform's cancels.
    const logRatio = () =>
      tf.tidy(() => {
        const ofPosterior = tf.add(tf.mul(0.5, tf.square(eps)), tf.log(scale));
        const standardized = tf.div(tf.sub(y, this.#loc), this.#scale);
        const ofPrior = tf.add(tf.mul(0.5, tf.square(standardized)), tf.log(this.#scale));
        return tf.sum(tf.sub(ofPrior, ofPosterior), y.rank - 1);
      });
    return { z: this.#prior.bijector.forward(y), logRatio };
  }

  override kl(parameters: LatentParameters): tf.Tensor {
    return klDivergence(this.#distribution(parameters.loc!, parameters.scale!), this.#prior, { method: "closed" });
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return this.#prior.sample(rng, [count, this.variables]) as tf.Tensor3D;
  }

  /** @throws TypeError for a transform that is a bijector object: override it in a subclass that names its own kind. */
  override config(): LatentConfig {
    const { variables, categories, temperature, transform, delta } = this;
    if (typeof transform !== "string") {
      throw new TypeError(
        "IgrLatent.config: a transform given as an object cannot be saved; override config in a subclass with a kind of its own",
      );
    }
    const prior = this.#priorConfig;
    return {
      kind: "igr",
      variables,
      categories,
      temperature,
      transform,
      ...(delta === undefined ? {} : { delta }),
      prior,
    };
  }

  override dispose(): void {
    this.#loc.dispose();
    this.#scale.dispose();
  }

  #distribution(loc: tf.Tensor, scale: tf.Tensor): IGR {
    const { temperature, transform, delta } = this;
    return new IGR({ loc, scale, transform, temperature, delta });
  }
}

function checkLength(argument: string, given: tf.Tensor | ArrayLike<number>, length: number): number[] {
  const values = given instanceof tf.Tensor ? Array.from(given.dataSync()) : Array.from(given);
  if (values.length !== length || !values.every(Number.isFinite)) {
    throw new RangeError(
      `IgrLatent: ${argument} must hold K-1 = ${length} finite numbers, got ${JSON.stringify(values)}`,
    );
  }
  return values;
}
