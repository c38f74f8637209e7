import { checkInteger, checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random/rng.js";
import { meanOfOthers } from "./flat-draws.js";
import { type DrawsWithSlopes, type SeveralSamples, SlopeControl } from "./slope-control.js";

/** Parameters of {@link Rodeo}. */
export interface RodeoOptions extends SeveralSamples {
  /** Units of the hidden layer of the learned function; 16 by default. */
  readonly hidden?: number;
  /** Draws the weights. */
  readonly rng: Rng;
}

/**
 * RODEO (Shi, Zhou, Hwang, Titsias and Mackey 2022): leave-one-out REINFORCE with control variates from discrete Stein
 * operators, which are learned with the model, by the gradient of the estimate's squared norm. It needs as many
 * evaluations of the loss as {@link DoubleCv}.
 *
 * Of a function h the operator `A_n h (z) = sum_c p_nc h(z with category c in variable n) - h(z)` (Gibbs) has mean zero. h imitates
 * the loss near a draw from the values and slopes at the other draws i: the mean over i of `H(a_i(z), a_i(z_i))` with
 * `a_i(z) = slope_i . (z - p)`. With it, the estimate for variable n is
 *
 *     (loss(z) - mean over the others of (loss + sum_m A_m h)) (z_n - p_n) + A_n (h (z_n - p_n)),
 *
 * unbiased for every H. Here `H(a, b) = scale a + r network(a / r, b / r)` where r is the standard deviation of slope_i
 * . z under p, so that the network's inputs have no unit and it learns at any size of the loss. It starts as
 * {@link DoubleCv}, with scale 1 and a network that is 0. (The paper's network also receives the loss, and applies the
 * average of all A_m to the second part.)
 *
 * @example
 * ```ts
 * const logits = tf.variable(tf.zeros([2, 3]));
 * const loss = (z) => tf.sum(tf.square(tf.sub(z, 0.3)), [-2, -1]);
 * const rng = createRng(1);
 * const estimator = new Rodeo({ samples: 2, rng: rng.fork("rodeo") });
 * const optimizer = tf.train.adam(0.01);
 * const surrogate = () => estimator.surrogate(new OneHotCategorical({ logits }), loss, rng);
 * optimizer.minimize(surrogate, false, [logits, ...estimator.trainableVariables]);
 * ```
 */
export class Rodeo extends SlopeControl {
  readonly #scale: tf.Variable;
  readonly #layers: { readonly kernel: tf.Variable; readonly bias: tf.Variable; readonly out: tf.Variable };

  /** @throws RangeError unless `samples` is a whole number >= 2 and `hidden` is a whole number >= 1. */
  constructor({ hidden = 16, rng, ...options }: RodeoOptions) {
    super("Rodeo", options);
    checkInteger("Rodeo", "hidden", hidden, 1);
    checkRng("Rodeo", rng, "fork", "normal");
    this.#scale = tf.tidy(() => tf.variable(tf.scalar(1)));
    this.#layers = tf.tidy(() => ({
      kernel: tf.variable(tf.mul(rng.fork("kernel").normal([2, hidden]), Math.SQRT1_2)),
      bias: tf.variable(tf.mul(rng.fork("bias").normal([hidden]), 0.5)),
      out: tf.variable(tf.zeros([hidden, 1])),
    }));
  }

  override get trainableVariables(): tf.Variable[] {
    const { kernel, bias, out } = this.#layers;
    return [this.#scale, kernel, bias, out];
  }

  protected override estimate({ z, value, slope, probs, shape }: DrawsWithSlopes): tf.Tensor {
    const { samples, losses, variables, categories } = shape;
    const score = tf.sub(z, probs);
    // Slopes minus their mean under p: the contribution of a category to a_i. Axes from here: [draw at which, draw i,
    // R, N, K].
    const adds = tf.sub(slope, tf.sum(tf.mul(probs, slope), -1, true));
    const own = tf.sum(tf.mul(tf.expandDims(z, 1), tf.expandDims(adds, 0)), -1, true);
    const atDraw = tf.sum(own, 3, true);
    const flipped = tf.add(tf.sub(atDraw, own), tf.expandDims(adds, 0));
    const deviation = tf.sqrt(tf.add(tf.sum(tf.mul(probs, tf.square(adds)), [2, 3]), 1e-12));
    const unit = tf.reshape(deviation, [1, samples, losses, 1, 1]);
    const atOwn = tf.reshape(tf.sum(tf.mul(z, adds), [2, 3]), [1, samples, losses, 1, 1]);
    const imitated = this.#imitate(tf.div(flipped, unit), tf.div(atOwn, unit));
    const isOther = tf.reshape(tf.sub(1, tf.eye(samples)), [samples, samples, 1, 1, 1]);
    const h = tf.div(tf.sum(tf.mul(isOther, tf.mul(unit, imitated)), 1), samples - 1);
    // h at the draw, from each variable's own category.
    const atCategory = tf.sum(tf.mul(z, h), -1, true);
    const mean = tf.sum(tf.mul(probs, h), -1, true);
    const stein = tf.sum(tf.sub(mean, atCategory), [2, 3]);
    const baseline = meanOfOthers(tf.add(value, stein));
    const centred = tf.reshape(tf.sub(value, baseline), [samples, losses, 1, 1]);
    const ofScore = tf.sub(tf.mul(probs, tf.sub(h, mean)), tf.mul(atCategory, score));
    return tf.reshape(tf.add(tf.mul(centred, score), ofScore), [samples, losses, variables, categories]);
  }

  /** H without units, `[S, S, R, N, K]`. */
  #imitate(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    const { kernel, bias, out } = this.#layers;
    const inputs = tf.stack([a, tf.add(b, tf.zerosLike(a))], a.rank);
    const hidden = tf.tanh(tf.add(tf.matMul(tf.reshape(inputs, [-1, 2]), kernel), bias));
    return tf.add(tf.mul(this.#scale, a), tf.reshape(tf.matMul(hidden, out), a.shape));
  }
}
