import { Chain, Permute, Sigmoid, StickBreaking } from "@igr/bijectors";
import type { FlatNumbers } from "@igr/tensors";
import { concatLast, detached, formatShape, Parameter, type ParameterValue, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkLatticeSize, normalLattice } from "../argmax/lattice.js";
import { infinityAt, splitBoundary } from "../base/boundary.js";
import type {
  DistributionOptions,
  SampleAndLogProb,
  SampleAndLogProbOptions,
  SampleOptions,
} from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import { type Support, supports } from "../base/support.js";
import { Dirichlet } from "../distributions/dirichlet.js";
import { Kumaraswamy } from "../distributions/kumaraswamy.js";
import {
  betaLogDensity,
  drawStick,
  type Shares,
  stickDivergence,
  stickLogDensity,
} from "../distributions/kumaraswamy-stick.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { registerKl } from "../divergence/kl-registry.js";
import { straightThrough } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { checkSimplexLogs } from "./simplex-support.js";
import { logDensityOverOrders, randomOrder } from "./stick-orders.js";

/** Parameters of {@link KumaraswamyStickBreaking}. */
export interface KumaraswamyStickBreakingOptions extends DistributionOptions {
  /** One number > 0 for each category, `[..., K]`, as those of a Dirichlet distribution. */
  readonly concentration: ParameterValue;
  /**
   * The order in which categories take their share of the stick: each of 0, ..., K-1 once, by default 0 to K-1; or
   * `'random'`, a uniformly random order for each draw, which makes the distribution symmetric. Its density is the mean
   * over all K! orders, at a cost of K 2^(K-1): for K up to 12.
   */
  readonly order?: readonly number[] | "random";
}

/** Options of {@link KumaraswamyStickBreaking.discrete}. */
export interface StickFrequencyOptions {
  /** Points of the lattice, a power of 2 from 64 to 8,192; 8,192 by default. */
  readonly samples?: number;
}

/** The log-density at the edge is evaluated with zero coordinates replaced by e^-L with this L. */
const edge = 1e4;
const mostInRandomOrder = 12;
const sticks = new Chain([new StickBreaking({ validate: false }), new Sigmoid({ validate: false })]);

/**
 * Stick-breaking with Kumaraswamy shares on the simplex: category o_1 takes a share v_1 of the stick, o_2 a share of
 * the rest, and so on; o_K takes the remainder; `v_i ~ Kumaraswamy(a = c_(o_i), b = sum_(j > i) c_(o_j))`. With Beta
 * shares it would be a Dirichlet, in every order; this distribution has reparameterized samples in closed form, and
 * depends on the order unless it is random. Stirn, Jebara and Knowles 2019.
 *
 * Shapes: batch `[...]`, event `[K]`; densities are with respect to the first K-1 coordinates of z. Small
 * concentrations draw near the vertices; there is no temperature. Samples carry gradients (through the shares; a random
 * order is a constant). KL from one of a given order to another of that order, or to a Dirichlet, is exact, by
 * quadrature; else Monte Carlo. Float32: shares are kept as log(-log v), so that `sampleAndLogProb`, and `sampleLog`
 * with `logProbFromLog`, hold where z rounds to a vertex. `logProb` of a point with zero coordinates is the limit with
 * equally small coordinates; `validate: 'values'` rejects such points.
 *
 * @example
 * ```ts
 * const relaxed = new KumaraswamyStickBreaking({ concentration: [0.3, 0.5, 0.2] });
 * const z = relaxed.sample(createRng(1), [1000]); // [1000, 3]
 * relaxed.mean(); // [0.3334, 0.505, 0.1616]
 * ```
 */
export class KumaraswamyStickBreaking extends RelaxedDistribution {
  readonly isReparameterized = true;
  /** Number of categories K. */
  readonly categories: number;
  /** The order of the categories, or `'random'`. */
  readonly order: readonly number[] | "random";
  readonly #parameter: Parameter;
  readonly #inOrder: Permute | undefined;

