import { checkPositive, describeValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Gaussian parameters of a prior, one number for each coordinate, as returned by `fitPrior` of @igr/core. */
export interface IgrPrior {
  /** Means. */
  readonly loc: tf.Tensor | ArrayLike<number>;
  /** Standard deviations, > 0. */
  readonly scale: tf.Tensor | ArrayLike<number>;
  /** The stick mass at which `fitPrior` cut the sticks; absent if it did not cut them. */
  readonly rho?: number;
}

/** What a schedule of the temperature does to a prior with constant Gaussian parameters. */
export const PRIOR_FOLLOWS =
  "the prior's Gaussian parameters are constant: its distribution over the simplex changes with the step's temperature";

/** The same as numbers that can be saved. */
export interface IgrPriorNumbers {
  readonly loc: number[];
  readonly scale: number[];
}

/**
 * Reads a prior's numbers.
 * @throws RangeError unless there are `size` finite numbers each, and scales are > 0; `formula` says what `size` is.
 */
export function readPrior(owner: string, prior: IgrPrior, size: number, formula: string): IgrPriorNumbers {
  if (prior?.loc === undefined || prior.scale === undefined) {
    throw new TypeError(
      `${owner}: prior must be { loc, scale }, as fitPrior of @igr/core returns it, got ${describeValue(prior)}`,
    );
  }
  const read = (name: "loc" | "scale"): number[] => {
    const given = prior[name];
    const values = given instanceof tf.Tensor ? Array.from(given.dataSync()) : Array.from(given);
    if (values.length !== size || !values.every(Number.isFinite)) {
      throw new RangeError(
        `${owner}: prior.${name} must hold ${formula} = ${size} finite numbers, got ${JSON.stringify(values)}`,
      );
    }
    return values;
  };
  const numbers = { loc: read("loc"), scale: read("scale") };
  for (const value of numbers.scale) checkPositive(owner, "prior.scale", value);
  return numbers;
}

/**
 * A prior of N variables as tensors on the backend: a fixed one for all variables, or a learned one for each. Its owner
 * disposes it.
 */
export class GaussianPrior {
  readonly numbers: IgrPriorNumbers;
  readonly isLearned: boolean;
  readonly #loc: tf.Tensor;
  /** Standard deviations, or their logarithms if they are learned. */
  readonly #spread: tf.Tensor;

  constructor(numbers: IgrPriorNumbers, variables: number, isLearned: boolean) {
    this.numbers = numbers;
    this.isLearned = isLearned;
    const ofEach = (values: number[]) => tf.tidy(() => tf.variable(tf.tile(tf.tensor2d([values]), [variables, 1])));
    this.#loc = isLearned ? ofEach(numbers.loc) : tf.keep(tf.tensor1d(numbers.loc));
    this.#spread = isLearned ? ofEach(numbers.scale.map(Math.log)) : tf.keep(tf.tensor1d(numbers.scale));
  }

  /** `[N, D]` if the prior is learned, otherwise `[D]`. */
  get loc(): tf.Tensor {
    return this.#loc;
  }

  /** Has the shape of `loc`. A new tensor if the prior is learned. */
  get scale(): tf.Tensor {
    return this.isLearned ? tf.exp(this.#spread) : this.#spread;
  }

  get trainableVariables(): tf.Variable[] {
    return this.isLearned ? [this.#loc as tf.Variable, this.#spread as tf.Variable] : [];
  }

  /** The sample shape of `count` draws for each of the N variables, for a distribution over this prior. */
  sampleShape(count: number, variables: number): number[] {
    return this.isLearned ? [count] : [count, variables];
  }

  dispose(): void {
    tf.dispose([this.#loc, this.#spread]);
  }
}
