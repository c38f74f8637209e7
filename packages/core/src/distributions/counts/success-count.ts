import { broadcastShapes, type Domain, Parameter, type ParameterValue } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import type { Rng } from "../../random/rng.js";
import type { UniformSource } from "../../random/uniform-source.js";
import { type SuccessOptions, SuccessProbability } from "../success-probability.js";
import { broadcastNumbers } from "./broadcast-numbers.js";
import { CountDistribution } from "./count-distribution.js";

interface SuccessCountOptions extends DistributionOptions, SuccessOptions {
  readonly totalCount: ParameterValue;
}

/** The probability of success and that of failure, each to float64 accuracy. */
export interface SuccessOdds {
  readonly probs: number;
  readonly complement: number;
}

/** The common part of {@link Binomial} and {@link NegativeBinomial}: counts in a sequence of independent trials. */
export abstract class SuccessCount extends CountDistribution {
  protected readonly count: Parameter;
  protected readonly success: SuccessProbability;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain
   * or shapes that do not broadcast.
   */
  protected constructor(
    name: string,
    { totalCount, logits, probs, validate = "shapes" }: SuccessCountOptions,
    domains: { readonly totalCount: Domain; readonly probs: Domain },
  ) {
    const count = new Parameter(name, "totalCount", totalCount, domains.totalCount, validate);
    const success = new SuccessProbability(name, { logits, probs }, domains.probs, validate);
    const batchShape = broadcastShapes(name, {
      totalCount: count.shape,
      [success.parameter.name]: success.shape,
    });
    super(name, { batchShape, eventShape: [] }, { validate });
    this.count = count;
    this.success = success;
  }

  /** Number of trials, or of successes that end them: the given tensor, or a new one. */
  get totalCount(): tf.Tensor {
    return this.count.tensor;
  }

  /** Probability of success: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.success.probs;
  }

  /** Log-odds of success: the given tensor, or a new one. Infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    return this.success.logits;
  }

  /** One draw from a member of the batch. */
  protected abstract _drawOne(uniform: UniformSource, totalCount: number, odds: SuccessOdds): number;

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.drawCounts(rng, sampleShape, () => {
      const counts = broadcastNumbers(this.count.read(), this.count.shape, this.batchShape);
      const odds = broadcastNumbers(this.success.read(), this.success.shape, this.batchShape);
      return (uniform, member) => this._drawOne(uniform, counts[member] as number, odds[member] as SuccessOdds);
    });
  }
}
