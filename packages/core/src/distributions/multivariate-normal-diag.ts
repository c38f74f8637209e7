import { broadcastShapes, finite, formatShape, Parameter, type ParameterValue, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../base/distribution.js";
import { Independent } from "../combinators/independent.js";
import { registerKl } from "../divergence/kl-registry.js";
import { gaussianTrilKl, MultivariateNormalTriL, type TriangularGaussian } from "./multivariate-normal-tril.js";
import { Normal } from "./normal.js";

/** Parameters of {@link MultivariateNormalDiag}. */
export interface MultivariateNormalDiagOptions extends DistributionOptions {
  /** Mean, `[..., D]`. */
  readonly loc: ParameterValue;
  /** Standard deviations of the coordinates, > 0, `[..., D]`; broadcasts against `loc`. */
  readonly scaleDiag: ParameterValue;
}

/**
 * Normal distribution of vectors whose coordinates are independent: {@link Independent} over one axis of
 * {@link Normal}. Shapes: event `[D]`; batch: the broadcast shape of `loc` and `scaleDiag` without the last axis.
 * Samples are reparameterized. KL in closed form with its own kind, with {@link MultivariateNormalTriL}, and with that
 * Independent.
 *
 * @example
 * ```ts
 * const pair = new MultivariateNormalDiag({ loc: [0, 1], scaleDiag: [1, 2] });
 * pair.logProb([0, 1]); // -2.531
 * pair.variance(); // [1, 4]
 * ```
 */
export class MultivariateNormalDiag extends Independent {
  /** Number of coordinates D. */
  readonly dimension: number;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  /** @throws RangeError if neither parameter has an axis, the shapes do not broadcast, or a scale given as a number is not > 0. */
  constructor({ loc, scaleDiag, validate = "shapes" }: MultivariateNormalDiagOptions) {
    const owner = "MultivariateNormalDiag";
    const locParameter = new Parameter(owner, "loc", loc, finite, validate);
    const scaleParameter = new Parameter(owner, "scaleDiag", scaleDiag, positive, validate);
    const shape = broadcastShapes(owner, { loc: locParameter.shape, scaleDiag: scaleParameter.shape });
    if (shape.length === 0) {
      throw new RangeError(
        `${owner}: loc or scaleDiag must have the coordinates on its last axis, got shapes ${formatShape(locParameter.shape)} and ${formatShape(scaleParameter.shape)}; for one coordinate use Normal, or [loc]`,
      );
    }
    super(new Normal({ loc, scale: scaleDiag, validate }), 1, { validate }, owner);
    this.dimension = shape.at(-1) as number;
    this.#locParameter = locParameter;
    this.#scaleParameter = scaleParameter;
  }

  /** Mean: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  /** Standard deviations: the given tensor, or a new one. */
  get scaleDiag(): tf.Tensor {
    return this.#scaleParameter.tensor;
  }

  /** Covariance, `[..., D, D]`. */
  covariance(): tf.Tensor {
    return tf.tidy(() => diagonalMatrix(this.variance()));
  }
}

/** `[..., D] -> [..., D, D]`. */
function diagonalMatrix(diagonal: tf.Tensor): tf.Tensor {
  return tf.mul(tf.expandDims(diagonal, -1), tf.eye(diagonal.shape.at(-1) as number));
}

function asTriangular({ loc, dimension, scaleDiag }: MultivariateNormalDiag): TriangularGaussian {
  return { loc, scaleTril: diagonalMatrix(tf.mul(scaleDiag, tf.ones([dimension]))) };
}

registerKl(MultivariateNormalDiag, MultivariateNormalTriL, (q, p) => gaussianTrilKl(asTriangular(q), p));
registerKl(MultivariateNormalTriL, MultivariateNormalDiag, (q, p) => gaussianTrilKl(q, asTriangular(p)));
