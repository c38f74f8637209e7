import { type Bijector, isSimplexBijector } from "@igr/bijectors";
import { IGR, type IGROptions, klDivergence, type Rng } from "@igr/core";
import { checkOneOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { gaussianKl, gaussianLogRatio, locAndScale } from "./gaussian-terms.js";
import { type IgrDecoderInput, type IgrLatentOptions, igrLatentOptions } from "./igr-latent-options.js";
import { GaussianPrior, PRIOR_FOLLOWS, readPrior } from "./igr-prior.js";
import { Latent, type ProbsPrecision, type ScheduledPrior } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";
import { LatentTemperature, type LearnTemperature, overCategories } from "./latent-temperature.js";
import { logOfSimplex } from "./log-of-simplex.js";
import { quadratureOf } from "./quadrature.js";

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
  /** Whether the temperature is learned, and for which variables. */
  readonly learnTemperature: LearnTemperature;
  readonly transform: NonNullable<IGROptions["transform"]>;
  readonly delta: number | undefined;
  readonly scheduledPrior: ScheduledPrior;
  readonly decoderReceives: IgrDecoderInput;
  readonly #bijector: Bijector;
  readonly #temperature: LatentTemperature | undefined;
  readonly #prior: GaussianPrior;

  /**
   * Reads the prior's numbers, so that they can be saved: give arrays, not tensors, on a backend that cannot read
   * synchronously.
   * @throws RangeError for a temperature, delta or prior scale that is not > 0, or a prior without K-1 numbers each;
   * TypeError for a missing or superfluous temperature, or an option that needs softmax++ with another transform.
   */
  constructor(options: IgrLatentOptions) {
    if (new.target === IgrLatent) checkNamedOptions("IgrLatent", options, igrLatentOptions);
    const {
      temperature,
      transform = "softmax++",
      delta,
      prior,
      learnPrior = false,
      scheduledPrior = "follows",
      decoderReceives = "z",
      learnTemperature = false,
      ...size
    } = options;
    super(size);
    this.temperature = temperature;
    this.delta = delta;
    this.transform = transform;
    this.scheduledPrior = checkOneOf("IgrLatent", "scheduledPrior", scheduledPrior, ["follows", "fixed"]);
    this.decoderReceives = checkOneOf("IgrLatent", "decoderReceives", decoderReceives, ["z", "log z", "log softmax"]);
    if (transform !== "softmax++" && (scheduledPrior === "fixed" || decoderReceives === "log softmax")) {
      const option = scheduledPrior === "fixed" ? "scheduledPrior: 'fixed'" : "decoderReceives: 'log softmax'";
      throw new TypeError(`IgrLatent: ${option} is only for the transform 'softmax++'`);
    }
    const numbers = readPrior("IgrLatent", prior, this.categories - 1, "K-1");
    // Checks temperature, delta and transform before anything is allocated on the backend.
    this.#bijector = this.#distribution(numbers.loc, [1]).bijector;
    if (learnTemperature !== false && (temperature === undefined || transform === "interpolation")) {
      throw new TypeError(
        "IgrLatent: learnTemperature needs a transform whose temperature may be any number > 0: 'softmax++' or 'stick-breaking'",
      );
    }
    this.learnTemperature = learnTemperature;
    this.#temperature =
      temperature === undefined
        ? undefined
        : new LatentTemperature("IgrLatent", temperature, learnTemperature, this.variables);
    this.#prior = new GaussianPrior(numbers, this.variables, learnPrior);
  }

  override get outputsPerVariable(): number {
    return 2 * (this.categories - 1);
  }

  override get inputsPerVariable(): number {
    return this.decoderReceives === "log softmax" ? this.categories - 1 : this.categories;
  }

  /** With 'stick-breaking' and delta <= 1 the remainder is never the largest. */
  override get attainableCategories(): number {
    const { categories, delta = 0.1 } = this;
    return this.transform === "stick-breaking" && delta <= 1 ? categories - 1 : categories;
  }

  /** 1 for `'interpolation'` (eq 23), whose values leave the simplex above 1. */
  override get temperatureLimit(): number | undefined {
    return this.transform === "interpolation" ? 1 : undefined;
  }

  override get hasTemperature(): boolean {
    return this.temperature !== undefined && this.learnTemperature === false;
  }

  override describeScheduledPrior(): string {
    return this.scheduledPrior === "follows"
      ? PRIOR_FOLLOWS
      : `the prior's distribution over the simplex stays that of temperature ${this.temperature}`;
  }

  /** The prior's Gaussian parameters; if they are learned, their initial values. */
  get prior(): { readonly loc: readonly number[]; readonly scale: readonly number[] } {
    return this.#prior.numbers;
  }

  override get trainableVariables(): tf.Variable[] {
    return [...this.#prior.trainableVariables, ...(this.#temperature?.trainableVariables ?? [])];
  }

  /** `{ loc, scale }`, each `[B, N, K-1]`. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return locAndScale(outputs);
  }

  override sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape: readonly number[] = [],
    scheduled: Scheduled = {},
  ): LatentSample {
    const temperature = this.#temperature?.at(scheduled.temperature);
    const loc = parameters.loc!;
    const scale = parameters.scale!;
    const eps = rng.normal([...sampleShape, ...loc.shape]);
    const y = tf.add(loc, tf.mul(scale, eps));
    // Both densities are those of the pre-image: the transform's Jacobian cancels.
    const logRatio = () => tf.tidy(() => gaussianLogRatio(eps, scale, y, this.#gaussianPrior(temperature)));
    const bijector =
      temperature instanceof tf.Tensor ? this.#distribution(loc, scale, temperature).bijector : this.#bijector;
    if (this.decoderReceives === "log softmax") {
      const input = tf.logSoftmax(tf.div(y, overCategories(temperature!)));
      return { z: bijector.forward(y), input, logRatio };
    }
    if (this.decoderReceives === "log z") {
      const input = isSimplexBijector(bijector) ? bijector.forwardLog(y) : logOfSimplex(bijector.forward(y));
      return { z: tf.exp(input), input, logRatio };
    }
    return { z: bijector.forward(y), logRatio };
  }

  override kl(parameters: LatentParameters, _sample?: LatentSample, scheduled: Scheduled = {}): tf.Tensor {
    const { loc, scale } = parameters;
    // Eq 19: posterior and prior share the transform at the step's temperature.
    return tf.tidy(() => gaussianKl({ loc: loc!, scale: scale! }, this.#gaussianPrior(this.#at(scheduled))));
  }

  /** By quadrature for `'softmax++'`; for the other transforms over a lattice of 256 points, to about 5e-3. */
  override discreteLogProbs(
    { loc, scale }: LatentParameters,
    scheduled: Scheduled = {},
    precision?: ProbsPrecision,
  ): tf.Tensor {
    const options = { samples: LATTICE, ...quadratureOf(precision) };
    return tf.tidy(() => this.#distribution(loc!, scale!, this.#at(scheduled)).discreteLogProbs(options));
  }

  /** The KL of argmax z under posterior and prior; see {@link discreteLogProbs}. */
  override categoricalKl(
    { loc, scale }: LatentParameters,
    scheduled: Scheduled = {},
    precision?: ProbsPrecision,
  ): tf.Tensor {
    return tf.tidy(() => {
      const temperature = this.#at(scheduled);
      const ofPrior = this.#gaussianPrior(temperature);
      const [posterior, prior] = [
        this.#distribution(loc!, scale!, temperature),
        this.#distribution(ofPrior.loc, ofPrior.scale, temperature),
      ];
      const options = { samples: LATTICE, ...quadratureOf(precision) };
      const [q, p] = [posterior, prior].map((igr) => igr.discrete(options)) as [Discrete, Discrete];
      return klDivergence(q, p);
    });
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => {
      const temperature = this.#at({});
      const { loc, scale } = this.#gaussianPrior(temperature);
      const prior = this.#distribution(loc, scale, temperature);
      const isOfEach = prior.batchShape.length > 0;
      return prior.sample(rng, isOfEach ? [count] : [count, this.variables]) as tf.Tensor3D;
    });
  }

  override decoderInput(z: tf.Tensor): tf.Tensor {
    if (this.decoderReceives === "z") return z;
    if (this.decoderReceives === "log z") return logOfSimplex(z);
    // log z_k - log sum_{j<K} z_j is the log-softmax of the K-1 logits: the remainder cancels.
    return tf.tidy(() => tf.logSoftmax(logOfSimplex(firstCategories(z, this.categories - 1))));
  }

  /**
   * @throws TypeError for a transform given as a bijector object: override `config` in a subclass with a kind of its
   * own.
   */
  override config(): LatentConfig {
    const { variables, categories, temperature, transform, delta } = this;
    if (typeof transform !== "string") {
      throw new TypeError(
        "IgrLatent.config: a transform given as an object cannot be saved; override config in a subclass with a kind of its own",
      );
    }
    const prior = this.#prior.numbers;
    return {
      kind: "igr",
      variables,
      categories,
      temperature,
      transform,
      ...(delta === undefined ? {} : { delta }),
      prior,
      ...(this.#prior.isLearned ? { learnPrior: true } : {}),
      ...(this.scheduledPrior === "follows" ? {} : { scheduledPrior: this.scheduledPrior }),
      ...(this.decoderReceives === "z" ? {} : { decoderReceives: this.decoderReceives }),
      ...this.#temperature?.config(),
    };
  }

  override dispose(): void {
    this.#prior.dispose();
    this.#temperature?.dispose();
  }

  #at({ temperature }: Scheduled): number | tf.Tensor | undefined {
    return this.#temperature?.at(temperature);
  }

  /** The prior's Gaussian at a step's temperature. */
  #gaussianPrior(temperature: number | tf.Tensor | undefined): { readonly loc: tf.Tensor; readonly scale: tf.Tensor } {
    const { loc, scale } = this.#prior;
    if (!(temperature instanceof tf.Tensor) || this.scheduledPrior === "follows") return { loc, scale };
    // log z_k - log z_K = y_k / temperature - log delta keeps its distribution if y is proportional to the temperature.
    const ratio = tf.div(overCategories(temperature), this.temperature!);
    return { loc: tf.mul(ratio, loc), scale: tf.mul(ratio, scale) };
  }

  #distribution(
    loc: tf.Tensor | number[],
    scale: tf.Tensor | number[],
    temperature: number | tf.Tensor | undefined = this.temperature,
  ): IGR {
    const { transform, delta } = this;
    return new IGR({ loc, scale, transform, temperature, delta });
  }
}

/** Points for each image and variable. A tensor for [64, 30] variables of ten categories takes 20 MB. */
const LATTICE = 256;

type Discrete = ReturnType<IGR["discrete"]>;

function firstCategories(z: tf.Tensor, count: number): tf.Tensor {
  const begin = new Array<number>(z.rank).fill(0);
  return tf.slice(z, begin, [...z.shape.slice(0, -1), count]);
}