  /**
   * @throws RangeError if a concentration is not > 0, there are fewer than 2 categories, or more than 12 in random order;
   * or unless `order` is `'random'` or holds each of 0, ..., K-1 once.
   */
  constructor({ concentration, order, validate = "shapes" }: KumaraswamyStickBreakingOptions) {
    const name = "KumaraswamyStickBreaking";
    const parameter = new Parameter(name, "concentration", concentration, positive, validate);
    const categories = parameter.shape.at(-1) ?? 0;
    if (categories < 2) {
      throw new RangeError(
        `${name}: concentration must have at least 2 categories on its last axis, got shape ${formatShape(parameter.shape)}`,
      );
    }
    const given = order ?? Array.from({ length: categories }, (_, k) => k);
    if (given === "random" ? categories > mostInRandomOrder : !isOrder(given, categories)) {
      throw new RangeError(
        given === "random"
          ? `${name}: order 'random' is for up to ${mostInRandomOrder} categories, got ${categories}; its density is a sum over all sets of them`
          : `${name}: order must hold each of 0, ..., ${categories - 1} exactly once, or be 'random', got ${JSON.stringify(given)}`,
      );
    }
    super(name, { batchShape: parameter.shape.slice(0, -1), eventShape: [categories] }, { validate });
    this.#parameter = parameter;
    this.categories = categories;
    this.order = given;
    this.#inOrder = given === "random" ? undefined : new Permute({ permutation: given, validate: false });
  }

  /** The concentrations, `[..., K]`: the given tensor, or a new one. */
  get concentration(): tf.Tensor {
    return this.#parameter.tensor;
  }

  /**
   * The categorical distribution of argmax z: frequencies over a lattice of points, with an error near 3e-3 at 8,192. No
   * gradient reaches the concentrations. Its probabilities are a new tensor, for `tf.tidy` or the caller to free.
   *
   * @throws RangeError unless `samples` is a power of 2 from 64 to 8,192.
   */
  discrete({ samples = 8192 }: StickFrequencyOptions = {}): OneHotCategorical {
    checkLatticeSize(`${this.name}.discrete`, samples);
    const probs = tf.tidy(() =>
      detached(() => {
        const size = this.categories;
        const normal = normalLattice(samples, this.order === "random" ? 2 * size - 1 : size - 1, undefined);
        const columns = (start: number, count: number) =>
          tf.reshape(tf.slice(normal, [0, start], [samples, count]), [samples, ...this.batchShape.map(() => 1), count]);
        const gumbel = tf.neg(tf.log(tf.neg(logNormalCdf(columns(0, size - 1)))));
        const order = this.order === "random" ? randomOrder(columns(size - 1, size)) : undefined;
        const largest = tf.argMax(this.#draw(gumbel, order).logZ, -1);
        return tf.mean(tf.cast(tf.oneHot(largest, size), "float32"), 0);
      }),
    );
    return new OneHotCategorical({ probs, validate: this.validate });
  }

  /** Mean, `[...batchShape, K]`. @throws Error in random order. */
  override mean(): tf.Tensor {
    if (this.order === "random") {
      throw new Error(
        `${this.name}.mean: has no closed form; estimate it by tf.mean(distribution.sample(rng, [1000]), 0), where the order is random`,
      );
    }
    return super.mean();
  }

  /** @internal Parameters of the shares, `[..., K-1]` each; in the order 0 to K-1 if the order is random. */
  shares(): Shares {
    return this.sharesInOrder(this.concentration) ?? sharesOf(this.concentration);
  }

  /** @internal The shares of these concentrations in the given order; undefined if the order is random. */
  sharesInOrder(concentration: tf.Tensor): Shares | undefined {
    return this.#inOrder && sharesOf(this.#inOrder.forward(concentration));
  }

  override get support(): Support {
    return supports.simplex;
  }

  protected override _mean(): tf.Tensor {
    const { a, b } = this.shares();
    const share = new Kumaraswamy({ concentration1: a, concentration0: b, validate: false }).mean();
    const one = tf.ones([...share.shape.slice(0, -1), 1]);
    const left = tf.exp(tf.cumsum(tf.log1p(tf.neg(share)), share.rank - 1));
    const means = tf.mul(concatLast([share, one]), concatLast([one, left]));
    return (this.#inOrder as Permute).inverse(means);
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = tf.exp(this._sampleLog(rng, sampleShape));
    return hard ? straightThrough(z) : z;
  }

  protected override _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.#draw(...this.#noise(rng, sampleShape)).logZ;
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    if (this.order === "random" || options.stickTheLanding) {
      return super._sampleLogAndLogProb(rng, sampleShape, options);
    }
    const { logZ, logProb } = this.#draw(...this.#noise(rng, sampleShape));
    return { value: logZ, logProb };
  }

  protected override _logProb(value: tf.Tensor): tf.Tensor {
    return this.#logDensity(tf.log(value));
  }

  protected override _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    if (this.validate === "values") checkSimplexLogs(`${this.name}.logProbFromLog`, logValue);
    return this.#logDensity(logValue);
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    checkSimplexLogs(owner, tf.log(value));
  }

