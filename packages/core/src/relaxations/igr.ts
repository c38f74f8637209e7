import { type Bijector, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { type ArgmaxProbsOptions, argmaxLogProbs, argmaxProbs, type Relaxed } from "../argmax/argmax-probs.js";
import type {
  DistributionOptions,
  SampleAndLogProb,
  SampleAndLogProbOptions,
  SampleOptions,
} from "../base/distribution.js";
import { Parameter, type ParameterValue } from "../base/parameter.js";
import { broadcastShapes, formatShape } from "../base/shape.js";
import { Independent } from "../combinators/independent.js";
import { Normal } from "../distributions/normal.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import { straightThrough } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";
import { alongSample } from "./gaussian-noise.js";
import {
  type IGRTransformName,
  inverseFromLogAndLogDet,
  logForward,
  logForwardAndLogDet,
  makeTransform,
} from "./igr-transform.js";
import { RelaxedDistribution } from "./relaxed-distribution.js";
import { checkSimplexLogs } from "./simplex-support.js";

/** Parameters of {@link IGR}. */
export interface IGROptions extends DistributionOptions {
  /** Means of the Gaussian coordinates, `[..., K-1]`. */
  readonly loc: ParameterValue;
  /** Standard deviations, > 0; broadcasts against `loc`. */
  readonly scale: ParameterValue;
  /**
   * Temperature, > 0 (in (0, 1] for `'interpolation'`), of shape `[...batch]`: it broadcasts against the batch shape
   * only. Left out if, and only if, `transform` is a bijector that already maps onto the simplex.
   */
  readonly temperature?: ParameterValue;
  /**
   * `'softmax++'` (eq 21; the default), `'stick-breaking'` (eq 24: stick-breaking, then softmax++), `'interpolation'`
   * (eq 23: stick-breaking, then towards the nearest vertex), or a bijector: a flow of K-1 coordinates, which softmax++
   * follows, or a map from K-1 coordinates onto the simplex.
   */
  readonly transform?: IGRTransformName | Bijector;
  /** Weight of the last category in softmax++, > 0; 0.1 if absent. Without effect on `'interpolation'`. */
  readonly delta?: ParameterValue;
}

/** A draw and what it was made of. */
export interface SampleWithPreImage {
  /** A point of the simplex, `[...sampleShape, ...batchShape, K]`. */
  readonly value: tf.Tensor;
  /** The Gaussian y that was mapped to it, `[...sampleShape, ...batchShape, K-1]`. */
  readonly preImage: tf.Tensor;
}

/**
 * Invertible Gaussian Reparameterization: `z = g(y, temperature)` on the simplex, with Gaussian `y = loc + scale * eps`
 * and an invertible g. A relaxation of a categorical variable with a closed-form KL divergence and an exact density.
 *
 * Shapes: batch `[...]`, event `[K]`, from `loc` and `scale` of shape `[..., K-1]`; densities are with respect to the
 * first K-1 coordinates of z. `loc` and `scale` are not probabilities: {@link fitPrior} finds those that match given
 * probabilities. With `'stick-breaking'` and `delta <= 1` the last category never wins.
 *
 * Float32: `sampleAndLogProb` and `sampleLog` with `logProbFromLog` are exact where z rounds to a vertex. `logProb` of a
 * point with a zero coordinate is the limit, -Infinity, and so it is outside the image of `'stick-breaking'` and
 * `'interpolation'`, which cover a part of the simplex; `validate: 'values'` refuses both.
 * With `stickTheLanding` tensors in the transform (a flow or temperature that trains) keep both gradients, which is
 * unbiased too.
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
  readonly isReparameterized = true;
  /** The map g from K-1 Gaussian coordinates onto the simplex. */
  readonly bijector: Bijector;
  /** The name of the transform, or `'custom'` for a bijector. */
  readonly transform: IGRTransformName | "custom";
  /** Number of categories K. */
  readonly categories: number;
  private readonly locParameter: Parameter;
  private readonly scaleParameter: Parameter;
  private readonly given: { readonly loc: ParameterValue; readonly scale: ParameterValue };

  /**
   * @param name How error messages call it, for subclasses.
   * @throws RangeError if shapes do not broadcast or numbers are outside their domain; TypeError if the transform is
   * unknown, or the temperature is missing or superfluous.
   */
  constructor(options: IGROptions, name = "IGR") {
    const { loc, scale, temperature, transform = "softmax++", delta, validate = "shapes" } = options;
    const locParameter = new Parameter(name, "loc", loc, "real", validate);
    const scaleParameter = new Parameter(name, "scale", scale, "positive", validate);
    const shape = broadcastShapes(name, { loc: locParameter.shape, scale: scaleParameter.shape });
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
    this.locParameter = locParameter;
    this.scaleParameter = scaleParameter;
    this.given = { loc, scale };
  }

  /** The means, `[..., K-1]`: the tensor that was given, or a new one. */
  get loc(): tf.Tensor {
    return this.locParameter.tensor;
  }

  /** The standard deviations, `[..., K-1]`: the tensor that was given, or a new one. */
  get scale(): tf.Tensor {
    return this.scaleParameter.tensor;
  }

  /** The distribution of the pre-image y, independent Gaussians over `[K-1]` (eq 16). */
  get base(): Independent {
    return new Independent(new Normal({ ...this.given, validate: this.validate }), 1);
  }

  /**
   * Draws with their pre-images, for estimators that work on y: `base.logProb(preImage)` needs no Jacobian, which
   * cancels in ratios of densities. Consumes the same random numbers as `sample`.
   */
  sampleWithPreImage(rng: Rng, sampleShape: readonly number[] = []): SampleWithPreImage {
    this.checkDraw("sampleWithPreImage", rng, sampleShape);
    return tf.tidy(() => {
      const preImage = this.preImage(this.noise(rng, sampleShape));
      return { value: this.bijector.forward(preImage), preImage };
    });
  }

  /**
   * P(argmax z = k), `[...batch, K]`: the probabilities of the categories that this distribution relaxes. Differentiable,
   * and free of reads, so that it can be compiled.
   *
   * - softmax++ (whatever its temperature): exact, `integral over t > temperature log(delta) of phi_k(t) prod_{j != k}
   *   Phi_j(t) dt` by quadrature; absolute error below 1e-5 for K up to 100 and scales from 0.01 to 100. The last
   *   category is the largest if all coordinates are below temperature log(delta). Gradients reach loc, scale, temperature
   *   and delta.
   * - `'stick-breaking'`, `'interpolation'`: one coordinate is integrated exactly, the others over a lattice of `samples`
   *   points: an error below 3e-3 at 1,024 points (the default) and 1e-3 at 8,192 for K up to 100. Gradients as above.
   * - any other bijector: frequencies over the lattice (8,192 points if absent), an error near 3e-3. Gradients reach loc
   *   and scale, by the likelihood ratio and noisier; the map's own parameters have none.
   *
   * @throws RangeError unless `samples` is a power of 2 from 64 to 8,192.
   *
   * @example
   * ```ts
   * new IGR({ loc: [0, 1], scale: [1, 1], temperature: 0.5 }).discreteProbs(); // [0.239, 0.7591, 0.002]
   * ```
   */
  discreteProbs(options: ArgmaxProbsOptions = {}): tf.Tensor {
    return tf.tidy(() => argmaxProbs(`${this.name}.discreteProbs`, this.relaxed(), options));
  }

  /**
   * log P(argmax z = k), `[...batch, K]`: the logarithms of {@link discreteProbs} with all their digits. For softmax++
   * to 1e-4 down to -50, and some number below that. Frequencies of 0 and categories that cannot be the largest (the
   * last of `'stick-breaking'` with delta <= 1) give -Infinity. Takes about twice the time of `discreteProbs`.
   */
  discreteLogProbs(options: ArgmaxProbsOptions = {}): tf.Tensor {
    return tf.tidy(() => argmaxLogProbs(`${this.name}.discreteLogProbs`, this.relaxed(), options));
  }

  /**
   * The categorical distribution of argmax z, from {@link discreteLogProbs}. Its logits are a new tensor, for `tf.tidy`
   * or the caller to free.
   */
  discrete(options: ArgmaxProbsOptions = {}): OneHotCategorical {
    const logits = tf.tidy(() => argmaxLogProbs(`${this.name}.discrete`, this.relaxed(), options));
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

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = this.bijector.forward(this.preImage(this.noise(rng, sampleShape)));
    return hard ? straightThrough(z) : z;
  }

  protected _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return logForward(this.bijector, this.preImage(this.noise(rng, sampleShape)));
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const noise = this.noise(rng, sampleShape);
    const y = this.preImage(noise);
    const { value, logDet } = logForwardAndLogDet(this.bijector, y);
    return { value, logProb: tf.sub(this.gaussianLogProb(noise, options), logDet) };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const noise = this.noise(rng, sampleShape);
    const y = this.preImage(noise);
    const { value, logDet } = this.bijector.forwardAndLogDet(y);
    return { value, logProb: tf.sub(this.gaussianLogProb(noise, options), logDet) };
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    const { value: y, logDet } = this.bijector.inverseAndLogDet(value);
    return tf.add(this.standardLogProb(this.standardize(y), this.scale), logDet);
  }

  protected _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    if (this.validate === "values") {
      this.checkLogSupport(`${this.name}.logProbFromLog`, logValue);
    }
    const { value: y, logDet } = inverseFromLogAndLogDet(this.bijector, logValue);
    return tf.add(this.standardLogProb(this.standardize(y), this.scale), logDet);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.checkLogSupport(owner, tf.log(value));
  }

  private checkLogSupport(owner: string, logValue: tf.Tensor): void {
    checkSimplexLogs(owner, logValue);
    const { logDet } = inverseFromLogAndLogDet(this.bijector, logValue);
    const outside = logDet.dataSync().indexOf(Number.NEGATIVE_INFINITY);
    if (outside >= 0) {
      throw new RangeError(
        `${owner}: every point must lie in the image of the transform '${this.transform}', which is a part of the simplex; point ${outside} does not`,
      );
    }
  }

  private relaxed(): Relaxed {
    const shape = [...this.batchShape, this.categories - 1];
    const [loc, scale] = [tf.broadcastTo(this.loc, shape), tf.broadcastTo(this.scale, shape)];
    return { bijector: this.bijector, loc, scale };
  }

  private noise(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return rng.normal([...sampleShape, ...this.batchShape, this.categories - 1]);
  }

  /** Eq 16. */
  private preImage(noise: tf.Tensor): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, noise));
  }

  private standardize(y: tf.Tensor): tf.Tensor {
    return tf.div(tf.sub(y, this.loc), this.scale);
  }

  /** log N(y; loc, scale) of a draw, from its noise: (y - loc) / scale of the rounded y has fewer digits. */
  private gaussianLogProb(noise: tf.Tensor, { stickTheLanding }: SampleAndLogProbOptions): tf.Tensor {
    const { loc, scale } = this;
    const standardized = stickTheLanding ? alongSample(noise, loc, scale) : { noise, scale };
    return this.standardLogProb(standardized.noise, standardized.scale);
  }

  private standardLogProb(standardized: tf.Tensor, scale: tf.Tensor): tf.Tensor {
    const perCoordinate = tf.add(tf.mul(0.5, tf.square(standardized)), tf.log(scale));
    return tf.neg(tf.add(tf.sum(perCoordinate, -1), 0.5 * (this.categories - 1) * Math.log(2 * Math.PI)));
  }
}

// Eq 19: the divergence does not change under a map that both share. Two softmax++ share one whatever their temperature
// and delta: log z_k - log z_K is Gaussian with mean loc / temperature - log delta and deviation scale / temperature.
registerKl(IGR, IGR, (q, p) => {
  if (q.bijector.equals(p.bijector)) {
    return gaussianKl(q, p);
  }
  if (q.bijector instanceof SoftmaxPlusPlus && p.bijector instanceof SoftmaxPlusPlus) {
    return gaussianKl(logRatios(q, q.bijector), logRatios(p, p.bijector));
  }
  return undefined;
});

interface Gaussian {
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
}

function gaussianKl(q: Gaussian, p: Gaussian): tf.Tensor {
  const kl = closedKl(new Normal(q), new Normal(p)) as tf.Tensor;
  return tf.sum(kl, -1);
}

function logRatios({ loc, scale }: Gaussian, { temperature, delta }: SoftmaxPlusPlus): Gaussian {
  return {
    loc: tf.sub(tf.div(loc, temperature.column), tf.log(delta.column)),
    scale: tf.div(scale, temperature.column),
  };
}
