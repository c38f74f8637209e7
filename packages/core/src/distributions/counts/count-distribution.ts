import { broadcastTensor, detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, zeroWhere } from "../../base/boundary.js";
import { Distribution } from "../../base/distribution.js";
import { type Support, supports } from "../../base/support.js";
import type { Rng } from "../../random/rng.js";
import { type UniformSource, uniformSource } from "../../random/uniform-source.js";
import type { LogTails } from "../../special/incomplete-gamma.js";

/** Float32 represents all whole numbers up to here. */
export const largestCount = 2 ** 24;

/**
 * The common part of {@link Poisson}, {@link Binomial}, {@link NegativeBinomial} and {@link Geometric}: a distribution
 * of whole numbers from 0. Event shape `[]`; counts are float32, exact to 2^24. Outside the support, and between whole
 * numbers, `logProb` is -Infinity and the cdf is that of the next lower whole number; a NaN stays NaN.
 *
 * `logProb`, `logCdf` and `logSurvival` are accurate in both tails, also where the probabilities are 0 in float32, and
 * are differentiable in the parameters. Samples carry no gradient.
 */
export abstract class CountDistribution extends Distribution {
  readonly isReparameterized = false;

  override get support(): Support {
    return supports.counts;
  }

  /** The largest count, in a shape that broadcasts to the batch; undefined without a bound. */
  protected get largest(): tf.Tensor | undefined {
    return undefined;
  }

  /** Log-probability of whole numbers within the support. */
  protected abstract _logPmf(k: tf.Tensor): tf.Tensor;

  /** log P(X <= k) and log P(X > k) of whole numbers k >= 0, below the largest. */
  protected abstract _logTails(k: tf.Tensor): LogTails;

  /** Upper bound of the search for quantiles. */
  protected get searchLimit(): number {
    return largestCount;
  }

  /** The counts 0 to `largest`, `[largest + 1, 1, ..., 1]`, as {@link enumerateSupport} gives them. */
  protected supportTo(largest: number): tf.Tensor {
    return tf.tidy(() => tf.reshape(tf.range(0, largest + 1), [largest + 1, ...this.batchShape.map(() => 1)]));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const outside = this.#withLargest(x, (value, largest) => {
      const isOutside = tf.logicalOr(tf.less(value, 0), tf.greater(tf.sub(value, tf.floor(value)), 0));
      return tf.logicalOr(isOutside, tf.greater(value, largest ?? 3.4e38));
    });
    const inside = zeroWhere(...(toOneShape(outside, x) as [tf.Tensor, tf.Tensor]));
    return withInfinity(this._logPmf(inside), outside);
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#bothTails(x).logCdf;
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#bothTails(x).logSurvival;
  }

  /**
   * The smallest count whose cdf is at least `probability`, up to a part in 10^6 of the smaller tail; NaN above 2^24.
   * Bisects on the tails, with about 25 evaluations of each.
   */
  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return detached((given) => {
      const [p] = toOneShape(given as tf.Tensor, tf.zeros(this.batchShape.slice())) as [tf.Tensor];
      const isLower = tf.lessEqual(p, 0.5);
      const logLower = tf.sub(tf.log(p), 1e-6);
      const logUpper = tf.add(tf.log1p(tf.neg(p)), 1e-6);
      const reaches = (k: tf.Tensor) => {
        const { logCdf, logSurvival } = this.#bothTails(k);
        return tf.where(
          isLower,
          tf.greaterEqual(broadcastAs(logCdf, p), logLower),
          tf.lessEqual(broadcastAs(logSurvival, p), logUpper),
        );
      };
      // Bisection on whole numbers: the answer lies in (below, above].
      let below = tf.fill(p.shape, -1);
      let above = tf.fill(p.shape, this.searchLimit);
      for (let width = this.searchLimit + 1; width > 1; width = Math.ceil(width / 2)) {
        const middle = tf.add(below, tf.floor(tf.mul(0.5, tf.sub(above, below))));
        const isEnough = reaches(middle);
        below = tf.where(isEnough, below, middle);
        above = tf.where(isEnough, middle, above);
      }
      const count = tf.maximum(above, 0);
      const none = tf.where(tf.equal(p, 1), tf.fill(p.shape, Number.POSITIVE_INFINITY), tf.fill(p.shape, Number.NaN));
      const isProbability = tf.logicalAnd(tf.greaterEqual(p, 0), tf.lessEqual(p, 1));
      return tf.where(tf.logicalAnd(reaches(count), isProbability), count, none);
    }, probability);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    const end = this.largest;
    const [value, largest] = end ? toOneShape(x, end) : [x];
    const bounds = largest?.dataSync();
    for (const [index, count] of (value as tf.Tensor).dataSync().entries()) {
      const bound = bounds?.[index] ?? Number.POSITIVE_INFINITY;
      if (!(Number.isInteger(count) && count >= 0 && count <= bound)) {
        const allowed = bounds ? `a whole number from 0 to totalCount, ${bound},` : "a whole number >= 0,";
        throw new RangeError(`${owner}: a value must be ${allowed} got ${count}`);
      }
    }
  }

  /**
   * Draws one by one on the host, in float64. `prepare` reads the parameters, after the check that no compiler traces,
   * and returns a function that draws from a member of the batch.
   */
  protected drawCounts(
    rng: Rng,
    sampleShape: readonly number[],
    prepare: () => (uniform: UniformSource, member: number) => number,
  ): tf.Tensor {
    const uniform = uniformSource(`${this.name}.sample`, rng);
    const drawAt = prepare();
    const shape = this.sampleShapeOf(sampleShape);
    const counts = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const members = this.batchShape.reduce((product, size) => product * size, 1);
    for (let index = 0; index < counts.length; index++) counts[index] = drawAt(uniform, index % members);
    return tf.tensor(counts, shape, "float32");
  }

  #withLargest(x: tf.Tensor, f: (x: tf.Tensor, largest?: tf.Tensor) => tf.Tensor): tf.Tensor {
    const { largest } = this;
    return largest
      ? detached((value, end) => tf.cast(f(value as tf.Tensor, end), "float32"), x, largest)
      : detached((value) => tf.cast(f(value as tf.Tensor), "float32"), x);
  }

  #bothTails(x: tf.Tensor): { readonly logCdf: tf.Tensor; readonly logSurvival: tf.Tensor } {
    const isBelow = this.#withLargest(x, (value) => tf.less(value, 0));
    const isAbove = this.#withLargest(x, (value, largest) =>
      tf.greaterEqual(value, largest ?? Number.POSITIVE_INFINITY),
    );
    const [outside, value] = toOneShape(tf.maximum(isBelow, isAbove), x) as [tf.Tensor, tf.Tensor];
    // The whole number below x, or 0 where x lies outside of the range in which both tails have mass.
    const k = detached((given, mask) => zeroWhere(mask as tf.Tensor, tf.floor(given as tf.Tensor)), value, outside);
    const { logLower, logUpper } = this._logTails(k);
    const [lower, upper, below, above] = toOneShape(logLower, logUpper, isBelow, isAbove) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return {
      logCdf: withInfinity(zeroWhere(above, lower), isBelow),
      logSurvival: withInfinity(zeroWhere(below, upper), isAbove),
    };
  }
}

function withInfinity(x: tf.Tensor, isInfinite: tf.Tensor): tf.Tensor {
  return tf.add(x, infinityAt(isInfinite, tf.neg(isInfinite)));
}

function broadcastAs(x: tf.Tensor, like: tf.Tensor): tf.Tensor {
  return broadcastTensor(x, like.shape);
}