  #noise(rng: Rng, sampleShape: readonly number[]): [gumbel: tf.Tensor, order: tf.Tensor | undefined] {
    const outer = [...sampleShape, ...this.batchShape];
    const gumbel = rng.gumbel([...outer, this.categories - 1]);
    return [gumbel, this.order === "random" ? randomOrder(rng.uniform([...outer, this.categories])) : undefined];
  }

  /** log z, and its log-density in the order that was drawn. */
  #draw(gumbel: tf.Tensor, order: tf.Tensor | undefined): { logZ: tf.Tensor; logProb: tf.Tensor } {
    const { a, b } = order ? sharesOf(applyOrder(order, this.concentration)) : this.shares();
    const { logit, logDensity } = drawStick(gumbel, a, b);
    const { value, logDet } = sticks.forwardLogAndLogDet(logit);
    const logZ = order ? undoOrder(order, value) : (this.#inOrder as Permute).inverse(value);
    return { logZ, logProb: tf.sub(tf.sum(logDensity, -1), logDet) };
  }

  #logDensity(logValue: tf.Tensor): tf.Tensor {
    const { finite, isZero, zeros } = splitBoundary(logValue);
    const at = (distance: number) => this.#interiorLogDensity(tf.sub(finite, tf.mul(distance, isZero)));
    const near = at(edge);
    // The sign of the slope in L; slopes below 1 are rounding.
    const sign = detached(
      (a, b) => {
        const growth = tf.sub(b, a);
        return tf.sub(tf.step(tf.sub(growth, 1)), tf.step(tf.sub(tf.neg(growth), 1)));
      },
      near,
      at(2 * edge),
    );
    return tf.add(near, infinityAt(tf.add(zeros, tf.zerosLike(near)), sign));
  }

  #interiorLogDensity(logValue: tf.Tensor): tf.Tensor {
    if (!this.#inOrder) return logDensityOverOrders(logValue, this.concentration);
    const { value: logit, logDet } = sticks.inverseFromLogAndLogDet(this.#inOrder.forward(logValue));
    const { a, b } = this.shares();
    return tf.add(tf.sum(stickLogDensity(logit, a, b), -1), logDet);
  }
}

function isOrder(order: readonly number[], size: number): boolean {
  return (
    Array.isArray(order) && order.length === size && [...order].sort((a, b) => a - b).every((each, k) => each === k)
  );
}

/** Concentrations in order, `[..., K]`, to a and b of the shares. */
function sharesOf(concentration: tf.Tensor): Shares {
  const axis = concentration.rank - 1;
  const sizes = [...concentration.shape.slice(0, -1), (concentration.shape.at(-1) as number) - 1];
  const first = (x: tf.Tensor) => tf.slice(x, new Array<number>(axis + 1).fill(0), sizes);
  return { a: first(concentration), b: first(tf.cumsum(concentration, axis, true, true)) };
}

function applyOrder(order: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(order, tf.expandDims(x, -2)), -1);
}

function undoOrder(order: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(order, tf.expandDims(x, -1)), -2);
}

// Both have the Jacobian of the same order, so the divergence is that of the shares.
registerKl(KumaraswamyStickBreaking, KumaraswamyStickBreaking, (q, p) =>
  q.order === "random" || JSON.stringify(q.order) !== JSON.stringify(p.order)
    ? "they break sticks in different orders, or in random ones"
    : tf.sum(stickDivergence(q.shares(), p.shares()), -1),
);

// In any order a Dirichlet breaks sticks by Beta shares (Stirn et al. 2019, section 3).
registerKl(KumaraswamyStickBreaking, Dirichlet, (q, p) => {
  const ofP = q.sharesInOrder(p.concentration);
  return ofP ? tf.sum(stickDivergence(q.shares(), ofP, betaLogDensity), -1) : "sticks are broken in a random order";
});
