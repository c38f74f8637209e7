import {
  broadcastShapes,
  broadcastTensor,
  finite,
  lowerTriangular,
  Parameter,
  type ParameterValue,
  positive,
  quotient,
  type Validation,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Distribution, SampleAndLogProbOptions } from "../base/distribution.js";
import { Independent } from "../combinators/independent.js";
import {
  checkTriangular,
  fromNoise,
  gaussianTrilKl,
  logProbAlongSample,
  MultivariateNormalTriL,
  standardizedLogProb,
  type TriangularGaussian,
} from "../distributions/multivariate-normal-tril.js";
import { Normal } from "../distributions/normal.js";
import { closedKl } from "../divergence/kl-registry.js";
import { diagonalMatrix, lowerTriangle, solveLowerTriangular } from "../linear-algebra/triangular.js";
import { alongSample } from "./gaussian-noise.js";

/** The Gaussian y that an IGR maps to the simplex, from its standard normal noise (eq 16). */
export interface GaussianCoordinates {
  /** `[..., K-1]`. */
  readonly shape: readonly number[];
  readonly loc: tf.Tensor;
  /** Standard deviations of independent coordinates. @throws TypeError if they are not independent. */
  readonly scale: tf.Tensor;
  /** Lower triangular factor of the covariance, `[..., K-1, K-1]`. */
  readonly scaleTril: tf.Tensor;
  /** Whether the coordinates are independent. */
  readonly isDiagonal: boolean;
  /** The distribution of y. */
  readonly distribution: Distribution;
  preImage(noise: tf.Tensor): tf.Tensor;
  logProb(y: tf.Tensor): tf.Tensor;
  /** Log-density of y from its noise: (y - loc) / scale of the rounded y has fewer digits. */
  logProbOfNoise(noise: tf.Tensor, options: SampleAndLogProbOptions): tf.Tensor;
}

/** Independent coordinates. */
export class DiagonalGaussian implements GaussianCoordinates {
  readonly isDiagonal = true;
  readonly shape: readonly number[];
  readonly distribution: Distribution;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  constructor(owner: string, loc: ParameterValue, scale: ParameterValue, validate: Validation) {
    this.#locParameter = new Parameter(owner, "loc", loc, finite, validate);
    this.#scaleParameter = new Parameter(owner, "scale", scale, positive, validate);
    this.shape = broadcastShapes(owner, { loc: this.#locParameter.shape, scale: this.#scaleParameter.shape });
    this.distribution = new Independent(new Normal({ loc, scale, validate }), Math.min(1, this.shape.length));
  }

  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  get scale(): tf.Tensor {
    return this.#scaleParameter.tensor;
  }

  get scaleTril(): tf.Tensor {
    return diagonalMatrix(broadcastTensor(this.scale, this.shape.slice()));
  }

  preImage(noise: tf.Tensor): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, noise));
  }

  logProb(y: tf.Tensor): tf.Tensor {
    return this.#standardLogProb(quotient(tf.sub(y, this.loc), this.scale), this.scale);
  }

  logProbOfNoise(noise: tf.Tensor, { stickTheLanding }: SampleAndLogProbOptions): tf.Tensor {
    const { loc, scale } = this;
    const standardized = stickTheLanding ? alongSample(noise, loc, scale) : { noise, scale };
    return this.#standardLogProb(standardized.noise, standardized.scale);
  }

  #standardLogProb(standardized: tf.Tensor, scale: tf.Tensor): tf.Tensor {
    const perCoordinate = tf.add(tf.mul(0.5, tf.square(standardized)), tf.log(scale));
    const dimension = this.shape.at(-1) as number;
    return tf.neg(tf.add(tf.sum(perCoordinate, -1), 0.5 * dimension * Math.log(2 * Math.PI)));
  }
}

/** Coordinates with a full covariance. */
export class TriangularCoordinates implements GaussianCoordinates {
  readonly isDiagonal = false;
  readonly shape: readonly number[];
  readonly distribution: Distribution;
  readonly #owner: string;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  constructor(owner: string, loc: ParameterValue, scaleTril: ParameterValue, validate: Validation) {
    this.#owner = owner;
    this.#locParameter = new Parameter(owner, "loc", loc, finite, validate);
    this.#scaleParameter = new Parameter(owner, "scaleTril", scaleTril, lowerTriangular, validate);
    this.shape = checkTriangular(owner, this.#locParameter.shape, this.#scaleParameter.shape);
    this.distribution = new MultivariateNormalTriL({ loc, scaleTril, validate });
  }

  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  get scale(): never {
    throw new TypeError(
      `${this.#owner}: scale is of independent coordinates, and this one has scaleTril; estimate what needs it by draws`,
    );
  }

  get scaleTril(): tf.Tensor {
    return lowerTriangle(this.#scaleParameter.tensor);
  }

  preImage(noise: tf.Tensor): tf.Tensor {
    return fromNoise(noise, this);
  }

  logProb(y: tf.Tensor): tf.Tensor {
    const { scaleTril } = this;
    return standardizedLogProb(solveLowerTriangular(scaleTril, tf.sub(y, this.loc)), scaleTril);
  }

  logProbOfNoise(noise: tf.Tensor, { stickTheLanding }: SampleAndLogProbOptions): tf.Tensor {
    return stickTheLanding
      ? logProbAlongSample(noise, this.preImage(noise), this.scaleTril)
      : standardizedLogProb(noise, this.scaleTril);
  }
}

/** An affine map of the coordinates, `(y - shift) / divisor`: `shift` and `divisor` of shape `[..., 1]`. */
export interface SharedAffine {
  readonly divisor: tf.Tensor;
  readonly shift: tf.Tensor;
}

/** KL divergence of the Gaussians of two IGRs, each after its own affine map if one is given. */
export function coordinatesKl(
  [q, ofQ]: readonly [GaussianCoordinates, SharedAffine?],
  [p, ofP]: readonly [GaussianCoordinates, SharedAffine?],
): tf.Tensor {
  if (q.isDiagonal && p.isDiagonal) {
    const scaled = (g: GaussianCoordinates, map?: SharedAffine) =>
      new Normal({ loc: mappedLoc(g, map), scale: map ? tf.div(g.scale, map.divisor) : g.scale });
    return tf.sum(closedKl(scaled(q, ofQ), scaled(p, ofP)) as tf.Tensor, -1);
  }
  const triangular = (g: GaussianCoordinates, map?: SharedAffine): TriangularGaussian => ({
    loc: mappedLoc(g, map),
    scaleTril: map ? tf.div(g.scaleTril, tf.expandDims(map.divisor, -1)) : g.scaleTril,
  });
  return gaussianTrilKl(triangular(q, ofQ), triangular(p, ofP));
}

function mappedLoc({ loc }: GaussianCoordinates, map?: SharedAffine): tf.Tensor {
  return map ? tf.sub(tf.div(loc, map.divisor), map.shift) : loc;
}
