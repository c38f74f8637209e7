import {
  broadcastShapes,
  finite,
  formatShape,
  lowerTriangular,
  Parameter,
  type ParameterValue,
  withGradient,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import { stopGradient } from "../gradients/path-gradient.js";
import { diagonalOf, lowerTriangle, solveLowerTriangular, timesVector } from "../linear-algebra/triangular.js";
import type { Rng } from "../random/rng.js";
import { logRatio } from "../special/log-ratio.js";
import { rootOfSquares } from "../special/root-of-squares.js";

/** Parameters of {@link MultivariateNormalTriL}. */
export interface MultivariateNormalTriLOptions extends DistributionOptions {
  /** Mean, `[..., D]`. */
  readonly loc: ParameterValue;
  /**
   * Lower triangular factor L of the covariance L L^T, `[..., D, D]`, with a diagonal > 0. Elements of a tensor above
   * the diagonal count as 0; plain numbers there must be 0.
   */
  readonly scaleTril: ParameterValue;
}

/**
 * Normal distribution of vectors with a full covariance. Shapes: event `[D]`; batch: the broadcast shape of `loc`
 * without its last axis and `scaleTril` without its last two. Samples are reparameterized. The KL divergence between
 * two of them has a closed form.
 *
 * @example
 * ```ts
 * const pair = new MultivariateNormalTriL({ loc: [0, 1], scaleTril: [[1, 0], [0.8, 0.6]] });
 * pair.logProb([0, 1]); // -1.3271
 * pair.variance(); // [1, 1]
 * ```
 */
export class MultivariateNormalTriL extends Distribution {
  readonly isReparameterized = true;
  /** Number of coordinates D. */
  readonly dimension: number;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  /** @throws RangeError for a factor that is not square or not of `loc`'s size, or numbers outside their domain. */
  constructor({ loc, scaleTril, validate = "shapes" }: MultivariateNormalTriLOptions) {
    const owner = "MultivariateNormalTriL";
    const locParameter = new Parameter(owner, "loc", loc, finite, validate);
    const scaleParameter = new Parameter(owner, "scaleTril", scaleTril, lowerTriangular, validate);
    const shape = checkTriangular(owner, locParameter.shape, scaleParameter.shape);
    super(owner, { batchShape: shape.slice(0, -1), eventShape: shape.slice(-1) }, { validate });
    this.dimension = shape.at(-1) as number;
    this.#locParameter = locParameter;
    this.#scaleParameter = scaleParameter;
  }

  /** Mean, `[..., D]`: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  /** Lower triangular factor of the covariance, `[..., D, D]`: a new tensor, with 0 above the diagonal. */
  get scaleTril(): tf.Tensor {
    return lowerTriangle(this.#scaleParameter.tensor);
  }

  /** Covariance, `[..., D, D]`. */
  covariance(): tf.Tensor {
    return tf.tidy(() => {
      const { scaleTril } = this;
      return tf.matMul(scaleTril, scaleTril, false, true);
    });
  }

  override get support(): Support {
    return supports.realVectors;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return fromNoise(rng.normal(this.sampleShapeOf(sampleShape)), this);
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { loc, scaleTril } = this;
    const noise = rng.normal(this.sampleShapeOf(sampleShape));
    const value = fromNoise(noise, this);
    if (stickTheLanding) return { value, logProb: logProbAlongSample(noise, value, scaleTril) };
    // The density of the noise does not depend on loc, but tfjs throws for a gradient without a path.
    return { value, logProb: standardizedLogProb(tf.add(noise, tf.sub(loc, loc)), scaleTril) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const { scaleTril } = this;
    return standardizedLogProb(solveLowerTriangular(scaleTril, tf.sub(x, this.loc)), scaleTril);
  }

  protected override _mean(): tf.Tensor {
    return this.loc;
  }

  protected override _mode(): tf.Tensor {
    return this.loc;
  }

  /** Of each coordinate: the diagonal of the covariance. */
  protected override _variance(): tf.Tensor {
    return tf.sum(tf.square(this.scaleTril), -1);
  }

  protected override _stddev(): tf.Tensor {
    return rootOfSquares(this.scaleTril, -1);
  }

  protected override _entropy(): tf.Tensor {
    return tf.add(tf.sum(tf.log(diagonalOf(this.scaleTril)), -1), (this.dimension / 2) * (1 + Math.log(2 * Math.PI)));
  }
}

/** `loc + scaleTril noise`, `[..., D]`. */
export function fromNoise(noise: tf.Tensor, { loc, scaleTril }: TriangularGaussian): tf.Tensor {
  return tf.add(loc, timesVector(scaleTril, noise));
}

/** Log-density of a Gaussian from the solution t of `scaleTril t = x - loc`. */
export function standardizedLogProb(t: tf.Tensor, scaleTril: tf.Tensor): tf.Tensor {
  const logDet = tf.sum(tf.log(diagonalOf(scaleTril)), -1);
  const constant = ((t.shape.at(-1) as number) / 2) * Math.log(2 * Math.PI);
  return tf.neg(tf.add(tf.add(tf.mul(0.5, tf.sum(tf.square(t), -1)), logDet), constant));
}

/** Log-density of `value`, which is {@link fromNoise}, with the gradient that runs through `value` alone. */
export function logProbAlongSample(noise: tf.Tensor, value: tf.Tensor, scaleTril: tf.Tensor): tf.Tensor {
  const fixed = stopGradient(scaleTril);
  // 0, with the slope of the solution.
  const path = solveLowerTriangular(fixed, tf.sub(value, stopGradient(value)));
  return standardizedLogProb(tf.add(noise, path), fixed);
}

/**
 * The shape `[..., D]` of a mean and a factor of its covariance, broadcast. @throws RangeError if they do not match.
 */
export function checkTriangular(owner: string, loc: readonly number[], scaleTril: readonly number[]): number[] {
  const size = scaleTril.at(-1) ?? 0;
  if (scaleTril.length < 2 || scaleTril.at(-2) !== size || size < 1) {
    throw new RangeError(
      `${owner}: scaleTril must be square matrices on its last two axes, got shape ${formatShape(scaleTril)}`,
    );
  }
  return broadcastShapes(owner, { loc, "scaleTril without its last axis": scaleTril.slice(0, -1) });
}

/** Parameters of a Gaussian for {@link gaussianTrilKl}. */
export interface TriangularGaussian {
  readonly loc: tf.Tensor;
  readonly scaleTril: tf.Tensor;
}

/** KL of Gaussians, `[...]`, from their means and the lower triangular factors of their covariances. */
export function gaussianTrilKl(q: TriangularGaussian, p: TriangularGaussian): tf.Tensor {
  // With M = L_p^-1 L_q, lower triangular with the diagonal r: (|M|^2 - D) / 2 - log det M, where each diagonal element
  // contributes (r^2 - 1) / 2 - log r, and the elements below it only squares.
  const factor = p.scaleTril;
  const batched = factor.rank === 2 ? factor : tf.expandDims(factor, -3);
  const transposed = tf.transpose(q.scaleTril, [
    ...q.scaleTril.shape.slice(0, -2).map((_, axis) => axis),
    q.scaleTril.rank - 1,
    q.scaleTril.rank - 2,
  ]);
  const ratio = solveLowerTriangular(batched, transposed);
  const ofDiagonal = tf.sum(scaleDivergence(diagonalOf(q.scaleTril), diagonalOf(factor)), -1);
  const below = tf.sub(1, tf.eye(factor.shape.at(-1) as number));
  const ofRest = tf.mul(0.5, tf.sum(tf.square(tf.mul(ratio, below)), [ratio.rank - 2, ratio.rank - 1]));
  const shift = solveLowerTriangular(factor, tf.sub(q.loc, p.loc));
  return tf.add(tf.add(ofDiagonal, ofRest), tf.mul(0.5, tf.sum(tf.square(shift), -1)));
}

/** `(r^2 - 1) / 2 - log r` with r = q / p: the KL of two centered normal variables, with the slopes of {@link Normal}'s. */
function scaleDivergence(q: tf.Tensor, p: tf.Tensor): tf.Tensor {
  return withGradient(
    (q, p) => {
      const excess = tf.div(tf.sub(q, p), p);
      return tf.sub(tf.add(excess, tf.mul(0.5, tf.square(excess))), logRatio(q, p));
    },
    (upstream, q, p) => {
      const excess = tf.div(tf.sub(q, p), p);
      const slope = (scale: tf.Tensor) => tf.mul(upstream, tf.mul(tf.div(excess, scale), tf.add(excess, 2)));
      return [slope(q), tf.neg(slope(p))];
    },
    q,
    p,
  );
}

registerKl(MultivariateNormalTriL, MultivariateNormalTriL, gaussianTrilKl);
