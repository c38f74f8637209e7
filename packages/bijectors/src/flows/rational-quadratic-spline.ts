import {
  broadcastShapes,
  checkNumber,
  concatLast,
  detached,
  finite,
  Parameter,
  type ParameterValue,
  sliceLast,
  softmaxLast,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { JointBijector } from "../base/joint-bijector.js";
import { sumBefore } from "../base/last-axis.js";

/** The interval of a {@link RationalQuadraticSpline}, and the limits that keep it well-conditioned. */
export interface RationalQuadraticSplineLimits {
  /** The spline maps `[-bound, bound]` onto itself, > 0, and is the identity outside; 3 by default. */
  readonly bound?: number;
  /** Least width and height of a bin as a share of the whole, > 0, times the bins < 1; 1e-3 by default. */
  readonly minBinSize?: number;
  /** Least slope at a knot, in (0, 1); 1e-3 by default. */
  readonly minSlope?: number;
}

/** Parameters of a {@link RationalQuadraticSpline}. All zeros make the identity. */
export interface RationalQuadraticSplineOptions extends BijectorOptions, RationalQuadraticSplineLimits {
  /** Widths of the K bins, raw: a softmax divides the interval. Shape `[..., K]`, K >= 2. */
  readonly widths: ParameterValue;
  /** Heights of the K bins, raw, in the same way. Shape `[..., K]`. */
  readonly heights: ParameterValue;
  /** Slopes at the K-1 inner knots, raw: a shifted softplus, 1 at 0. Shape `[..., K-1]`. */
  readonly slopes: ParameterValue;
}

/**
 * Monotone rational-quadratic spline with linear tails, from the real line onto the real line: on each of K bins a quotient
 * of quadratic polynomials that meets its neighbours with equal slopes, and the identity outside `[-bound, bound]`.
 *
 * Shapes: `[...] -> [...]`, elementwise (event rank 0); leading axes of the parameters are batch axes, one spline for
 * each. The inverse is a quadratic equation, in a form without cancellation. Float32: every factor of the slope is a
 * sum of positive terms; the only remaining error is the rounding of the knots, 2^-23 bound, which matters in bins of
 * that width. Durkan, Bekasov, Murray and Papamakarios 2019, section 3.1; Gregory and Delbourgo 1982.
 *
 * @example
 * ```ts
 * const spline = new RationalQuadraticSpline({ widths: [0, 0], heights: [0, 1], slopes: [0] });
 * spline.forward([-4, -1.5, 0, 4]); // [-4, -2.1918, -1.3836, 4]
 * ```
 */
export class RationalQuadraticSpline extends JointBijector {
  readonly eventRank = 0;
  /** Raw widths, `[..., K]`. */
  readonly widths: Parameter;
  /** Raw heights, `[..., K]`. */
  readonly heights: Parameter;
  /** Raw slopes at the inner knots, `[..., K-1]`. */
  readonly slopes: Parameter;
  /** End of the interval. */
  readonly bound: number;
  /** Least share of a bin. */
  readonly minBinSize: number;
  /** Least slope at a knot. */
  readonly minSlope: number;

  /** @throws RangeError if a number is not finite or outside its range, or the shapes do not fit or broadcast. */
  constructor(options: RationalQuadraticSplineOptions) {
    const { widths, heights, slopes, bound = 3, minBinSize = 1e-3, minSlope = 1e-3, validate } = options;
    super({ validate });
    this.widths = new Parameter("RationalQuadraticSpline", "widths", widths, finite);
    this.heights = new Parameter("RationalQuadraticSpline", "heights", heights, finite);
    this.slopes = new Parameter("RationalQuadraticSpline", "slopes", slopes, finite);
    const bins = this.widths.shape.at(-1) ?? 0;
    if (bins < 2 || this.heights.shape.at(-1) !== bins || this.slopes.shape.at(-1) !== bins - 1) {
      throw new RangeError(
        `RationalQuadraticSpline: widths and heights must be of shape [..., K] and slopes [..., K-1], K >= 2, got [${this.widths.shape}], [${this.heights.shape}] and [${this.slopes.shape}]`,
      );
    }
    const ranges: [string, number, number][] = [
      ["bound", bound, Number.POSITIVE_INFINITY],
      ["minBinSize", minBinSize, 1 / bins],
      ["minSlope", minSlope, 1],
    ];
    for (const [name, value, end] of ranges) {
      const range = { allowed: `a number in (0, ${end})`, contains: (given: number) => given > 0 && given < end };
      checkNumber("RationalQuadraticSpline", name, value, range);
    }
    this.bound = bound;
    this.minBinSize = minBinSize;
    this.minSlope = minSlope;
    broadcastShapes("RationalQuadraticSpline", this.#batchShapes);
  }

  override get parameters(): BijectorParameters {
    const { widths, heights, slopes, bound, minBinSize, minSlope } = this;
    return { widths, heights, slopes, bound, minBinSize, minSlope };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("RationalQuadraticSpline", this.#batchShapes);
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const inside = tf.clipByValue(x, -this.bound, this.bound);
    const bin = this.#binOf(inside, "x");
    const share = toUnitInterval(tf.div(tf.sub(inside, bin.left), bin.width));
    const climb = tf.mul(share, tf.add(tf.mul(bin.slope, share), tf.mul(bin.start, tf.sub(1, share))));
    return this.#withTails(
      x,
      tf.add(bin.bottom, tf.div(tf.mul(bin.height, climb), mixture(bin, share))),
      logSlope(bin, share),
    );
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const inside = tf.clipByValue(y, -this.bound, this.bound);
    const bin = this.#binOf(inside, "y");
    const share = toUnitInterval(shareOfImage(bin, toUnitInterval(tf.div(tf.sub(inside, bin.bottom), bin.height))));
    return this.#withTails(y, tf.add(bin.left, tf.mul(bin.width, share)), tf.neg(logSlope(bin, share)));
  }

  /** The identity where the argument is beyond the interval; the spline was taken at its end there. */
  #withTails(at: tf.Tensor, value: tf.Tensor, logDet: tf.Tensor): ValueAndLogDet {
    const isInside = tf.sub(1, tf.add(tf.step(tf.sub(at, this.bound)), tf.step(tf.sub(-this.bound, at))));
    return {
      value: tf.add(tf.mul(isInside, value), tf.mul(tf.sub(1, isInside), at)),
      logDet: tf.mul(isInside, logDet),
    };
  }

  get #batchShapes(): Record<string, readonly number[]> {
    return {
      "widths without the last axis": this.widths.shape.slice(0, -1),
      "heights without the last axis": this.heights.shape.slice(0, -1),
      "slopes without the last axis": this.slopes.shape.slice(0, -1),
    };
  }

  /** The bin that each `x` (or `y`) lies in, by its numbers. */
  #binOf(at: tf.Tensor, axis: "x" | "y"): Bin {
    const [widths, heights] = [this.#sizes(this.widths.tensor), this.#sizes(this.heights.tensor)];
    const [lefts, bottoms] = [sumBefore(widths), sumBefore(heights)].map((sums) => tf.sub(sums, this.bound));
    const knots = this.#knotSlopes();
    const bins = widths.shape.at(-1) as number;
    const inner = sliceLast((axis === "x" ? lefts : bottoms) as tf.Tensor, 1, bins - 1);
    // 1 in the bin, 0 elsewhere. tf.step has a gradient, of 0; comparisons have no gradient.
    const isBeyond = tf.step(tf.sub(tf.expandDims(at, -1), inner));
    const ones = tf.ones([...isBeyond.shape.slice(0, -1), 1]);
    const isIn = tf.sub(concatLast([ones, isBeyond]), concatLast([isBeyond, tf.zerosLike(ones)]));
    const pick = (values: tf.Tensor) => tf.sum(tf.mul(isIn, values), -1);
    const [width, height] = [pick(widths), pick(heights)];
    return {
      left: pick(lefts as tf.Tensor),
      bottom: pick(bottoms as tf.Tensor),
      width,
      height,
      slope: tf.div(height, width),
      start: pick(sliceLast(knots, 0, bins)),
      end: pick(sliceLast(knots, 1, bins)),
    };
  }

  #sizes(raw: tf.Tensor): tf.Tensor {
    const share = tf.mul(1 - this.minBinSize * (raw.shape.at(-1) as number), softmaxLast(raw));
    return tf.mul(2 * this.bound, tf.add(this.minBinSize, share));
  }

  /** Slopes at all knots: 1 at the ends, where the tails begin. */
  #knotSlopes(): tf.Tensor {
    const raw = this.slopes.tensor;
    const offset = Math.log(Math.expm1(1 - this.minSlope));
    const ends = tf.ones([...raw.shape.slice(0, -1), 1]);
    return concatLast([ends, tf.add(this.minSlope, tf.softplus(tf.add(raw, offset))), ends]);
  }
}

