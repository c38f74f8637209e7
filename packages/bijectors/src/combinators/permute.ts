import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type BijectorOptions } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { gatherLast } from "../base/last-axis.js";

/** Parameters of a {@link Permute} map. */
export interface PermuteOptions extends BijectorOptions {
  /** `y_k = x_permutation[k]`: each of 0, ..., D-1 once. */
  readonly permutation: readonly number[];
}

/**
 * Reorders the coordinates of the last axis, `y_k = x_permutation[k]`.
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`, all 0. Exact in float32.
 *
 * @example
 * ```ts
 * new Permute({ permutation: [2, 0, 1] }).forward(tf.tensor1d([10, 20, 30])); // [30, 10, 20]
 * ```
 */
export class Permute extends Bijector {
  readonly eventRank = 1;
  /** Where each coordinate of y comes from. */
  readonly permutation: readonly number[];
  readonly #inversePermutation: readonly number[];

  /** @throws RangeError unless `permutation` holds each of 0, ..., D-1 exactly once. */
  constructor({ permutation, validate }: PermuteOptions) {
    super({ validate });
    this.permutation = [...permutation];
    this.#inversePermutation = this.permutation.map((_, k) => this.permutation.indexOf(k));
    if (this.permutation.length === 0 || this.#inversePermutation.includes(-1)) {
      throw new RangeError(
        `Permute: permutation must hold each of 0, ..., D-1 exactly once, got [${this.permutation.join(",")}]`,
      );
    }
  }

  override get parameters(): BijectorParameters {
    return { permutation: this.permutation };
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return gatherLast(x, this.permutation, this.#inversePermutation);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return gatherLast(y, this.#inversePermutation, this.permutation);
  }

  protected _forwardLogDetJacobian(): tf.Tensor {
    return tf.scalar(0);
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.permutation.length;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as the permutation`;
  }
}
