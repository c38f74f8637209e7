import { SoftmaxPlusPlus } from "@igr/bijectors";
import type { FlatNumbers } from "@igr/tensors";
import {
  broadcastShapes,
  broadcastTensor,
  checkNumber,
  checkOneOf,
  finite,
  formatShape,
  openInterval,
  Parameter,
  positive,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { cutArgmaxLogProbs } from "../argmax/argmax-of-cut.js";
import type { LatticeOptions } from "../argmax/argmax-probs.js";
import { infinityAt, splitBoundary } from "../base/boundary.js";
import type { SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { checkSimplexNumbers } from "../base/simplex-numbers.js";
import { type Support, supports } from "../base/support.js";
import { Normal } from "../distributions/normal.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import { straightThrough } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";
import { CapPolicy } from "./cap-policy.js";
import { keptLogDet, keptLogNormal } from "./cut-density.js";
import { type CutSticks, cutSticks, keptLogits } from "./cut-sticks.js";
import { alongSample } from "./gaussian-noise.js";
import { growForNoise } from "./grow-for-noise.js";
import type { GrowingSticks } from "./growing-sticks.js";
import { type CutSample, checkParameters, type InfiniteIGROptions } from "./infinite-igr-options.js";
import { refuseOutside, sticksOfLog } from "./inverse-sticks.js";

/**
 * IGR with countably infinite support: stick-breaking over unboundedly many Gaussian coordinates, of which each sample
 * keeps the smallest number K whose sticks hold more than `rho` of the whole, then softmax++ over those K sticks. The
 * number of categories is not fixed: it differs between samples and is learned with the parameters.
 *
 * Shapes: batch `[...]`, event `[cap + 1]`. Category k is coordinate k, from 0, for every K; the remainder of softmax++
 * is always the last of the event, and with `delta <= 1` it never wins. Dropped coordinates are 0, and -Infinity in
 * `sampleLog`; gradients flow only through kept ones.
 *
 * Densities are those of the cut sample: for each K with respect to its first K coordinates. `klDivergence` of two with
 * one temperature and delta is that of all coordinates up to the cap, in closed form, as in an ELBO: the cut affects
 * only the decoder's input. Monte Carlo estimates the divergence of the cut samples, which is smaller,
 * `sum_k P(K >= k) KL_k`, and infinite if their `rho` differ.
 *
 * With `sticks`, parameters grow when a draw outside a compiled function reaches past them, which reads one number.
 * Inside `jit` the cap is fixed and a mask cuts: call `sticks.growTo(sticks.cap)` first. The noise covers all
 * coordinates up to the cap in both cases, so that the samples are equal.
 *
 * Float32: `sampleAndLogProb`, and `sampleLog` with `logProbFromLog`, distinguish a dropped coordinate from one that
 * rounds to 0; `logProb(z)` treats every 0 as dropped. Densities of given points invert the sticks: where the kept ones
 * leave less than 1e-6 of the whole, float32 has lost the last of them and the result may be -Infinity; for a draw's
 * own density use `sampleAndLogProb`, which does not invert. It is -Infinity if the zeros are not a cut at `rho`;
 * `validate: 'values'` rejects such points.
 * Potapczynski, Loaiza-Ganem and Cunningham 2020, section 4.2. Their eq 25 cuts by the mass of eq 24, whose normalizer
 * diverges over infinitely many coordinates; here the cut uses the mass of the sticks of eq 22.
 *
 * @example
 * ```ts
 * const relaxed = new InfiniteIGR({ loc: tf.zeros([100]), scale: 1, temperature: 0.1, rho: 0.9 });
 * const { value, effectiveK } = relaxed.sampleWithPreImage(createRng(1), [1000]); // [1000, 101], and [1000] from 1 to 20
 * ```
 */
export class InfiniteIGR extends RelaxedDistribution {
  readonly isReparameterized = true;
  /** The largest number of coordinates that a sample can keep. */
  readonly cap: number;
  /** Number of categories, the remainder included: cap + 1. */
  readonly categories: number;
  /** Stick mass that the kept coordinates of each sample exceed. */
  readonly rho: number;
  /** The growing parameters, if given. */
  readonly sticks: GrowingSticks | undefined;
  /** The softmax++ of the kept sticks, with temperature and delta. */
  readonly softmax: SoftmaxPlusPlus;
  readonly #locParameter: Parameter | undefined;
  readonly #scaleParameter: Parameter | undefined;
  readonly #capPolicy: CapPolicy;

  /**
   * @throws RangeError if shapes do not broadcast, a number is outside its domain or `onCap` is unknown; TypeError unless
   * either `loc` and `scale` or `sticks` are given.
   */
  constructor(options: InfiniteIGROptions) {
    const { loc, scale, sticks, temperature, delta = 0.1, rho = 0.99, onCap = "error", validate = "shapes" } = options;
    checkParameters(options);
    checkNumber("InfiniteIGR", "rho", rho, openInterval);
    checkOneOf("InfiniteIGR", "onCap", onCap, ["error", "warn", "ignore"]);
    // softmax++ checks only numbers, and its errors have another name.
    const temperatureShape = new Parameter("InfiniteIGR", "temperature", temperature, positive, validate).shape;
    const deltaShape = new Parameter("InfiniteIGR", "delta", delta, positive, validate).shape;
    const locParameter = sticks ? undefined : new Parameter("InfiniteIGR", "loc", loc!, finite, validate);
    const scaleParameter = sticks ? undefined : new Parameter("InfiniteIGR", "scale", scale!, positive, validate);
    const shape = sticks
      ? [...sticks.batchShape, sticks.cap]
      : broadcastShapes("InfiniteIGR", { loc: locParameter!.shape, scale: scaleParameter!.shape });
    const cap = shape.at(-1) ?? 0;
    if (cap < 1) {
      throw new RangeError(
        `InfiniteIGR: loc and scale must have at least 1 coordinate on their last axis, got shape ${formatShape(shape)}`,
      );
    }
    const batchShape = broadcastShapes("InfiniteIGR", {
      "loc and scale without their last axis": shape.slice(0, -1),
      temperature: temperatureShape,
      delta: deltaShape,
    });
    super("InfiniteIGR", { batchShape, eventShape: [cap + 1] }, { validate });
    this.cap = cap;
    this.categories = cap + 1;
    this.rho = rho;
    this.sticks = sticks;
    this.softmax = new SoftmaxPlusPlus({ temperature, delta });
    this.#locParameter = locParameter;
    this.#scaleParameter = scaleParameter;
    this.#capPolicy = new CapPolicy(onCap, rho, cap);
  }

  /** The means of all coordinates up to the cap, `[..., cap]`: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.sticks ? this.sticks.loc : this.#locParameter!.tensor;
  }

  /** The standard deviations up to the cap, `[..., cap]`: the given tensor, or a new one. */
  get scale(): tf.Tensor {
    return this.sticks ? this.sticks.scale : this.#scaleParameter!.tensor;
  }

  /**
   * Draws with their pre-images and cuts. Consumes the same random numbers as `sample`.
   *
   * @throws RangeError as `sample` does, if a sample exceeds the cap and `onCap` is `'error'`.
   */
  sampleWithPreImage(rng: Rng, sampleShape: readonly number[] = []): CutSample {
    this.checkDraw("sampleWithPreImage", rng, sampleShape);
    return tf.tidy(() => {
      const { y, cut } = this.#draw("sampleWithPreImage", rng, sampleShape);
      const { effectiveK, passesCap } = cut;
      return { value: this.#relax(cut), preImage: y, effectiveK, averageK: tf.mean(effectiveK), passesCap };
    });
  }

  /**
   * P(argmax z = k), `[...batch, cap + 1]`: over the kept sticks and the remainder. Differentiable, and without reads,
   * so that it can be compiled. Growing parameters count with their current values, up to the cap.
   *
   * For `rho >= cap / (cap + 1)` no cut drops the longest stick, since the dropped rest is shorter than the longest
   * kept stick: one coordinate is integrated exactly and the others over a lattice of `samples` points, as for the
   * `'stick-breaking'` of {@link IGR}, with an error below 3e-3 at 1,024 points (the default) for caps up to 100. For a
   * lower rho they are frequencies over the lattice (8,192 points by default), with an error near 3e-3, and gradients
   * by the likelihood ratio, noisier.
   *
   * @throws RangeError unless `samples` is a power of 2 from 64 to 8,192.
   *
   * @example
   * ```ts
   * new InfiniteIGR({ loc: [0, 0, 0], scale: 1, temperature: 0.1 }).discreteProbs(); // [0.7318, 0.2181, 0.0501, 0]
   * ```
   */
  discreteProbs(options: LatticeOptions = {}): tf.Tensor {
    return tf.tidy(() => tf.exp(this.#argmaxLogProbs("discreteProbs", options)));
  }

  /** log P(argmax z = k), `[...batch, cap + 1]`; -Infinity for frequencies of 0, and for the remainder with `delta <= 1`. */
  discreteLogProbs(options: LatticeOptions = {}): tf.Tensor {
    return tf.tidy(() => this.#argmaxLogProbs("discreteLogProbs", options));
  }

  /**
   * The categorical distribution of argmax z, from {@link discreteLogProbs}. Its logits are a new tensor, for `tf.tidy` or
   * the caller to free.
   */
  discrete(options: LatticeOptions = {}): OneHotCategorical {
    const logits = tf.tidy(() => this.#argmaxLogProbs("discrete", options));
    return new OneHotCategorical({ logits, validate: this.validate });
  }

  #argmaxLogProbs(method: string, options: LatticeOptions): tf.Tensor {
    const { softmax, rho, batchShape, cap } = this;
    const shape = [...batchShape, cap];
    const [loc, scale] = [broadcastTensor(this.loc, shape), broadcastTensor(this.scale, shape)];
    const relaxLog = (y: tf.Tensor) => this.#logRelax(cutSticks(y, rho));
    return cutArgmaxLogProbs(`InfiniteIGR.${method}`, { loc, scale, softmax, rho, relaxLog }, options);
  }

  override get support(): Support {
    return supports.simplex;
  }

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = this.#relax(this.#draw("sample", rng, sampleShape).cut);
    return hard ? straightThrough(z) : z;
  }

  protected _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this.#logRelax(this.#draw("sampleLog", rng, sampleShape).cut);
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const draw = this.#draw("sampleLogAndLogProb", rng, sampleShape);
    const value = this.#logRelax(draw.cut);
    return { value, logProb: this.#drawLogProb(draw, value, options) };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const draw = this.#draw("sampleAndLogProb", rng, sampleShape);
    return { value: this.#relax(draw.cut), logProb: this.#drawLogProb(draw, this.#logRelax(draw.cut), options) };
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    return this._logProbFromLog(tf.log(value));
  }

  protected _logProbFromLog(logValue: tf.Tensor): tf.Tensor {
    const { softmax, rho } = this;
    const { y, kept, logSlopes, isCut } = sticksOfLog(logValue, softmax, rho);
    if (this.validate === "values") refuseOutside("InfiniteIGR.logProbFromLog", rho, isCut);
    const gaussian = { noise: tf.div(tf.sub(y, this.loc), this.scale), scale: this.scale };
    const logDet = keptLogDet(splitBoundary(logValue).finite, logSlopes, kept, softmax);
    const density = tf.sub(keptLogNormal(gaussian, kept), logDet);
    return tf.add(density, infinityAt(tf.sub(1, isCut), tf.fill(isCut.shape, -1)));
  }

  protected override _checkNumbers(owner: string, numbers: FlatNumbers): void {
    checkSimplexNumbers(owner, numbers);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    refuseOutside(owner, this.rho, sticksOfLog(tf.log(value), this.softmax, this.rho).isCut);
  }

  /** Noise for all coordinates, the pre-images (eq 16) and the cut; grows the parameters and acts on the cap. */
  #draw(method: string, rng: Rng, sampleShape: readonly number[]): Draw {
    const { sticks, cap } = this;
    const noise = rng.normal([...sampleShape, ...this.batchShape, cap]);
    if (sticks && sticks.count < cap && noise.size > 0) growForNoise(`InfiniteIGR.${method}`, sticks, noise, this.rho);
    const { loc, scale } = this;
    const y = tf.add(loc, tf.mul(scale, noise));
    const cut = cutSticks(y, this.rho);
    this.#capPolicy.apply(`InfiniteIGR.${method}`, cut);
    return { noise, loc, scale, y, cut };
  }

  #relax(cut: CutSticks): tf.Tensor {
    return this.softmax.forward(keptLogits(cut));
  }

  #logRelax(cut: CutSticks): tf.Tensor {
    return this.softmax.forwardLog(keptLogits(cut));
  }

  /** The log-density of a draw from its noise. */
  #drawLogProb(
    { noise, loc, scale, y, cut: { kept, logSticks } }: Draw,
    logZ: tf.Tensor,
    { stickTheLanding }: SampleAndLogProbOptions,
  ): tf.Tensor {
    const gaussian = stickTheLanding ? alongSample(noise, loc, scale) : { noise, scale };
    const logSlopes = tf.sub(logSticks, tf.softplus(y));
    return tf.sub(keptLogNormal(gaussian, kept), keptLogDet(logZ, logSlopes, kept, this.softmax));
  }
}

/** The parts of a sample. */
interface Draw {
  readonly noise: tf.Tensor;
  readonly loc: tf.Tensor;
  readonly scale: tf.Tensor;
  /** loc + scale * noise, eq 16. */
  readonly y: tf.Tensor;
  readonly cut: CutSticks;
}

// As in an ELBO: over all coordinates up to the cap, including dropped ones.
registerKl(InfiniteIGR, InfiniteIGR, (q, p) => {
  if (!q.softmax.equals(p.softmax)) return "their temperatures and deltas are not known to be equal";
  const kl = closedKl(new Normal({ loc: q.loc, scale: q.scale }), new Normal({ loc: p.loc, scale: p.scale }));
  return tf.sum(kl as tf.Tensor, -1);
});
