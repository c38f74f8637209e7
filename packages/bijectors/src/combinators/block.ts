import { checkNumber } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * A bijector whose last batch axes count as event axes: the same map, its log-determinants summed over those axes.
 * Shapes: those of the bijector; log-determinants lose the last `eventRank` axes of the input.
 *
 * @example
 * ```ts
 * new Block(new Exp(), 1).forwardLogDetJacobian(tf.tensor1d([1, 2, 3])); // 6
 * ```
 */
export class Block extends Bijector {
  /** The wrapped map. */
  readonly bijector: Bijector;
  readonly eventRank: number;

  /** @throws RangeError unless `eventRank` is a whole number, at least the bijector's own. */
  constructor(bijector: Bijector, eventRank: number) {
    super({ validate: bijector.validate });
    checkNumber("Block", "eventRank", eventRank, {
      allowed: `a whole number >= ${bijector.eventRank}, that of ${bijector.name}`,
      contains: (rank) => Number.isInteger(rank) && rank >= bijector.eventRank,
    });
    this.bijector = bijector;
    this.eventRank = eventRank;
  }

  override get parameters(): BijectorParameters {
    return { bijector: this.bijector, eventRank: this.eventRank };
  }

  override get batchShape(): readonly number[] {
    return withoutLast(this.bijector.batchShape, this.eventRank - this.bijector.eventRank);
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this.bijector.forward(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return this.bijector.inverse(y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.#reduce(this.bijector.forwardLogDetJacobian(x));
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const { value, logDet } = this.bijector.forwardAndLogDet(x);
    return { value, logDet: this.#reduce(logDet) };
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const { value, logDet } = this.bijector.inverseAndLogDet(y);
    return { value, logDet: this.#reduce(logDet) };
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return this.bijector.forwardEventShape(event);
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return this.bijector.inverseEventShape(event);
  }

  #reduce(logDet: tf.Tensor): tf.Tensor {
    return sumLast(logDet, this.eventRank - this.bijector.eventRank);
  }
}

/** Sums the last `count` axes. */
export function sumLast(x: tf.Tensor, count: number): tf.Tensor {
  return count === 0
    ? x
    : tf.sum(
        x,
        Array.from({ length: count }, (_, axis) => x.rank - count + axis),
      );
}

/** A shape without its last `count` axes, or without any if it has fewer. */
export function withoutLast(shape: readonly number[], count: number): number[] {
  return shape.slice(0, Math.max(0, shape.length - count));
}
