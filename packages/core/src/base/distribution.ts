import {
  broadcastTensor,
  checkRng,
  checkRuntime,
  checkShape,
  checkValidation,
  flattenNumbers,
  formatShape,
  toFloat32,
  type Validation,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "../divergence/cross-entropy.js";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkedProbability } from "../special/checked-probability.js";
import { DistributionHooks } from "./distribution-hooks.js";
import type {
  DistributionOptions,
  SampleAndLogProb,
  SampleAndLogProbOptions,
  SampleOptions,
} from "./distribution-options.js";
import { monteCarloForms, type Statistic } from "./monte-carlo-forms.js";
import { type Support, supports } from "./support.js";
import { sampleAndBatchShape } from "./value-shape.js";

export type { DistributionOptions, SampleAndLogProb, SampleAndLogProbOptions, SampleOptions };

/**
 * A probability distribution. `batchShape` is the shape of a batch of independent distributions with different
 * parameters; `eventShape` is the shape of one draw of one of them; the shapes mean what they mean in TensorFlow
 * Probability: samples are `[...sampleShape, ...batchShape, ...eventShape]`, log-densities have no event axes, and a
 * value broadcasts against the batch. Everything is float32 and in nats.
 *
 * Parameters are tensors, variables or numbers. Tensors are kept by identity: gradients flow into them through samples
 * (where the distribution is reparameterized) and through log-densities, and they must outlive the distribution. A
 * distribution holds no memory; the results of its methods belong to the caller.
 *
 * To write one, extend this class: pass name and shapes to `super`, and implement `_sample` and `_logProb` (both run
 * inside `tf.tidy`, on checked arguments) and, where they exist, `_mean`, `_mode`, `_variance`, `_stddev`, `_entropy`,
 * `_cdf`, `_logCdf`, `_logSurvival` and `_quantile`. Results of the optional ones are broadcast to the full shape.
 * Hooks use ordinary tfjs kernels and read no tensor, so that a compiler can trace them; a sampler that cannot be
 * traced throws during a trace.
 */
export abstract class Distribution extends DistributionHooks {
  /** Name of the class, as error messages print it. */
  readonly name: string;
  /** Shape of the batch of independent distributions. */
  readonly batchShape: readonly number[];
  /** Shape of one draw. */
  readonly eventShape: readonly number[];
  /** What is checked; see {@link DistributionOptions.validate}. */
  readonly validate: Validation;

  /**
   * @param name Its name in error messages.
   * @throws RangeError unless `validate` is 'shapes', 'values' or false; Error if tfjs has no backend.
   */
  protected constructor(
    name: string,
    shapes: { readonly batchShape: readonly number[]; readonly eventShape: readonly number[] },
    { validate = "shapes" }: DistributionOptions = {},
  ) {
    super();
    checkRuntime(name);
    this.name = name;
    this.batchShape = shapes.batchShape.slice();
    this.eventShape = shapes.eventShape.slice();
    this.validate = checkValidation(name, validate);
  }

  /** Whether gradients flow from samples into the parameters. */
  abstract readonly isReparameterized: boolean;

  /** Whether this is a relaxation of a discrete variable, with `sampleLog` and `logProbFromLog`. */
  get isRelaxed(): boolean {
    return false;
  }

  /**
   * Draws, `[...sampleShape, ...batchShape, ...eventShape]`.
   *
   * @throws RangeError if `sampleShape` is not an array of whole numbers; TypeError if `rng` is not a generator, or
   * `hard` is asked of a distribution that is not relaxed.
   */
  sample(rng: Rng, sampleShape: readonly number[] = [], options: SampleOptions = {}): tf.Tensor {
    this.checkDraw("sample", rng, sampleShape);
    if (options.hard && !this.isRelaxed) {
      throw new TypeError(`${this.name}.sample: hard is for relaxed distributions, and this one is not relaxed`);
    }
    return tf.tidy(() => this._sample(rng, sampleShape, options));
  }

