import type { Bijector } from "@igr/bijectors";
import { equalShapes, formatShape, tryBroadcastShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";

/** Parts of a {@link TransformedDistribution}. */
export interface TransformedDistributionOptions extends DistributionOptions {
  /** The distribution of x. */
  readonly distribution: Distribution;
  /** The map from x to y. */
  readonly bijector: Bijector;
}

/**
 * The distribution of `y = bijector.forward(x)` where x has another distribution:
 * `log p(y) = log p(x) - log |det dy/dx|`. The batch is that of the distribution of x; its event must have the axes that
 * the bijector takes for one event (wrap it in Independent if they are batch axes).
 *
 * `sampleAndLogProb` needs no inverse, and is exact where y rounds to the edge of the image; `logProb` goes through the
 * inverse. KL between two of one bijector is that of the distributions of x. `validate` is that of the distribution of x if
 * absent; with `'values'` a value outside the image of the bijector, or of the support of x under it, is refused. The
 * bijector checks by its own.
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
   * @throws RangeError if the distribution's event has fewer axes than the bijector's, or the bijector's parameters have
   * batch axes that the distribution lacks; TypeError if `distribution` is none.
   */
  constructor({ distribution, bijector, validate = distribution?.validate }: TransformedDistributionOptions) {
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
    super("TransformedDistribution", { batchShape, eventShape: bijector.forwardEventShape(eventShape) }, { validate });
    this.distribution = distribution;
    this.bijector = bijector;
    this.isReparameterized = distribution.isReparameterized;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.bijector.forward(this.distribution.sample(rng, sampleShape));
  }

  protected override _logProb(y: tf.Tensor): tf.Tensor {
    const { value: x, logDet } = this.bijector.inverseAndLogDet(y);
    return tf.add(this.distribution.logProb(x), this.sumExtraAxes(logDet));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    if (!stickTheLanding) {
      const { value: x, logProb } = this.distribution.sampleAndLogProb(rng, sampleShape);
      const { value, logDet } = this.bijector.forwardAndLogDet(x);
      return { value, logProb: tf.sub(logProb, this.sumExtraAxes(logDet)) };
    }
    if (dependsOnTensors(this.bijector)) {
      // The path through y includes the bijector's own parameters, which the pre-image does not see.
      const value = this._sample(rng, sampleShape);
      return { value, logProb: alongPath(value, (y) => this._logProb(y)) };
    }
    const { value: x, logProb } = this.distribution.sampleAndLogProb(rng, sampleShape, { stickTheLanding });
    const { value, logDet } = this.bijector.forwardAndLogDet(x);
    return { value, logProb: tf.sub(logProb, this.sumExtraAxes(logDet)) };
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

  /** The bijector's log-determinants still have those event axes of x that the bijector counts as batch. */
  private sumExtraAxes(logDet: tf.Tensor): tf.Tensor {
    const extra = this.distribution.eventShape.length - this.bijector.eventRank;
    const axes = Array.from({ length: extra }, (_, index) => logDet.rank - extra + index);
    return extra === 0 ? logDet : tf.sum(logDet, axes);
  }
}

/** Whether gradients may flow into the bijector. Unknown parameters count as tensors. */
function dependsOnTensors(bijector: Bijector): boolean {
  const { parameters } = bijector;
  if (!parameters) {
    return true;
  }
  const isOrHasTensor = (value: unknown): boolean => {
    if (Array.isArray(value)) {
      return value.some(isOrHasTensor);
    }
    if (typeof value !== "object" || value === null) {
      return false;
    }
    if ("forwardLogDetJacobian" in value) {
      return dependsOnTensors(value as Bijector);
    }
    // A network counts as one, whatever it is made of.
    return "trainableVariables" in value || (value as { given?: tf.Tensor }).given !== undefined;
  };
  return Object.values(parameters).some(isOrHasTensor);
}

registerKl(TransformedDistribution, TransformedDistribution, (q, p) =>
  q.bijector.equals(p.bijector)
    ? closedKl(q.distribution, p.distribution)
    : `their bijectors are not known to be equal, ${q.bijector.name} and ${p.bijector.name}`,
);
