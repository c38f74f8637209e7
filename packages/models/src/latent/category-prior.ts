import * as tf from "@tensorflow/tfjs-core";

/** Probabilities of the categories, > 0: one list for all variables, `[K]`, or one for each, `[N][K]`. */
export type CategoryProbs = readonly number[] | readonly (readonly number[])[];

/**
 * Logarithms of the probabilities, `[N][K]`.
 *
 * @throws RangeError unless there are K numbers > 0 that sum to 1, once or for each variable; TypeError unless it is a list.
 */
export function readCategoryPrior(
  owner: string,
  prior: CategoryProbs | undefined,
  { variables, categories }: { readonly variables: number; readonly categories: number },
): number[][] {
  if (prior === undefined) {
    return Array.from({ length: variables }, () => new Array<number>(categories).fill(-Math.log(categories)));
  }
  if (!Array.isArray(prior)) {
    throw new TypeError(`${owner}: prior must be an array of K probabilities, or N of them, got ${String(prior)}`);
  }
  const rows: readonly (readonly number[])[] = Array.isArray(prior[0])
    ? (prior as readonly (readonly number[])[])
    : Array.from({ length: variables }, () => prior as readonly number[]);
  if (rows.length !== variables) {
    throw new RangeError(`${owner}: prior must hold a list for each of ${variables} variables, got ${rows.length}`);
  }
  for (const row of rows) {
    if (row.length !== categories || !row.every((each) => Number.isFinite(each) && each > 0)) {
      throw new RangeError(`${owner}: prior must hold ${categories} numbers > 0, got ${JSON.stringify(row)}`);
    }
    const sum = row.reduce((total, each) => total + each, 0);
    // Tolerance for a sum in float32.
    if (Math.abs(sum - 1) > 1e-6 * categories) throw new RangeError(`${owner}: prior must sum to 1, got ${sum}`);
  }
  return rows.map((row) => row.map(Math.log));
}

/** A prior over the categories of N variables, on the backend: fixed, or the start of a learned prior. */
export class CategoryPrior {
  readonly isLearned: boolean;
  readonly #logits: tf.Tensor;

  constructor(logProbs: readonly (readonly number[])[], isLearned: boolean) {
    this.isLearned = isLearned;
    this.#logits = tf.tidy(() => {
      const given = tf.tensor2d(logProbs.map((row) => [...row]));
      return isLearned ? tf.variable(given) : tf.keep(given);
    });
  }

  /** `[N, K]`. */
  get logProbs(): tf.Tensor {
    return this.isLearned ? tf.logSoftmax(this.#logits) : this.#logits;
  }

  get trainableVariables(): tf.Variable[] {
    return this.isLearned ? [this.#logits as tf.Variable] : [];
  }

  dispose(): void {
    this.#logits.dispose();
  }
}
