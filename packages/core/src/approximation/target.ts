import { checkNumeric, formatShape, sumTolerance } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Distribution } from "../base/distribution.js";
import { CountDistribution } from "../distributions/counts/count-distribution.js";
import { truncatedPmf } from "../distributions/counts/truncated-pmf.js";

/** A distribution over 0, 1, 2, ... as the target of a fit. */
export interface DiscreteTarget {
  /** Number of categories that hold all of its mass but 1e-7. */
  readonly size: number;
  /** Its mean. */
  readonly mean: number;
  /** log P(k) for k < `count`; -Infinity outside the support. */
  logProbs(count: number): Float64Array;
}

/**
 * Reads a target: a distribution of counts, or the probabilities of categories 0, 1, 2, ...
 *
 * @throws RangeError if the distribution is a batch of several or needs more than 65,536 categories, or probabilities
 * are not >= 0 with sum 1.
 */
export function readTarget(target: CountDistribution | tf.Tensor | tf.TensorLike): DiscreteTarget {
  return target instanceof CountDistribution ? ofCounts(target) : ofProbabilities(target);
}

function ofCounts(target: CountDistribution): DiscreteTarget {
  if (target.batchShape.length > 0) {
    throw new RangeError(
      `approximate: target must be one distribution, got ${target.name} with batch shape ${formatShape(target.batchShape)}`,
    );
  }
  const { size, mean } = tf.tidy(() => ({
    size: truncatedPmf(target, { tailMass: 1e-7 }).size,
    mean: target.mean().dataSync()[0] as number,
  }));
  const logProbs = (count: number) =>
    Float64Array.from(tf.tidy(() => target.logProb(tf.range(0, count)).dataSync<"float32">()));
  return { size, mean, logProbs };
}

function ofProbabilities(given: tf.Tensor | tf.TensorLike): DiscreteTarget {
  if (given instanceof Distribution) {
    throw new TypeError(`approximate: target must be a distribution of counts or probabilities, got ${given.name}`);
  }
  if (!(given instanceof tf.Tensor)) checkNumeric("approximate: target", given);
  const { data, shape } = tf.tidy(() => {
    const tensor = given instanceof tf.Tensor ? given : tf.tensor(given, undefined, "float32");
    return { data: [...tensor.dataSync()], shape: tensor.shape.slice() };
  });
  const sum = data.reduce((total, each) => total + each, 0);
  if (shape.length !== 1 || data.length < 2) {
    throw new RangeError(`approximate: target must hold at least 2 probabilities, got shape ${formatShape(shape)}`);
  }
  if (!data.every((each) => each >= 0) || !(Math.abs(sum - 1) <= sumTolerance(data.length))) {
    throw new RangeError(`approximate: target must hold probabilities >= 0 that sum to 1, got [${data.join(", ")}]`);
  }
  return {
    size: data.length,
    mean: data.reduce((total, each, k) => total + (k * each) / sum, 0),
    logProbs: (count) => Float64Array.from({ length: count }, (_, k) => Math.log((data[k] ?? 0) / sum)),
  };
}