/**
 * Clips a share to [0, 1]: rounding in the sums of widths can carry it past a knot, where a flat bin between steep
 * knots has no positive slope. The gradient is that of the unclipped share.
 */
function toUnitInterval(share: tf.Tensor): tf.Tensor {
  const excess = detached((each) => tf.sub(tf.clipByValue(each, 0, 1), each), share);
  return tf.add(share, excess);
}

interface Bin {
  readonly left: tf.Tensor;
  readonly bottom: tf.Tensor;
  readonly width: tf.Tensor;
  readonly height: tf.Tensor;
  /** s = height / width. */
  readonly slope: tf.Tensor;
  /** Slope at the left knot, d_k. */
  readonly start: tf.Tensor;
  /** Slope at the right knot, d_(k+1). */
  readonly end: tf.Tensor;
}

/** s + (d_(k+1) + d_k - 2 s) t (1 - t), as a sum of positive terms. */
function mixture({ slope, start, end }: Bin, share: tf.Tensor): tf.Tensor {
  const both = tf.mul(share, tf.sub(1, share));
  return tf.add(tf.mul(slope, tf.sub(1, tf.mul(2, both))), tf.mul(tf.add(start, end), both));
}

function logSlope(bin: Bin, share: tf.Tensor): tf.Tensor {
  const rest = tf.sub(1, share);
  const { slope, start, end } = bin;
  const middle = tf.mul(2, tf.mul(slope, tf.mul(share, rest)));
  const numerator = tf.add(tf.add(tf.mul(end, tf.square(share)), middle), tf.mul(start, tf.square(rest)));
  return tf.add(tf.log(numerator), tf.mul(2, tf.log(tf.div(slope, mixture(bin, share)))));
}

