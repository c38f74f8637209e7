import { checkNumber, openInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { StoredTensor } from "../checkpoint/safetensors.js";
import { storedTensors } from "../checkpoint/save.js";
import { tensorOf } from "../checkpoint/stored-tensor.js";
import { checkNamedOptions } from "../options/check-named-options.js";

/** An exponential moving average of the weights, which `fit` evaluates, saves and leaves in the model. */
export interface WeightAveraging {
  /**
   * Share of the average that a step keeps, in (0, 1). The average reaches back about 1 / (1 - decay) steps: one epoch of MNIST in
   * batches of 64 at 0.999.
   */
  readonly decay: number;
}

/** @throws RangeError for a decay out of range. */
export function checkWeightAveraging(options: WeightAveraging): void {
  checkNamedOptions("fit: weightAverage", options, { decay: "checked" });
  checkNumber("fit", "weightAverage.decay", options.decay, openInterval);
}

/**
 * The exponential moving average of a model's trained weights (Polyak and Juditsky 1992, with exponential weights). With
 * `s_t = decay s_(t-1) + (1 - decay) w_t` and `c_t = decay c_(t-1) + (1 - decay)`, both from 0, the average is `s_t / c_t`: the start
 * is divided out, as in Adam, so that the first average is the first step's weights.
 *
 * The model holds either its training weights or the averages. Neither is copied to exchange them.
 */
export class WeightAverage {
  readonly #decay: number;
  readonly #variables: readonly tf.Variable[];
  readonly #sums: readonly tf.Variable[];
  readonly #coverage: tf.Variable;
  /** The training weights while the model holds the averages. */
  #training: readonly tf.Tensor[] | undefined;

  constructor(variables: readonly tf.Variable[], { decay }: WeightAveraging) {
    this.#decay = decay;
    this.#variables = variables;
    this.#sums = variables.map((variable) => zeros(variable.shape));
    this.#coverage = zeros([]);
  }

  /** Takes a step's weights into the average. Nothing in it reads a value: a compiled step contains it. */
  update(): void {
    const decay = this.#decay;
    tf.tidy(() => {
      this.#coverage.assign(tf.add(tf.mul(this.#coverage, decay), 1 - decay));
      for (const [i, variable] of this.#variables.entries()) {
        const sum = this.#sums[i]!;
        sum.assign(tf.add(tf.mul(sum, decay), tf.mul(variable, 1 - decay)));
      }
    });
  }

  /** Runs `f` while the model holds the averages. */
  async whileShown<T>(f: () => Promise<T>): Promise<T> {
    if (this.#training) return f();
    this.show();
    try {
      return await f();
    } finally {
      this.hide();
    }
  }

  /** Gives the model the averages. Before the first step these are its training weights. */
  show(): void {
    if (this.#training) return;
    this.#training = this.#variables.map((variable) => tf.keep(tf.clone(variable)));
    tf.tidy(() => {
      const isEmpty = tf.equal(this.#coverage, 0);
      const coverage = tf.where(isEmpty, 1, this.#coverage);
      for (const [i, variable] of this.#variables.entries()) {
        const average = tf.div(this.#sums[i]!, coverage);
        variable.assign(tf.where(isEmpty, variable, average));
      }
    });
  }

  /** Gives the model its training weights back. */
  hide(): void {
    for (const [i, weights] of (this.#training ?? []).entries()) {
      this.#variables[i]!.assign(weights);
      weights.dispose();
    }
    this.#training = undefined;
  }

  /** What a checkpoint keeps besides the averages, while the model holds them. */
  stored(): Promise<Map<string, StoredTensor>> {
    const named = this.#named(this.#training ?? this.#variables);
    return storedTensors(
      "fit",
      named.map(([name, variable]) => ({ name, variable })),
    );
  }

  /** Takes up what {@link stored} gave, training weights included. @throws Error naming what a checkpoint lacks. */
  restore(tensors: ReadonlyMap<string, StoredTensor>): void {
    for (const [name, variable] of this.#named(this.#variables)) {
      const stored = tensors.get(name);
      if (!stored) throw new Error(`fit: the checkpoint lacks '${name}'`);
      tf.tidy(() => (variable as tf.Variable).assign(tensorOf(stored)));
    }
  }

  /** Frees the sums. The model keeps what it holds. */
  dispose(): void {
    tf.dispose([...this.#sums, this.#coverage, ...(this.#training ?? [])]);
    this.#training = undefined;
  }

  #named(training: readonly tf.Tensor[]): [name: string, tensor: tf.Tensor][] {
    const numbered = (kind: string, tensors: readonly tf.Tensor[]): [string, tf.Tensor][] =>
      tensors.map((tensor, i) => [`average.${kind}.${String(i).padStart(3, "0")}`, tensor]);
    return [["average.coverage", this.#coverage], ...numbered("sum", this.#sums), ...numbered("weights", training)];
  }
}

function zeros(shape: readonly number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros([...shape]), false));
}
