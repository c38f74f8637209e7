import type { FlatNumbers } from "@igr/tensors";
import {
  broadcastTensor,
  formatShape,
  logSoftmaxLast,
  Parameter,
  type ParameterValue,
  positive,
  signOf,
  softmaxLast,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, splitBoundary } from "../base/boundary.js";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkSimplexLogs } from "../relaxations/simplex-support.js";
import { digamma } from "../special/digamma.js";
import { gammaDivergence, gammaEntropy } from "../special/gamma-divergence.js";
import { drawLogGamma } from "../special/gamma-draw.js";
import { stirlingRemainder } from "../special/saddle-point.js";

/** Parameters of {@link Dirichlet}. */
export interface DirichletOptions extends DistributionOptions {
  /** Exponents plus 1, > 0, `[..., K]`. */
  readonly concentration: ParameterValue;
}

/**
 * Dirichlet distribution on the simplex of K categories, density proportional to the product of
 * `x_k^(concentration_k - 1)`, with respect to the first K-1 coordinates. Shapes: event `[K]`, batch: the parameter's
 * shape without its last axis. The KL divergence between two of them has a closed form.
 *
 * Samples carry gradients by implicit reparameterization (Figurnov, Mohamed and Mnih 2018), and can be traced by a
 * compiler. `sampleAndLogProb` computes the density from the logarithms of the draw: it is finite where coordinates
 * round to 0, while `logProb` is infinite there.
 *
 * @example
 * ```ts
 * const shares = new Dirichlet({ concentration: [1, 2, 3] });
 * shares.mean(); // [0.1667, 0.3333, 0.5]
 * shares.logProb([0.2, 0.3, 0.5]); // 1.5041
 * ```
 */
export class Dirichlet extends Distribution {
  readonly isReparameterized = true;
  /** Number of categories K. */
  readonly categories: number;
  readonly #parameter: Parameter;

  /** @throws RangeError if a number is not > 0, or there are fewer than 2 categories. */
  constructor({ concentration, validate = "shapes" }: DirichletOptions) {
    const parameter = new Parameter("Dirichlet", "concentration", concentration, positive, validate);
    const categories = parameter.shape.at(-1) ?? 0;
    if (categories < 2) {
      throw new RangeError(
        `Dirichlet: concentration needs at least 2 categories on its last axis, got shape ${formatShape(parameter.shape)}`,
      );
    }
    super("Dirichlet", { batchShape: parameter.shape.slice(0, -1), eventShape: [categories] }, { validate });
    this.categories = categories;
    this.#parameter = parameter;
  }

  /** Exponents plus 1, `[..., K]`: the given tensor, or a new one. */
  get concentration(): tf.Tensor {
    return this.#parameter.tensor;
  }

  override get support(): Support {
    return supports.simplex;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return softmaxLast(this.#drawLogs(rng, sampleShape));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const logs = this.#drawLogs(rng, sampleShape);
    const density = (x: tf.Tensor) => this.#logDensity(logSoftmaxLast(x));
    return { value: softmaxLast(logs), logProb: stickTheLanding ? alongPath(logs, density) : density(logs) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const { finite, isZero, zeros } = splitBoundary(tf.log(x));
    // Where some coordinates vanish together, the density behaves as a power: the sum of their powers.
    const power = tf.sum(tf.mul(isZero, tf.sub(this.concentration, 1)), -1);
    return tf.add(this.#logDensity(finite), infinityAt(zeros, tf.neg(signOf(power))));
  }

  protected override _mean(): tf.Tensor {
    return tf.div(this.concentration, this.#total);
  }

  /** NaN if a concentration is below 1, where the density is infinite on a whole face, or if all are 1. */
  protected override _mode(): tf.Tensor {
    const excess = tf.sub(this.concentration, 1);
    const isBelow = tf.max(tf.step(tf.neg(excess)), -1, true);
    // 0 / 0 without a mode.
    return tf.div(tf.mul(excess, tf.sub(1, isBelow)), tf.mul(tf.sum(excess, -1, true), tf.sub(1, isBelow)));
  }

  protected override _variance(): tf.Tensor {
    const mean = this._mean();
    return tf.div(tf.mul(mean, tf.sub(1, mean)), tf.add(this.#total, 1));
  }

  protected override _entropy(): tf.Tensor {
    const total = tf.sum(this.concentration, -1);
    const parts = tf.sub(tf.sum(gammaEntropy(this.concentration), -1), gammaEntropy(total));
    return tf.sub(parts, tf.mul(this.categories - 1, digamma(total)));
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkSimplexLogs(owner, tf.log(x));
  }

  /** `[..., 1]`. */
  get #total(): tf.Tensor {
    return tf.sum(this.concentration, -1, true);
  }

  #drawLogs(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return drawLogGamma(rng, broadcastTensor(this.concentration, this.sampleShapeOf(sampleShape)));
  }

  /** From log x. With a_k / A the mean m_k: sum a_k (log x_k - log m_k) - log x_k, and Stirling's remainders. */
  #logDensity(logX: tf.Tensor): tf.Tensor {
    const total = this.#total;
    const { concentration: a } = this;
    const fromMean = tf.mul(a, tf.sub(logX, tf.log(tf.div(a, total))));
    const parts = tf.sub(tf.sub(tf.add(fromMean, tf.log(a)), logX), stirlingRemainder(a));
    const ofTotal = tf.sub(stirlingRemainder(total), tf.log(total));
    return tf.add(tf.sum(parts, -1), tf.squeeze(ofTotal, [-1 + ofTotal.rank]));
  }
}

registerKl(Dirichlet, Dirichlet, (q, p) => {
  const parts = tf.sum(gammaDivergence(q.concentration, p.concentration), -1);
  const totals = gammaDivergence(tf.sum(q.concentration, -1), tf.sum(p.concentration, -1));
  return tf.sub(parts, totals);
});