/**
 * The share t of a bin's width below the point at the share h of its height: the root in [0, 1] of a t^2 + b t = s h
 * with b = d_k - h (d_(k+1) + d_k - 2 s) and a = s - b. The discriminant is written as a sum of squares, and the code
 * uses the form of the root in which nothing cancels.
 */
function shareOfImage({ slope, start, end }: Bin, h: tf.Tensor): tf.Tensor {
  const bend = tf.sub(tf.add(start, end), tf.mul(2, slope));
  const b = tf.sub(start, tf.mul(h, bend));
  const twice = tf.mul(2, tf.mul(slope, h));
  const spread = tf.mul(4, tf.mul(tf.square(slope), tf.mul(h, tf.relu(tf.sub(1, h)))));
  const root = tf.sqrt(tf.add(tf.square(tf.sub(b, twice)), spread));
  const isPositive = tf.step(b);
  const isNegative = tf.sub(1, isPositive);
  // b < 0 makes a > s; elsewhere the denominators are replaced by 1.
  const below = tf.add(tf.mul(isPositive, tf.add(b, root)), isNegative);
  const above = tf.add(tf.mul(isNegative, tf.mul(2, tf.sub(slope, b))), isPositive);
  const first = tf.mul(isPositive, tf.div(twice, below));
  return tf.add(first, tf.mul(isNegative, tf.div(tf.sub(root, b), above)));
}
