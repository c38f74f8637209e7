import type { Bijector } from "@igr/bijectors";
import type { FlatNumbers } from "@igr/tensors";
import { broadcastShapes, broadcastTensor, formatShape, type ParameterValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type ArgmaxProbsOptions, argmaxLogProbs, argmaxProbs, type Relaxed } from "../argmax/argmax-probs.js";
import type { Distribution, SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import { type Support, supports } from "../base/support.js";
import type { TransformedDistribution } from "../combinators/transformed-distribution.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { registerKl } from "../divergence/kl-registry.js";
import { straightThrough } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";
import { DiagonalGaussian, type GaussianCoordinates, TriangularCoordinates } from "./gaussian-coordinates.js";
import { igrDivergence } from "./igr-divergence.js";
import { logRatioForm } from "./igr-log-ratios.js";
import type { IGROptions, SampleWithPreImage } from "./igr-options.js";
import { type IGRTransformName, makeTransform } from "./igr-transform.js";
import { inverseFromLogAndLogDet, logForward, logForwardAndLogDet } from "./map-in-logs.js";
import { checkSimplexLogs } from "./simplex-support.js";

export type { IGROptions, SampleWithPreImage };

/**
 * Invertible Gaussian Reparameterization: `z = g(y, temperature)` on the simplex, with Gaussian `y = loc + scale * eps`
 * and an invertible g. A relaxation of a categorical variable with a closed-form KL divergence and an exact density.
 *
 * Shapes: batch `[...]`, event `[K]`, from `loc` and `scale` of shape `[..., K-1]`; densities are with respect to the
 * first K-1 coordinates of z. `loc` and `scale` are not probabilities: {@link fitPrior} finds the values that match
 * given probabilities. With `'stick-breaking'` and `delta <= 1` the last category never wins.
 *
 * Float32: `sampleAndLogProb` and `sampleLog` with `logProbFromLog` are exact where z rounds to a vertex. `logProb` of
 * a point with a zero coordinate is the limit, -Infinity, as it is outside the image of `'stick-breaking'` and
 * `'interpolation'`, which cover only a part of the simplex; `validate: 'values'` rejects both.
 * With `stickTheLanding`, tensors in the transform (a trained flow or temperature) keep both gradients, which is also
 * unbiased.
 * Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 16-18 (where the Jacobian of eq 18 is taken at y).
 *
 * @example
 * ```ts
 * const relaxed = new IGR({ loc: [0, 1], scale: [1, 1], temperature: 0.5 });
 * const { value, logProb } = relaxed.sampleAndLogProb(createRng(1), [1000]); // [1000, 3] and [1000]
 * klDivergence(relaxed, new IGR({ loc: [0, 0], scale: [1, 1], temperature: 0.5 })); // 0.5, in closed form
 * ```
 */
export class IGR extends RelaxedDistribution {
  static {
    registerKl(IGR, IGR, igrDivergence);
  }

  readonly isReparameterized = true;
  /** The map g from K-1 Gaussian coordinates onto the simplex. */
  readonly bijector: Bijector;
  /** The name of the transform, or `'custom'` for a bijector. */
  readonly transform: IGRTransformName | "custom";
  /** Number of categories K. */
  readonly categories: number;
  /** @internal The Gaussian pre-image. */
  readonly coordinates: GaussianCoordinates;

  /**
   * @param name Its name in error messages, for subclasses.
   * @throws RangeError if shapes do not broadcast or numbers are outside their domain; TypeError if the transform is
   * unknown, the temperature is missing or not allowed, or not exactly one of `scale` and `scaleTril` is given.
   */
  constructor(options: IGROptions, name = "IGR") {
    const { loc, scale, scaleTril, temperature, transform = "softmax++", delta, validate = "shapes" } = options;
    if (scaleTril !== undefined && scale !== undefined) {
      throw new TypeError(`${name}: exactly one of scale and scaleTril must be given, got both`);
    }
    const coordinates =
      scaleTril === undefined
        ? new DiagonalGaussian(name, loc, scale as ParameterValue, validate)
        : new TriangularCoordinates(name, loc, scaleTril, validate);
    const { shape } = coordinates;
    const dimension = shape.at(-1) ?? 0;
    if (dimension < 1) {
      throw new RangeError(
        `${name}: loc and scale must have K-1 >= 1 coordinates on their last axis, got shape ${formatShape(shape)}`,
      );
    }
    const bijector = makeTransform(name, { transform, temperature, delta }, dimension, validate);
    const batchShape = broadcastShapes(name, {
      "loc and scale without their last axis": shape.slice(0, -1),
      "the transform's parameters": bijector.batchShape,
    });
    super(name, { batchShape, eventShape: [dimension + 1] }, { validate });
    this.bijector = bijector;
    this.transform = typeof transform === "string" ? transform : "custom";
    this.categories = dimension + 1;
    this.coordinates = coordinates;
  }

  /** The means, `[..., K-1]`: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.coordinates.loc;
  }

  /**
   * The standard deviations, `[..., K-1]`: the given tensor, or a new one.
   *
   * @throws TypeError if `scaleTril` was given.
   */
  get scale(): tf.Tensor {
    return this.coordinates.scale;
  }

  /** Lower triangular factor of the covariance, `[..., K-1, K-1]`, a new tensor; diagonal if `scale` was given. */
  get scaleTril(): tf.Tensor {
    return this.coordinates.scaleTril;
  }

  /** The distribution of the pre-image y over `[K-1]` (eq 16): independent Gaussians, or a MultivariateNormalTriL. */
  get base(): Distribution {
    return this.coordinates.distribution;
  }

  /**
   * Draws with their pre-images, for estimators that work on y: `base.logProb(preImage)` needs no Jacobian, which
   * cancels in ratios of densities. Consumes the same random numbers as `sample`.
   */
  sampleWithPreImage(rng: Rng, sampleShape: readonly number[] = []): SampleWithPreImage {
    this.checkDraw("sampleWithPreImage", rng, sampleShape);
    return tf.tidy(() => {
      const preImage = this.coordinates.preImage(this.#noise(rng, sampleShape));
      return { value: this.bijector.forward(preImage), preImage };
    });
  }

  /**
   * P(argmax z = k), `[...batch, K]`: the probabilities of the categories that this distribution relaxes.
   * Differentiable, and without reads, so that it can be compiled.
   *
   * - softmax++ (at any temperature): exact, `integral over t > temperature log(delta) of phi_k(t) prod_{j != k}
   *   Phi_j(t) dt` by quadrature; absolute error below 1e-5 for K up to 100 and scales from 0.01 to 100. The last
   *   category is the largest if all coordinates are below temperature log(delta). Gradients reach loc, scale,
   *   temperature and delta.
   * - `'stick-breaking'`, `'interpolation'`: one coordinate is integrated exactly, the others over a lattice of `samples`
   * points: an error below 3e-3 at 1,024 points (the default) and 1e-3 at 8,192 for K up to 100. Gradients as above.
   * - any other bijector: frequencies over the lattice (8,192 points by default), an error near 3e-3. Gradients reach
   * loc and scale, by the likelihood ratio and noisier; the map's own parameters have none.
   *
   * @throws RangeError unless `samples` is a power of 2 from 64 to 8,192, and `points` an integer from 16 to 1,024; Error with `scaleTril`, naming the Monte Carlo form.
   *
   * @example
   * ```ts
   * new IGR({ loc: [0, 1], scale: [1, 1], temperature: 0.5 }).discreteProbs(); // [0.239, 0.7591, 0.002]
   * ```
   */
  discreteProbs(options: ArgmaxProbsOptions = {}): tf.Tensor {
    return tf.tidy(() => argmaxProbs(`${this.name}.discreteProbs`, this.#relaxed("discreteProbs"), options));
  }

  /**
   * log P(argmax z = k), `[...batch, K]`: the logarithms of {@link discreteProbs} with all their digits. For softmax++
   * to 1e-4 down to -50, and some number below that. It is -Infinity for frequencies of 0 and for categories that
   * cannot be the largest (the last of `'stick-breaking'` with delta <= 1). It takes about twice the time of
   * `discreteProbs`.
   */
  discreteLogProbs(options: ArgmaxProbsOptions = {}): tf.Tensor {
    return tf.tidy(() => argmaxLogProbs(`${this.name}.discreteLogProbs`, this.#relaxed("discreteLogProbs"), options));
  }

  /**
   * The categorical distribution of argmax z, from {@link discreteLogProbs}. Its logits are a new tensor, for `tf.tidy`
   * or the caller to free.
   */
  discrete(options: ArgmaxProbsOptions = {}): OneHotCategorical {
    const logits = tf.tidy(() => argmaxLogProbs(`${this.name}.discrete`, this.#relaxed("discrete"), options));
    return new OneHotCategorical({ logits, validate: this.validate });
  }

  /** @throws Error always; it is not g(loc). */
  override mean(): never {
    throw new Error(
      `${this.name}.mean: has no closed form; estimate it by tf.mean(distribution.sample(rng, [1000]), 0). It is not g(loc)`,
    );
  }

  /** @throws Error always; it is not g(loc). */
  override mode(): never {
    throw new Error(
      `${this.name}.mode: has no closed form, and is not g(loc). The most probable category is discrete().mode(), and the image of the Gaussian's mode is bijector.forward(loc)`,
    );
  }

  /**
   * The distribution of `log z_k - log z_K`: the Gaussian, or the flow of it, scaled and shifted. Undefined if
   * softmax++ is not the last map, or follows stick-breaking.
   */
  override get logForm(): TransformedDistribution | undefined {
    return logRatioForm(this, this.coordinates.isDiagonal);
  }

  override get support(): Support {
    return supports.simplex;
  }

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = this.bijector.forward(this.coordinates.preImage(this.#noise(rng, sampleShape)));
    return hard ? straightThrough(z) : z;
  }

  protected _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return logForward(this.bijector, this.coordinates.preImage(this.#noise(rng, sampleShape)));
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const noise = this.#noise(rng, sampleShape);
    const y = this.coordinates.preImage(noise);
    const { value, logDet } = logForwardAndLogDet(this.bijector, y);
    return { value, logProb: tf.sub(this.coordinates.logProbOfNoise(noise, options), logDet) };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const noise = this.#noise(rng, sampleShape);
    const y = this.coordinates.preImage(noise);
    const { value, logDet } = this.bijector.forwardAndLogDet(y);
    return { value, logProb: tf.sub(this.coordinates.logProbOfNoise(noise, options), logDet) };
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    const { value: y, logDet } = this.bijector.inverseAndLogDet(value);
    return tf.add(this.coordinates.logProb(y), logDet);
  }

  protected _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    if (this.validate === "values") this.#checkLogSupport(`${this.name}.logProbFromLog`, logValue);
    const { value: y, logDet } = inverseFromLogAndLogDet(this.bijector, logValue);
    return tf.add(this.coordinates.logProb(y), logDet);
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.#checkLogSupport(owner, tf.log(value));
  }

  #checkLogSupport(owner: string, logValue: tf.Tensor): void {
    checkSimplexLogs(owner, logValue);
    const { logDet } = inverseFromLogAndLogDet(this.bijector, logValue);
    const outside = logDet.dataSync().indexOf(Number.NEGATIVE_INFINITY);
    if (outside >= 0) {
      throw new RangeError(
        `${owner}: every point must lie in the image of the transform '${this.transform}', which is a part of the simplex; point ${outside} does not`,
      );
    }
  }

  #relaxed(method: string): Relaxed {
    if (!this.coordinates.isDiagonal) {
      throw new Error(
        `${this.name}.${method}: has no closed form with scaleTril; estimate it by the frequencies of sample(rng, [10000], { hard: true })`,
      );
    }
    const shape = [...this.batchShape, this.categories - 1];
    const [loc, scale] = [broadcastTensor(this.loc, shape), broadcastTensor(this.scale, shape)];
    return { bijector: this.bijector, loc, scale };
  }

  #noise(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return rng.normal([...sampleShape, ...this.batchShape, this.categories - 1]);
  }
}
