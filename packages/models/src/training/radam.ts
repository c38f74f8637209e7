import { checkNumber, checkPositive, nonNegative, openInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";

/** Options of {@link RAdam}. */
export interface RAdamOptions {
  /** Learning rate, > 0; 1e-3 by default. */
  readonly learningRate?: number;
  /** Decay of the mean of the gradients, in (0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the mean of their squares, in (0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** Added to the square root of the mean of squares, >= 0; 1e-8 by default. */
  readonly epsilon?: number;
}

interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

/**
 * Rectified Adam (Liu et al. 2020) as an optimizer of tfjs. It corrects Adam's step for the variance of its
 * denominator, and omits the denominator in the first steps, where that variance is infinite (5 steps at the usual
 * beta2). It therefore needs no warmup. Those first steps are gradient descent: gradients of very different sizes, such
 * as those of a learned control variate, need a limit (`clipGradients` of `fit`). The steps equal those of PyTorch's `torch.optim.RAdam` without weight decay.
 *
 * With w_i = beta2^(i-1), s = sum_(i <= t) w_i and u = sum_(i <= t) i w_i, the length of the approximated average is
 * `rho = 2 u / s - 1`: the published formula, rewritten to avoid the cancellation of two numbers near 2 / (1 - beta2).
 * A step reads no tensor values and keeps its counts in variables, so it can be compiled, and its updates are fused
 * like Adam's.
 *
 * @example
 * ```ts
 * const optimizer = new RAdam({ learningRate: 5e-4 });
 * await fit(model, train, { epochs: 3, optimizer, rng: createRng(1) });
 * ```
 */
export class RAdam extends tf.Optimizer {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  // Checkpoints store the fields that hold variables or lists of slots.
  protected firstMoments: Slot[] = [];
  protected secondMoments: Slot[] = [];
  readonly #ofFirst: tf.Variable;
  readonly #ofSecond: tf.Variable;
  readonly #ofCounts: tf.Variable;

  /** The class name for tfjs. */
  static get className(): string {
    return "RAdam";
  }

  /** @throws RangeError for a number out of range, TypeError for a value that is not a number. */
  constructor(options: RAdamOptions = {}) {
    super();
    const optional = "optional";
    const names = { learningRate: optional, beta1: optional, beta2: optional, epsilon: optional } as const;
    checkNamedOptions("RAdam", options, names);
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    this.learningRate = checkPositive("RAdam", "learningRate", learningRate);
    this.beta1 = checkNumber("RAdam", "beta1", beta1, openInterval);
    this.beta2 = checkNumber("RAdam", "beta2", beta2, openInterval);
    this.epsilon = checkNumber("RAdam", "epsilon", epsilon, nonNegative);
    const zero = () => tf.tidy(() => tf.variable(tf.scalar(0), false));
    this.#ofFirst = zero();
    this.#ofSecond = zero();
    this.#ofCounts = zero();
  }

  override applyGradients(variableGradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const gradients = Array.isArray(variableGradients)
      ? variableGradients
      : Object.entries(variableGradients).map(([name, tensor]) => ({ name, tensor }));
    tf.tidy(() => {
      const { rectified, plain } = this.#factors();
      for (const [index, { name, tensor: gradient }] of gradients.entries()) {
        const variable = tf.engine().registeredVariables[name] as tf.Variable;
        const first = slotOf(this.firstMoments, index, variable, "m");
        const second = slotOf(this.secondMoments, index, variable, "v");
        // The loss does not depend on this variable.
        if (gradient === undefined || gradient === null) continue;
        const mean = tf.add(tf.mul(first, this.beta1), tf.mul(gradient, 1 - this.beta1));
        const squares = tf.add(tf.mul(second, this.beta2), tf.mul(tf.square(gradient), 1 - this.beta2));
        first.assign(mean);
        second.assign(squares);
        const scale = tf.add(tf.div(rectified, tf.add(tf.sqrt(squares), this.epsilon)), plain);
        variable.assign(tf.sub(variable, tf.mul(mean, scale)));
      }
    });
    this.incrementIterations();
  }

  /**
   * The factors of a step: the mean of the gradients is multiplied by `rectified` / root of the squares + `plain`.
   * Advances the step count.
   */
  #factors(): { readonly rectified: tf.Tensor; readonly plain: tf.Tensor } {
    const { beta1, beta2, learningRate } = this;
    this.#ofFirst.assign(tf.add(1, tf.mul(beta1, this.#ofFirst)) as tf.Scalar);
    this.#ofSecond.assign(tf.add(1, tf.mul(beta2, this.#ofSecond)) as tf.Scalar);
    this.#ofCounts.assign(tf.add(this.#ofSecond, tf.mul(beta2, this.#ofCounts)) as tf.Scalar);
    const rho = tf.sub(tf.div(tf.mul(2, this.#ofCounts), this.#ofSecond), 1);
    const limit = 2 / (1 - beta2) - 1;
    const isRectified = tf.step(tf.sub(rho, 5));
    const ratio = tf.div(tf.mul(tf.sub(rho, 4), tf.sub(rho, 2)), rho);
    const rectification = tf.sqrt(tf.maximum(tf.mul(ratio, limit / ((limit - 4) * (limit - 2))), 0));
    // 1 - beta^t = (1 - beta) sum_(i < t) beta^i.
    const perMean = tf.div(learningRate / (1 - beta1), this.#ofFirst);
    const ofSquares = tf.sqrt(tf.mul(1 - beta2, this.#ofSecond));
    return {
      rectified: tf.mul(tf.mul(isRectified, perMean), tf.mul(rectification, ofSquares)),
      plain: tf.mul(tf.sub(1, isRectified), perMean),
    };
  }

  override dispose(): void {
    tf.dispose([this.#ofFirst, this.#ofSecond, this.#ofCounts]);
    tf.dispose([...this.firstMoments, ...this.secondMoments].map(({ variable }) => variable));
  }

  override async getWeights(): Promise<{ name: string; tensor: tf.Tensor }[]> {
    const slots = [...this.firstMoments, ...this.secondMoments];
    const sums = { ofFirst: this.#ofFirst, ofSecond: this.#ofSecond, ofCounts: this.#ofCounts };
    return [
      await this.saveIterations(),
      ...Object.entries(sums).map(([name, tensor]) => ({ name, tensor: tensor as tf.Tensor })),
      ...slots.map(({ originalName, variable }) => ({ name: originalName, tensor: variable as tf.Tensor })),
    ];
  }

  override async setWeights(weightValues: { name: string; tensor: tf.Tensor }[]): Promise<void> {
    const [ofFirst, ofSecond, ofCounts, ...slots] = await this.extractIterations(weightValues);
    tf.tidy(() => {
      this.#ofFirst.assign(tf.clone(ofFirst!.tensor));
      this.#ofSecond.assign(tf.clone(ofSecond!.tensor));
      this.#ofCounts.assign(tf.clone(ofCounts!.tensor));
    });
    tf.dispose([...this.firstMoments, ...this.secondMoments].map(({ variable }) => variable));
    const made = slots.map(({ name, tensor }) => ({ originalName: name, variable: tf.variable(tensor, false) }));
    this.firstMoments = made.slice(0, made.length / 2);
    this.secondMoments = made.slice(made.length / 2);
  }

  override getConfig(): { learningRate: number; beta1: number; beta2: number; epsilon: number } {
    const { learningRate, beta1, beta2, epsilon } = this;
    return { learningRate, beta1, beta2, epsilon };
  }
}

function slotOf(slots: Slot[], index: number, variable: tf.Variable, suffix: string): tf.Variable {
  slots[index] ??= {
    originalName: `${variable.name}/${suffix}`,
    variable: tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
  };
  return slots[index].variable;
}