  /**
   * Log-density (log-probability where the distribution is discrete) of `value`, whose last axes are the event's and
   * whose other axes broadcast against the batch. Shapes: `[..., ...eventShape] -> [...]`.
   *
   * @throws RangeError if `value` has another event shape or does not broadcast; with `validate: 'values'` also if a
   * value lies outside the support. Without it the result there is the limit of the formula, -Infinity or +Infinity;
   * plain numbers that are not a point at all, such as [0.2, 0.5, 0.9] for the simplex, are rejected; tensors are not
   * read.
   */
  logProb(value: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.evaluate("logProb", value, (x) => this._logProb(x));
  }

  /**
   * Draws and their log-densities in one pass, computed from the noise of the draw: without an inverse map or the
   * logarithm of a rounded sample. Consumes the same random numbers as {@link sample}.
   */
  sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[] = [],
    options: SampleAndLogProbOptions = {},
  ): SampleAndLogProb {
    this.checkDraw("sampleAndLogProb", rng, sampleShape);
    return tf.tidy(() => ({ ...this._sampleAndLogProb(rng, sampleShape, options) }));
  }

  /** `exp(logProb(value))`: the density, or the probability where the distribution is discrete. Rounds to 0 where `logProb` does not. */
  prob(value: tf.Tensor | tf.TensorLike): tf.Tensor {
    return tf.tidy(() => tf.exp(this.logProb(value)));
  }

  /** Mean, `[...batchShape, ...eventShape]`. @throws Error where it has no closed form, naming the Monte Carlo form. */
  mean(): tf.Tensor {
    return this.#statistic("mean", this._mean?.bind(this));
  }

  /** Most probable value, `[...batchShape, ...eventShape]`. @throws Error where it has no closed form. */
  mode(): tf.Tensor {
    return this.#statistic("mode", this._mode?.bind(this));
  }

  /** Variance of each coordinate, `[...batchShape, ...eventShape]`. @throws Error where it has no closed form. */
  variance(): tf.Tensor {
    return this.#statistic("variance", this._variance?.bind(this));
  }

  /** Standard deviation of each coordinate, `[...batchShape, ...eventShape]`. @throws Error where it has no closed form. */
  stddev(): tf.Tensor {
    const variance = this._variance?.bind(this);
    return this.#statistic("stddev", this._stddev?.bind(this) ?? (variance && (() => tf.sqrt(variance()))));
  }

  /** Entropy in nats, `[...batchShape]`; differential where the distribution is continuous. @throws Error where it has no closed form. */
  entropy(): tf.Tensor {
    return this.#statistic("entropy", this._entropy?.bind(this), this.batchShape);
  }

  /**
   * Cross-entropy `-E[log other(x)]` over draws x of this distribution, in nats: the entropy plus `klDivergence(this, other)`.
   * Shape: the batch shapes, broadcast. @throws Error where one of them has no closed form.
   */
  crossEntropy(other: Distribution): tf.Tensor {
    return tf.tidy(() => (this._entropy && crossEntropy(this, other)) ?? this.refuse("crossEntropy"));
  }

  /** P(X <= x), `x` as in {@link logProb}. @throws Error where it has no closed form. */
  cdf(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.evaluate("cdf", x, this.#cdfHook ?? this.refuse("cdf"));
  }

  /** log P(X <= x), exact in the lower tail, where the logarithm of a float32 `cdf` would be -Infinity. @throws Error where it has no closed form. */
  logCdf(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.evaluate("logCdf", x, this._logCdf?.bind(this) ?? this.refuse("logCdf"));
  }

  /** P(X > x), `x` as in {@link logProb}: `1 - cdf(x)`, exact in the upper tail where {@link logSurvival} is. @throws Error where it has no closed form. */
  survivalFunction(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    const logSurvival = this._logSurvival?.bind(this);
    const cdf = this.#cdfHook;
    const survival = logSurvival
      ? (v: tf.Tensor) => tf.exp(logSurvival(v))
      : cdf && ((v: tf.Tensor) => tf.sub(1, cdf(v)));
    return this.evaluate("survivalFunction", x, survival ?? this.refuse("survivalFunction"));
  }

  /** log P(X > x), exact in the upper tail, where log(1 - cdf) would be -Infinity. @throws Error where it has no closed form. */
  logSurvival(x: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.evaluate("logSurvival", x, this._logSurvival?.bind(this) ?? this.refuse("logSurvival"));
  }

  /**
   * The `x` with `cdf(x) = probability`, elementwise; where the distribution is discrete the smallest `x` whose cdf is at
   * least that; NaN outside [0, 1]. @throws Error where it has no closed form.
   */
  quantile(probability: tf.Tensor | tf.TensorLike): tf.Tensor {
    const quantile = this._quantile?.bind(this) ?? this.refuse("quantile");
    return this.evaluate("quantile", probability, (p) => quantile(checkedProbability(p)));
  }

  /** The support. Custom classes override this; otherwise it is `unstated`. */
  get support(): Support {
    return supports.unstated;
  }

  /** The text in errors and logs: `Normal(batch [2], event [])`. */
  override toString(): string {
    return `${this.name}(batch ${formatShape(this.batchShape)}, event ${formatShape(this.eventShape)})`;
  }

  /**
   * All values of a finite support on the first axis, `[count, 1, ..., 1, ...eventShape]` with an axis of 1 for each
   * axis of the batch: `logProb` of it is `[count, ...batchShape]`.
   *
   * @throws Error where the support is not finite.
   */
  enumerateSupport(): tf.Tensor {
    throw new Error(
      `${this.name}.enumerateSupport: the support is not finite; truncatedPmf(distribution) ends counts where the tail is negligible`,
    );
  }

  /** Override this if the log-density is more exact in terms of the noise. */
  protected _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const value = this._sample(rng, sampleShape, {});
    const logProb = stickTheLanding ? alongPath(value, (x) => this._logProb(x)) : this._logProb(value);
    return { value, logProb };
  }

  /** Shape of a draw. */
  protected sampleShapeOf(sampleShape: readonly number[]): number[] {
    return [...sampleShape, ...this.batchShape, ...this.eventShape];
  }

  /** Checks generator and shape of a method that draws. */
  protected checkDraw(method: string, rng: Rng, sampleShape: readonly number[]): void {
    checkRuntime(this.name);
    checkRng(`${this.name}.${method}`, rng, "normal");
    checkShape(`${this.name}.${method}`, "sampleShape", sampleShape);
  }

  /** Runs `f` on `given` as a float32 tensor of checked shape, in a tidy; the result's batch axes are broadcast. */
  protected evaluate(
    method: string,
    given: tf.Tensor | tf.TensorLike,
    f: (value: tf.Tensor) => tf.Tensor,
    resultHasEvent = method !== "logProb",
  ): tf.Tensor {
    const owner = `${this.name}.${method}`;
    checkRuntime(this.name);
    return tf.tidy(() => {
      const value = toFloat32(`${owner}: a value`, given);
      const sampleAndBatch = sampleAndBatchShape(owner, value.shape, this);
      if (method === "logProb") this.#checkValue(owner, given, value);
      const result = f(value);
      return sampleAndBatch
        ? broadcastTensor(result, resultHasEvent ? [...sampleAndBatch, ...this.eventShape] : sampleAndBatch)
        : result;
    });
  }

  #checkValue(owner: string, given: tf.Tensor | tf.TensorLike, value: tf.Tensor): void {
    if (this.validate !== false && !(given instanceof tf.Tensor)) {
      this._checkNumbers?.(owner, flattenNumbers(`${owner}: a value`, given));
    }
    if (this.validate === "values") this._checkSupport?.(owner, value);
  }

  get #cdfHook(): ((x: tf.Tensor) => tf.Tensor) | undefined {
    const logCdf = this._logCdf?.bind(this);
    return this._cdf?.bind(this) ?? (logCdf && ((x) => tf.exp(logCdf(x))));
  }

  #statistic(
    method: Statistic,
    hook: (() => tf.Tensor) | undefined,
    shape: readonly number[] = [...this.batchShape, ...this.eventShape],
  ): tf.Tensor {
    if (!hook) return this.refuse(method);
    checkRuntime(this.name);
    // A hook may return a parameter itself; the caller disposes of results, so it gets a copy.
    return tf.tidy(() => broadcastTensor(tf.clone(hook()), shape));
  }

  /** @throws Error that names the Monte Carlo form of a statistic. */
  protected refuse(method: Statistic): never {
    throw new Error(`${this.name}.${method}: has no closed form; estimate it by ${monteCarloForms[method]}`);
  }
}
