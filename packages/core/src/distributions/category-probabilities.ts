import {
  formatShape,
  logSoftmaxLast,
  logWeights,
  type Parameter,
  type ParameterValue,
  probabilities,
  softmaxLast,
  type Validation,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { exactlyOne } from "./success-probability.js";
import { logOfProbability } from "./zero-probability.js";

/** Probabilities of K categories, as options. */
export interface CategoryOptions {
  /**
   * Logarithms of the probabilities up to a constant, `[..., K]`; -Infinity excludes a category. Exactly one of `logits`
   * and `probs` is given.
   */
  readonly logits?: ParameterValue;
  /** Probabilities, `[..., K]`, which sum to 1 on the last axis. */
  readonly probs?: ParameterValue;
}

/** Probabilities of K categories, given as probabilities or as logits. */
export class CategoryProbabilities {
  readonly parameter: Parameter;
  /** Number of categories K. */
  readonly categories: number;
  readonly batchShape: readonly number[];

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for no categories or
   * numbers outside their domain.
   */
  constructor(owner: string, { logits, probs }: CategoryOptions, validate: Validation) {
    this.parameter = exactlyOne(
      owner,
      { name: "logits", value: logits, domain: logWeights },
      { name: "probs", value: probs, domain: probabilities },
      validate,
    );
    const { name, shape } = this.parameter;
    this.categories = shape.at(-1) ?? 0;
    if (this.categories < 1) {
      throw new RangeError(
        `${owner}: ${name} needs at least 1 category on its last axis, got shape ${formatShape(shape)}`,
      );
    }
    this.batchShape = shape.slice(0, -1);
  }

  /** Logits, `[..., K]`: the given tensor, or the logarithms of the given probabilities. Not normalized. */
  get logits(): tf.Tensor {
    return this.#hasLogits ? this.parameter.tensor : logOfProbability(this.parameter.tensor);
  }

  get probs(): tf.Tensor {
    return this.#hasLogits ? softmaxLast(this.parameter.tensor) : this.parameter.tensor;
  }

  get logProbs(): tf.Tensor {
    return this.#hasLogits ? logSoftmaxLast(this.parameter.tensor) : logOfProbability(this.parameter.tensor);
  }

  /** The most probable category (the first of equal ones), `[...]`, int32. */
  get mostProbable(): tf.Tensor {
    return tf.argMax(this.parameter.tensor, -1);
  }

  get #hasLogits(): boolean {
    return this.parameter.name === "logits";
  }
}
