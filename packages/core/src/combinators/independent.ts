import { broadcastShapes, broadcastTensor, checkNumber, type FlatNumbers, formatShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Support } from "../base/support.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";

/**
 * Treats the last batch axes of a distribution as event axes: a batch of independent variables becomes one vector, and
 * log-densities, entropies and KL divergences are summed over it. pyro calls it `to_event`. Samples are unchanged. It
 * is relaxed if the wrapped distribution is.
 *
 * @example
 * ```ts
 * const pixels = new Bernoulli({ logits: tf.zeros([64, 784]) }); // batch [64, 784]
 * const images = new Independent(pixels, 1); // batch [64], event [784]
 * images.logProb(tf.zeros([64, 784])); // shape [64]
 * ```
 */
export class Independent extends RelaxedDistribution {
  readonly isReparameterized: boolean;
  /** The wrapped distribution. */
  readonly distribution: Distribution;
  /** Number of batch axes that became event axes. */
  readonly reinterpretedBatchRank: number;

  /**
   * @param options `validate` is that of the wrapped distribution by default. `'values'` rejects values outside the
   * support even if the wrapped distribution does not check them; parameters are checked by the wrapped distribution.
   * @param name Its name in error messages, for subclasses.
   * @throws RangeError unless `reinterpretedBatchRank` is a whole number from 0 to the rank of the batch shape;
   * TypeError if `distribution` is not a distribution.
   */
  constructor(
    distribution: Distribution,
    reinterpretedBatchRank: number,
    options: DistributionOptions = {},
    name = "Independent",
  ) {
    if (!(distribution instanceof Distribution)) {
      throw new TypeError(`Independent: distribution must be a distribution, got ${String(distribution)}`);
    }
    const { batchShape, eventShape } = distribution;
    const { validate = distribution.validate } = options;
    checkNumber("Independent", "reinterpretedBatchRank", reinterpretedBatchRank, {
      allowed: `a whole number from 0 to ${batchShape.length}, the rank of the batch shape ${formatShape(batchShape)}`,
      contains: (rank) => Number.isInteger(rank) && rank >= 0 && rank <= batchShape.length,
    });
    const split = batchShape.length - reinterpretedBatchRank;
    super(
      name,
      { batchShape: batchShape.slice(0, split), eventShape: [...batchShape.slice(split), ...eventShape] },
      { validate },
    );
    this.distribution = distribution;
    this.reinterpretedBatchRank = reinterpretedBatchRank;
    this.isReparameterized = distribution.isReparameterized;
  }

  override get isRelaxed(): boolean {
    return this.distribution.isRelaxed;
  }

  override get isLogSpace(): boolean {
    return this.isRelaxed && this.#relaxed("isLogSpace").isLogSpace;
  }

  override get logForm(): Independent | undefined {
    const inner = this.isRelaxed ? this.#relaxed("logForm").logForm : undefined;
    return inner && new Independent(inner, this.reinterpretedBatchRank);
  }

  /** @throws TypeError if the wrapped distribution is not relaxed. */
  override discrete(): Independent {
    const { reinterpretedBatchRank, validate } = this;
    return new Independent(this.#relaxed("discrete").discrete(), reinterpretedBatchRank, { validate });
  }

  override get support(): Support {
    return this.distribution.support;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[], options: SampleOptions): tf.Tensor {
    return this.distribution.sample(rng, sampleShape, options);
  }

  protected override _logProb(value: tf.Tensor): tf.Tensor {
    return this.#sumEvent(this.distribution.logProb(value));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    return this.#sumEventOf(this.distribution.sampleAndLogProb(rng, sampleShape, options));
  }

  protected override _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.#relaxed("sampleLog").sampleLog(rng, sampleShape);
  }

  protected override _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    return this.#sumEvent(this.#relaxed("logProbFromLog").logProbFromLog(logValue));
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    return this.#sumEventOf(this.#relaxed("sampleLogAndLogProb").sampleLogAndLogProb(rng, sampleShape, options));
  }

  protected override _mean(): tf.Tensor {
    return this.distribution.mean();
  }

  protected override _mode(): tf.Tensor {
    return this.distribution.mode();
  }

  protected override _variance(): tf.Tensor {
    return this.distribution.variance();
  }

  protected override _stddev(): tf.Tensor {
    return this.distribution.stddev();
  }

  protected override _entropy(): tf.Tensor {
    return this.#sumEvent(this.distribution.entropy());
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    this.distribution.checkNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    this.distribution.checkSupport(owner, value);
  }

  #sumEventOf({ value, logProb }: SampleAndLogProb): SampleAndLogProb {
    return { value, logProb: this.#sumEvent(logProb) };
  }

  #sumEvent(x: tf.Tensor): tf.Tensor {
    return sumLastAxes(x, this.reinterpretedBatchRank);
  }

  #relaxed(method: string): RelaxedDistribution {
    if (!this.distribution.isRelaxed) {
      throw new TypeError(`Independent.${method}: ${this.distribution.name} is not a relaxed distribution`);
    }
    return this.distribution as RelaxedDistribution;
  }
}

registerKl(Independent, Independent, (q, p) => {
  if (q.reinterpretedBatchRank !== p.reinterpretedBatchRank) {
    return `they take ${q.reinterpretedBatchRank} and ${p.reinterpretedBatchRank} axes of the batch`;
  }
  const divergence = closedKl(q.distribution, p.distribution);
  if (typeof divergence !== "object") return divergence;
  const batchShape = broadcastShapes("klDivergence", {
    "batch of q": q.distribution.batchShape,
    "batch of p": p.distribution.batchShape,
  });
  return sumLastAxes(broadcastTensor(divergence, batchShape), q.reinterpretedBatchRank);
});

function sumLastAxes(x: tf.Tensor, count: number): tf.Tensor {
  return count === 0
    ? x
    : tf.sum(
        x,
        Array.from({ length: count }, (_, index) => x.rank - count + index),
      );
}
