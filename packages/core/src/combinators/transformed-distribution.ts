import { Affine, type Bijector, Chain, Exp, Sigmoid, Softplus } from "@igr/bijectors";
import { broadcastTensor, detached, equalShapes, formatShape, toOneShape, tryBroadcastShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { logNormalMoment, type Moment } from "../distributions/log-normal-moment.js";
import { Normal } from "../distributions/normal.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { dependsOnTensors } from "./depends-on-tensors.js";
import { directionOf, limitAtInfinity, orConstant, splitImage, stepsOf } from "./elementwise-map.js";
import { tailOfImage } from "./tail-of-image.js";

/** Parts of a {@link TransformedDistribution}. */
export interface TransformedDistributionOptions extends DistributionOptions {
  /** The distribution of x. */
  readonly distribution: Distribution;
  /** The map from x to y. */
  readonly bijector: Bijector;
}

/**
 * The distribution of `y = bijector.forward(x)` where x has another distribution:
 * `log p(y) = log p(x) - log |det dy/dx|`. The batch is that of the distribution of x; its event must have at least the
 * bijector's event axes (wrap it in Independent if they are batch axes).
 *
 * `sampleAndLogProb` needs no inverse, and is exact where y rounds to the edge of the image; `logProb` uses the
 * inverse. The KL divergence between two with the same bijector is that of the distributions of x. `validate` is that
 * of the distribution of x by default; `'values'` rejects a value outside the image of the bijector, or of the support
 * of x under it. The bijector has its own `validate`.
 *
 * If the bijector consists of Exp, Sigmoid, Softplus and Affine maps and their inverses, the log-density is -Infinity
 * outside of its image and the limit at an end of it; `cdf`, `logCdf`, `logSurvival`, `survivalFunction` and `quantile`
 * are those of x at the pre-image. Affine maps keep mean, mode, variance, standard deviation and entropy, and Exp keeps
 * the entropy, if x has them; for a normal x, Exp has all of them ({@link LogNormal}).
 *
 * @example
 * ```ts
 * const logNormal = new TransformedDistribution({ distribution: new Normal({ loc: 0, scale: 1 }), bijector: new Exp() });
 * logNormal.logProb(1); // -0.9189
 * ```
 */
export class TransformedDistribution extends Distribution {
  readonly isReparameterized: boolean;
  /** The distribution of x. */
  readonly distribution: Distribution;
  /** The map from x to y. */
  readonly bijector: Bijector;

  /**
   * @throws RangeError if the distribution's event has fewer axes than the bijector's, or the bijector has batch axes
   * that the distribution lacks; TypeError if `distribution` is not a distribution.
   * @param name Its name in error messages, for subclasses.
   */
  constructor(
    { distribution, bijector, validate = distribution?.validate }: TransformedDistributionOptions,
    name = "TransformedDistribution",
  ) {
    if (!(distribution instanceof Distribution)) {
      throw new TypeError(`TransformedDistribution: distribution must be a distribution, got ${String(distribution)}`);
    }
    const { batchShape, eventShape } = distribution;
    if (eventShape.length < bijector.eventRank) {
      throw new RangeError(
        `TransformedDistribution: the distribution's event must have at least ${bijector.eventRank} axes for ${bijector.name}, got event shape ${formatShape(eventShape)}; wrap it in Independent`,
      );
    }
    const mapped = [...batchShape, ...eventShape.slice(0, eventShape.length - bijector.eventRank)];
    const broadcast = tryBroadcastShapes(mapped, bijector.batchShape);
    if (!broadcast || !equalShapes(broadcast, mapped)) {
      throw new RangeError(
        `TransformedDistribution: the bijector's batch shape ${formatShape(bijector.batchShape)} must broadcast to that of the distribution, got ${formatShape(mapped)}; give the distribution's parameters that shape`,
      );
    }
    super(name, { batchShape, eventShape: bijector.forwardEventShape(eventShape) }, { validate });
    this.distribution = distribution;
    this.bijector = bijector;
    this.isReparameterized = distribution.isReparameterized;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.bijector.forward(this.distribution.sample(rng, sampleShape));
  }

  protected override _logProb(y: tf.Tensor): tf.Tensor {
    if (this.bijector.eventRank > 0) return this.#logProbOfImage(y);
    const { inside, isOutside, edge } = splitImage(this.bijector, y);
    const isReplaced = this.#anyOfEvent(tf.add(isOutside, tf.abs(edge)));
    const limit = detached(
      (outside, edges, image) => {
        const ofEdge = this.#limitAt(image as tf.Tensor, edges as tf.Tensor);
        const isImpossible = broadcastTensor(tf.greater(this.#anyOfEvent(outside as tf.Tensor), 0), ofEdge.shape);
        return tf.where(isImpossible, tf.fill(ofEdge.shape, Number.NEGATIVE_INFINITY), ofEdge);
      },
      isOutside,
      edge,
      inside,
    );
    return orConstant(isReplaced, this.#logProbOfImage(inside), limit);
  }

  protected override _cdf(y: tf.Tensor): tf.Tensor {
    return this.#tailOf(y, "cdf", "survivalFunction");
  }

  protected override _logCdf(y: tf.Tensor): tf.Tensor {
    return this.#tailOf(y, "logCdf", "logSurvival");
  }

  protected override _logSurvival(y: tf.Tensor): tf.Tensor {
    return this.#tailOf(y, "logSurvival", "logCdf");
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    const direction = directionOf(this.bijector) ?? this.refuse("quantile");
    const [p, sign] = toOneShape(probability, direction) as [tf.Tensor, tf.Tensor];
    const isFalling = tf.cast(tf.step(tf.neg(sign)), "bool");
    return this.bijector.forward(this.distribution.quantile(tf.where(isFalling, tf.sub(1, p), p)));
  }

  override get support(): Support {
    const last = stepsOf(this.bijector).at(-1);
    if (last instanceof Exp || last instanceof Softplus) return supports.nonNegative;
    if (last instanceof Sigmoid) return supports.unitInterval;
    if (this.bijector instanceof Affine && this.distribution.support.kind === "real") return this.distribution.support;
    return { kind: "image", description: `the image of ${this.bijector.name}`, isDiscrete: false };
  }

  protected override _mean(): tf.Tensor {
    return this.#moment("mean");
  }

  protected override _mode(): tf.Tensor {
    return this.#moment("mode");
  }

  protected override _variance(): tf.Tensor {
    return this.#moment("variance");
  }

  protected override _stddev(): tf.Tensor {
    return this.#moment("stddev");
  }

  protected override _entropy(): tf.Tensor {
    // Adds E log |det dy/dx| of each step.
    return stepsOf(this.bijector).reduce<{ entropy: tf.Tensor; distribution: Distribution }>(
      ({ entropy, distribution }, bijector) => {
        const shape = [...distribution.batchShape, ...distribution.eventShape];
        const logDet = this.#expectedLogDet(distribution, bijector);
        const axes = distribution.eventShape.map((_, axis) => distribution.batchShape.length + axis);
        return {
          entropy: tf.add(entropy, tf.sum(broadcastTensor(logDet, shape), axes)),
          distribution: new TransformedDistribution({ distribution, bijector }),
        };
      },
      { entropy: this.distribution.entropy(), distribution: this.distribution },
    ).entropy;
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    if (!stickTheLanding) {
      const { value: x, logProb } = this.distribution.sampleAndLogProb(rng, sampleShape);
      const { value, logDet } = this.bijector.forwardAndLogDet(x);
      return { value, logProb: tf.sub(logProb, this.#sumExtraAxes(logDet)) };
    }
    if (dependsOnTensors(this.bijector)) {
      // The path through y includes the bijector's parameters, which the pre-image does not depend on.
      const value = this._sample(rng, sampleShape);
      return { value, logProb: alongPath(value, (y) => this._logProb(y)) };
    }
    const { value: x, logProb } = this.distribution.sampleAndLogProb(rng, sampleShape, { stickTheLanding });
    const { value, logDet } = this.bijector.forwardAndLogDet(x);
    return { value, logProb: tf.sub(logProb, this.#sumExtraAxes(logDet)) };
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    const x = this.bijector.inverse(value);
    const outside = tf.logicalOr(tf.isNaN(x), tf.isNaN(value)).dataSync().indexOf(1);
    if (outside >= 0) {
      throw new RangeError(
        `${owner}: a value must lie in the image of ${this.bijector.name}, got ${x.size === value.size ? value.dataSync()[outside] : `a point ${outside}`} outside of it`,
      );
    }
    this.distribution.checkSupport(owner, x);
  }

  #logProbOfImage(y: tf.Tensor): tf.Tensor {
    const { value: x, logDet } = this.bijector.inverseAndLogDet(y);
    return tf.add(this.distribution.logProb(x), this.#sumExtraAxes(logDet));
  }

  /** The limit of the log-density where a pre-image is infinite. */
  #limitAt(inside: tf.Tensor, edge: tf.Tensor): tf.Tensor {
    const x = this.bijector.inverse(inside);
    if (this.distribution instanceof Normal) {
      // The square in its log-density dominates the slopes of all these bijectors.
      return tf.fill(this.#logProbOfPreImage(x).shape, Number.NEGATIVE_INFINITY);
    }
    const finite = tf.where(tf.equal(edge, 0), x, tf.zerosLike(x));
    return limitAtInfinity((at) => this.#logProbOfPreImage(at), finite, edge);
  }

  #logProbOfPreImage(x: tf.Tensor): tf.Tensor {
    const logDet = broadcastTensor(this.bijector.forwardLogDetJacobian(x), x.shape);
    return tf.sub(this.distribution.logProb(x), this.#sumExtraAxes(logDet));
  }

  /** 1 where any coordinate of an event is 1, else 0. */
  #anyOfEvent(mask: tf.Tensor): tf.Tensor {
    const axes = this.eventShape.map((_, axis) => mask.rank - this.eventShape.length + axis);
    return axes.length === 0 ? mask : detached((x) => tf.max(x, axes), mask);
  }

  /** A tail of y: the same tail of x for an increasing bijector, the other one for a decreasing bijector. */
  #tailOf(
    y: tf.Tensor,
    tail: "cdf" | "logCdf" | "logSurvival",
    otherTail: "survivalFunction" | "logSurvival" | "logCdf",
  ): tf.Tensor {
    const { bijector, distribution } = this;
    return tailOfImage(bijector, directionOf(bijector) ?? this.refuse(tail), y, {
      whereRising: (x) => distribution[tail](x),
      whereFalling: (x) => distribution[otherTail](x),
    });
  }

  /** Through Affine maps; through Exp of a normal variable, the log-normal's. */
  #moment(statistic: Moment): tf.Tensor {
    const steps = stepsOf(this.bijector);
    const isLogNormal = steps.length === 1 && steps[0] instanceof Exp && this.distribution instanceof Normal;
    if (isLogNormal) return logNormalMoment(statistic, this.distribution as Normal);
    const last = steps.at(-1);
    if (!(last instanceof Affine)) return this.refuse(statistic);
    const inner =
      steps.length === 1
        ? this.distribution
        : new TransformedDistribution({
            distribution: this.distribution,
            bijector: new Chain(steps.slice(0, -1).reverse()),
          });
    const value = inner[statistic]();
    switch (statistic) {
      case "variance":
        return tf.mul(tf.square(last.scale.tensor), value);
      case "stddev":
        return tf.mul(tf.abs(last.scale.tensor), value);
      default:
        return last.forward(value);
    }
  }

  /** E log |dy/dx| of one elementwise bijector, for each coordinate. */
  #expectedLogDet(distribution: Distribution, bijector: Bijector): tf.Tensor {
    if (bijector instanceof Affine) return tf.log(tf.abs(bijector.scale.tensor));
    return bijector instanceof Exp ? distribution.mean() : this.refuse("entropy");
  }

  /** Sums log-determinants over the event axes of x that the bijector treats as batch axes. */
  #sumExtraAxes(logDet: tf.Tensor): tf.Tensor {
    const extra = this.distribution.eventShape.length - this.bijector.eventRank;
    const axes = Array.from({ length: extra }, (_, index) => logDet.rank - extra + index);
    return extra === 0 ? logDet : tf.sum(logDet, axes);
  }
}

registerKl(TransformedDistribution, TransformedDistribution, (q, p) =>
  q.bijector.equals(p.bijector)
    ? closedKl(q.distribution, p.distribution)
    : `their bijectors are not known to be equal, ${q.bijector.name} and ${p.bijector.name}`,
);
