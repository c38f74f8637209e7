import { broadcastShapes, detached, finite, Parameter, type ParameterValue, quotient, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logRatio } from "../special/log-ratio.js";
import { broadcastNumbers } from "./counts/broadcast-numbers.js";
import { logOfComplement, logOfProbability } from "./zero-probability.js";

/** Parameters of {@link Uniform}. */
export interface UniformOptions extends DistributionOptions {
  /** Lower end; 0 by default. Broadcasts against `high`. */
  readonly low?: ParameterValue;
  /** Upper end, > `low`; 1 by default. */
  readonly high?: ParameterValue;
}

/**
 * Uniform distribution on [low, high]. Shapes: event `[]`; batch: the broadcast shape of `low` and `high`. Samples are
 * reparameterized. KL(q || p) in closed form: Infinity unless q's interval lies within p's.
 *
 * @example
 * ```ts
 * const angle = new Uniform({ low: 0, high: [1, 4] });
 * angle.logProb([0.5, 2]); // [0, -1.3863]
 * angle.mean(); // [0.5, 2]
 * ```
 */
export class Uniform extends Distribution {
  readonly isReparameterized = true;
  readonly #lowParameter: Parameter;
  readonly #highParameter: Parameter;

  /** @throws RangeError unless `low` < `high` (where both are numbers, or `validate` is 'values') and the shapes broadcast. */
  constructor({ low = 0, high = 1, validate = "shapes" }: UniformOptions = {}) {
    const lowParameter = new Parameter("Uniform", "low", low, finite, validate);
    const highParameter = new Parameter("Uniform", "high", high, finite, validate);
    const batchShape = broadcastShapes("Uniform", { low: lowParameter.shape, high: highParameter.shape });
    const isNumbers = !lowParameter.given && !highParameter.given;
    if (validate === "values" || (validate !== false && isNumbers)) {
      const ends = broadcastNumbers(highParameter.read(), highParameter.shape, batchShape);
      for (const [index, start] of broadcastNumbers(lowParameter.read(), lowParameter.shape, batchShape).entries()) {
        if (!(start < (ends[index] as number))) {
          throw new RangeError(`Uniform: high must be > low, got low ${start} and high ${ends[index]}`);
        }
      }
    }
    super("Uniform", { batchShape, eventShape: [] }, { validate });
    this.#lowParameter = lowParameter;
    this.#highParameter = highParameter;
  }

  /** Lower end: the given tensor, or a new one. */
  get low(): tf.Tensor {
    return this.#lowParameter.tensor;
  }

  /** Upper end: the given tensor, or a new one. */
  get high(): tf.Tensor {
    return this.#highParameter.tensor;
  }

  override get support(): Support {
    return supports.interval;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.add(this.low, tf.mul(this.#width, rng.uniform(this.sampleShapeOf(sampleShape))));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const [value, low, high] = toOneShape(x, this.low, this.high) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const isOutside = detached(
      (v, a, b) => {
        const outside = tf.logicalOr(
          tf.less(v as tf.Tensor, a as tf.Tensor),
          tf.greater(v as tf.Tensor, b as tf.Tensor),
        );
        return tf.cast(outside, "float32");
      },
      value,
      low,
      high,
    );
    // A NaN is neither inside nor outside, and stays NaN.
    const ofValue = tf.mul(0, tf.where(tf.cast(isOutside, "bool"), tf.zerosLike(value), value));
    return tf.add(tf.sub(ofValue, tf.log(this.#width)), infinityAt(isOutside, tf.neg(isOutside)));
  }

  protected override _mean(): tf.Tensor {
    return tf.add(this.low, tf.div(this.#width, 2));
  }

  /** The middle; every point of the interval is equally probable. */
  protected override _mode(): tf.Tensor {
    return this._mean();
  }

  protected override _variance(): tf.Tensor {
    return tf.div(tf.square(this.#width), 12);
  }

  protected override _stddev(): tf.Tensor {
    return tf.div(this.#width, Math.sqrt(12));
  }

  protected override _entropy(): tf.Tensor {
    return tf.log(this.#width);
  }

  protected override _cdf(x: tf.Tensor): tf.Tensor {
    return this.#share(tf.sub(x, this.low));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return logOfShare(this._cdf(x), this.#share(tf.sub(this.high, x)));
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return logOfShare(this.#share(tf.sub(this.high, x)), this._cdf(x));
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.add(this.low, tf.mul(this.#width, probability));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    const outside = tf.isInf(this._logProb(x)).dataSync().indexOf(1);
    if (outside >= 0) {
      throw new RangeError(`${owner}: a value must lie in [low, high], got value ${outside} outside of it`);
    }
  }

  /** The ratio of a part of the interval to its width. */
  #share(part: tf.Tensor): tf.Tensor {
    return tf.clipByValue(quotient(part, this.#width), 0, 1);
  }

  get #width(): tf.Tensor {
    return tf.sub(this.high, this.low);
  }
}

/** `log(share)`, by the complement where the share is near 1. */
function logOfShare(share: tf.Tensor, complement: tf.Tensor): tf.Tensor {
  const isLarge = tf.cast(tf.step(tf.sub(share, 0.5)), "bool");
  return tf.where(isLarge, logOfComplement(complement), logOfProbability(share));
}

registerKl(Uniform, Uniform, (q, p) => {
  const inside = logRatio(tf.sub(p.high, p.low), tf.sub(q.high, q.low));
  const [value, lowQ, lowP, highQ, highP] = toOneShape(inside, q.low, p.low, q.high, p.high) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const sticksOut = detached(
    (a, b, c, d) =>
      tf.cast(
        tf.logicalOr(tf.less(a as tf.Tensor, b as tf.Tensor), tf.greater(c as tf.Tensor, d as tf.Tensor)),
        "float32",
      ),
    lowQ,
    lowP,
    highQ,
    highP,
  );
  return tf.add(value, infinityAt(sticksOut, sticksOut));
});
