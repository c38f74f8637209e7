import * as tf from "@tensorflow/tfjs-core";
import { added, type ControlVariate, type ControlVariateValue, relaxedLoss, scaled } from "./control-variate.js";
import type { Loss } from "./gradient-estimator.js";
import { GumbelControl, type GumbelControlOptions } from "./gumbel-control.js";
import { checkTemperature, type Temperature } from "./temperature.js";

/** Parameters of {@link Relax}. */
export interface RelaxOptions extends GumbelControlOptions {
  /**
   * The free part of the control variate, {@link TanhControlVariate} or a custom one. The estimator takes ownership of
   * it.
   */
  readonly controlVariate: ControlVariate;
  /**
   * If a temperature > 0 is given, the control variate also contains the loss at a Gumbel-Softmax draw of this
   * temperature, times a learned scale that starts at 1: RELAX starts as REBAR. By default it is the free part alone,
   * and the loss needs no gradient.
   */
  readonly temperature?: Temperature;
  /**
   * The variable that scales the relaxed loss, with a temperature. The caller owns and disposes it. By default the
   * estimator makes one, which starts at 1.
   */
  readonly scale?: tf.Variable;
}

/**
 * RELAX (Grathwohl, Choi, Wu, Roeder and Duvenaud 2018): REINFORCE with a control variate that is learned with the
 * model, by the gradient of the estimate's squared norm. Unbiased for every control variate.
 *
 * @example
 * ```ts
 * const logits = tf.variable(tf.zeros([2, 3]));
 * const loss = (z) => tf.sum(tf.square(tf.sub(tf.sum(tf.mul(z, [0, 0.5, 1]), 1), 0.45)));
 * const rng = createRng(1);
 * const controlVariate = new TanhControlVariate({ inputs: 6, hidden: [10], rng: rng.fork("control") });
 * const estimator = new Relax({ controlVariate, temperature: 0.5 });
 * const optimizer = tf.train.adam(0.01);
 * const surrogate = () => estimator.surrogate(new OneHotCategorical({ logits }), loss, rng);
 * optimizer.minimize(surrogate, false, [logits, ...estimator.trainableVariables]);
 * ```
 */
export class Relax extends GumbelControl {
  /** The free part of the control variate. */
  readonly controlVariate: ControlVariate;
  /** Temperature of the relaxed loss in the control variate, or undefined without it. */
  readonly temperature: Temperature | undefined;
  /** Factor of the relaxed loss, or undefined without a temperature. */
  readonly scale: tf.Variable | undefined;
  readonly #ownsScale: boolean;

  /**
   * @throws RangeError unless `temperature` is a finite number > 0 and `samples` a whole number >= 1; TypeError without a
   * control variate, for a scale that is not a variable, or for a scale without a temperature.
   */
  constructor({ controlVariate, temperature, scale, ...options }: RelaxOptions) {
    super("Relax", options);
    if (typeof controlVariate?.valueAndSlope !== "function") {
      throw new TypeError(
        `Relax: controlVariate must have valueAndSlope, as a TanhControlVariate does, got ${String(controlVariate)}`,
      );
    }
    this.controlVariate = controlVariate;
    this.temperature = temperature === undefined ? undefined : checkTemperature("Relax", "temperature", temperature);
    if (scale !== undefined && !(scale instanceof tf.Variable && temperature !== undefined)) {
      throw new TypeError(`Relax: scale must be a tf.Variable, beside a temperature, got ${String(scale)}`);
    }
    this.#ownsScale = scale === undefined;
    this.scale = temperature === undefined ? undefined : (scale ?? tf.tidy(() => tf.variable(tf.scalar(1))));
  }

  /** Of the relaxed loss, which is in the control variate where there is a temperature. */
  get needsLossGradient(): boolean {
    return this.temperature !== undefined;
  }

  override get trainableVariables(): tf.Variable[] {
    return [...(this.scale ? [this.scale] : []), ...this.controlVariate.trainableVariables];
  }

  override dispose(): void {
    if (this.#ownsScale) this.scale?.dispose();
    this.controlVariate.dispose();
  }

  protected override _atTemperature(temperature: Temperature): Relax {
    const { controlVariate, scale, coupled, samples } = this;
    return new Relax({ temperature, controlVariate, scale, coupled, samples });
  }

  protected override control(loss: Loss, scores: tf.Tensor, leading: number): ControlVariateValue {
    const free = this.controlVariate.valueAndSlope(scores, leading);
    if (this.temperature === undefined) return free;
    return added(scaled(this.scale as tf.Variable, relaxedLoss(loss, scores, this.temperature, leading)), free);
  }
}
