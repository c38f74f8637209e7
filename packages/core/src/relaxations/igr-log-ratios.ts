import { Affine, type Bijector, Chain, OpenSimplex, SoftmaxPlusPlus } from "@igr/bijectors";
import type { Validation } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Independent } from "../combinators/independent.js";
import { TransformedDistribution } from "../combinators/transformed-distribution.js";
import { MultivariateNormalTriL } from "../distributions/multivariate-normal-tril.js";
import { Normal } from "../distributions/normal.js";

/** The parts of an IGR that determine its log-ratios. */
interface RelaxedGaussian {
  readonly bijector: Bijector;
  readonly batchShape: readonly number[];
  readonly categories: number;
  readonly validate: Validation;
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
  readonly scaleTril: tf.Tensor;
}

/**
 * The distribution of `log z_k - log z_K` over `[K-1]`: the Gaussian, or the flow of it, divided by the temperature and
 * shifted by -log(delta). Undefined if softmax++ is not the last map, or follows stick-breaking.
 */
export function logRatioForm(igr: RelaxedGaussian, isDiagonal: boolean): TransformedDistribution | undefined {
  const { bijector, validate } = igr;
  const [last, ...before] = bijector instanceof Chain ? bijector.bijectors : [bijector];
  if (!(last instanceof SoftmaxPlusPlus) || before.some((part) => part instanceof OpenSimplex)) return undefined;
  const scale = tf.reciprocal(tf.expandDims(last.temperature.tensor, -1));
  const toRatios = new Affine({ scale, shift: tf.neg(tf.log(tf.expandDims(last.delta.tensor, -1))) });
  // The batch includes that of the transform.
  const loc = tf.add(igr.loc, tf.zeros([...igr.batchShape, igr.categories - 1]));
  const distribution = isDiagonal
    ? new Independent(new Normal({ loc, scale: igr.scale, validate }), 1)
    : new MultivariateNormalTriL({ loc, scaleTril: igr.scaleTril, validate });
  return new TransformedDistribution({ distribution, bijector: new Chain([toRatios, ...before]) });
}
