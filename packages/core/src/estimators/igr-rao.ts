import { SoftmaxPlusPlus } from "@igr/bijectors";
import { broadcastTensor, checkInteger, constant, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { thresholdOf } from "../argmax/argmax-probs.js";
import { routeGradient } from "../gradients/routed-gradient.js";
import type { Rng } from "../random/rng.js";
import { IGR } from "../relaxations/igr.js";
import { normalBelow } from "../special/normal-below.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";
import { largestScore } from "./straight-through-family.js";

/** Parameters of {@link IgrRao}. */
export interface IgrRaoOptions extends EstimatorOptions {
  /** Pre-images of each draw, a whole number >= 1; 4 by default. 1 is `new Pathwise({ hard: true })`. */
  readonly conditionalDraws?: number;
}

/**
 * Straight-through IGR whose Jacobian is averaged over pre-images with the same argmax: the analogue of Gumbel-Rao. The
 * loss is evaluated once, at the one-hot draw; the Jacobian of softmax++ is taken at several Gaussian pre-images y of
 * it. There is no reparameterized sampler of y given its argmax, and none is needed, since the noise is a constant in
 * the Jacobian: Gibbs steps from the pre-image of the draw keep its conditional distribution exactly (the largest
 * coordinate above the others, then all others below it). The bias is that of `new Pathwise({ hard: true })`, and the
 * variance is lower.
 *
 * An alternative for one-hot draws of an IGR is `igr.discrete()` with any estimator for a OneHotCategorical. With
 * {@link ReinMax} it has no bias on quadratic losses, which no Jacobian of the relaxed draw achieves.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.square(tf.sub(z, 0.3)));
 * const estimator = new IgrRao();
 * const surrogate = (loc) =>
 *   estimator.surrogate(new IGR({ loc, scale: [1, 1], temperature: 0.5 }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 1])); // an estimate, [2]
 * ```
 */
export class IgrRao extends GradientEstimator<IGR> {
  readonly isUnbiased = false;
  readonly needsLossGradient = true;
  /** Pre-images of each draw. */
  readonly conditionalDraws: number;

  /** @throws RangeError unless counts are whole numbers >= 1. */
  constructor({ conditionalDraws = 4, ...options }: IgrRaoOptions = {}) {
    super("IgrRao", options);
    this.conditionalDraws = checkInteger("IgrRao", "conditionalDraws", conditionalDraws, 1);
  }

  protected override _surrogate(distribution: IGR, loss: Loss, rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const { bijector, batchShape } = distribution as Partial<IGR>;
    if (!(distribution instanceof IGR) || !(bijector instanceof SoftmaxPlusPlus)) {
      const given = (distribution as { name?: unknown } | undefined)?.name ?? distribution;
      throw new TypeError(
        `IgrRao.surrogate: distribution must be an IGR with the transform 'softmax++', got ${String(given)}`,
      );
    }
    const shape = [...sampleShape, ...(batchShape as readonly number[]), distribution.categories - 1];
    const loc = broadcastTensor(distribution.loc, shape);
    const scale = broadcastTensor(distribution.scale, shape);
    const [fixedLoc, fixedScale] = [constant(loc), constant(scale)];
    const threshold = constant(
      broadcastTensor(thresholdOf(bijector, distribution.batchShape), [...shape.slice(0, -1), 1]),
    );
    let noise = constant(rng.normal(shape));
    let mean = bijector.forward(tf.add(loc, tf.mul(scale, noise)));
    const draw = largestScore(mean);
    for (let step = 1; step < this.conditionalDraws; step++) {
      noise = constant(gibbs({ noise, loc: fixedLoc, scale: fixedScale, threshold, draw }, rng));
      mean = tf.add(mean, bijector.forward(tf.add(loc, tf.mul(scale, noise))));
    }
    const relaxed = tf.div(mean, this.conditionalDraws);
    return loss(routeGradient(relaxed, draw, [], (upstream) => tf.clone(upstream)));
  }
}

interface PreImage {
  /** (y - loc) / scale, `[..., K-1]`. */
  readonly noise: tf.Tensor;
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
  /** The threshold of the last category, `[..., 1]`. */
  readonly threshold: tf.Tensor;
  /** One-hot, `[..., K]`. */
  readonly draw: tf.Tensor;
}

/** One sweep over y given its argmax: the winner given the others, then the others given the winner. */
function gibbs({ noise, loc, scale, threshold, draw }: PreImage, rng: Rng): tf.Tensor {
  const size = loc.shape.at(-1) as number;
  const [winner, isRemainder] = [sliceLast(draw, 0, size), sliceLast(draw, size, 1)];
  const others = tf.sub(1, winner);
  const y = tf.add(loc, tf.mul(scale, noise));
  const second = tf.maximum(tf.max(tf.sub(y, tf.mul(winner, 1e30)), -1, true), threshold);
  const above = tf.div(tf.sub(second, loc), scale);
  const winning = tf.neg(normalBelow(tf.neg(above), rng.uniform(noise.shape)));
  const largest = tf.add(
    tf.sum(tf.mul(winner, tf.add(loc, tf.mul(scale, winning))), -1, true),
    tf.mul(isRemainder, threshold),
  );
  const losing = normalBelow(tf.div(tf.sub(largest, loc), scale), rng.uniform(noise.shape));
  return tf.add(tf.mul(winner, winning), tf.mul(others, losing));
}
