import { broadcastShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { Sigmoid } from "../elementwise/sigmoid.js";
import { isSimplexBijector, SimplexBijector } from "../simplex/simplex-bijector.js";
import { StickBreaking, StickBreakingOfLogits } from "../simplex/stick-breaking.js";
import { VertexInterpolation } from "../simplex/vertex-interpolation.js";
import { Block, sumLast, withoutLast } from "./block.js";

/**
 * Bijectors one after the other: `new Chain([g, f])` maps x to g(f(x)).
 *
 * Shapes: events have the largest event rank of the parts. Log-determinants of parts of lower rank are broadcast to the
 * tensor they belong to and summed over its event axes: a scalar `Affine` before a map of R^D contributes D log
 * |scale|. `[StickBreaking, Sigmoid]` is computed as one map from the logits in log space (the sigmoid of a logit from
 * 17 on is 1 in float32), and `VertexInterpolation` after a map onto the simplex takes its logarithms. A chain that
 * ends on the simplex has the log-space methods of {@link SimplexBijector}; otherwise these methods throw (see
 * {@link isSimplexBijector}). Each part checks its input by its own `validate`.
 *
 * @example
 * ```ts
 * const toSimplex = new Chain([new VertexInterpolation({ temperature: 0.1 }), new StickBreaking(), new Sigmoid()]);
 * toSimplex.forward(tf.tensor1d([1, -1])); // [0.9731, 0.0072, 0.0197], eq 23
 * ```
 */
export class Chain extends SimplexBijector {
  /** The parts, last first; a chain among the given parts is replaced by its own parts. */
  readonly bijectors: readonly Bijector[];
  override readonly eventRank: number;
  /** The steps in the order in which `forward` runs them. */
  readonly #steps: readonly Bijector[];

  /** @throws RangeError for an empty list; TypeError if a part is not a bijector. */
  constructor(bijectors: readonly Bijector[]) {
    super();
    if (!Array.isArray(bijectors) || !bijectors.every((part) => part instanceof Bijector)) {
      throw new TypeError(`Chain: bijectors must be an array of bijectors, got ${String(bijectors)}`);
    }
    this.bijectors = bijectors.flatMap((part) => (part instanceof Chain ? part.bijectors : [part]));
    if (this.bijectors.length === 0) throw new RangeError("Chain: bijectors must hold at least 1 bijector, got []");
    this.eventRank = Math.max(...this.bijectors.map((part) => part.eventRank));
    this.#steps = fuse([...this.bijectors].reverse());
  }

  override get parameters(): BijectorParameters {
    return { bijectors: this.bijectors };
  }

  override get batchShape(): readonly number[] {
    const shapes = this.#steps.map((step, index) => [
      `${step.name} (step ${index})`,
      withoutLast(step.batchShape, this.eventRank - step.eventRank),
    ]);
    return broadcastShapes("Chain", Object.fromEntries(shapes));
  }

  override get isSimplexValued(): boolean {
    return isSimplexBijector(this.#steps.at(-1) as Bijector);
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this.#steps.reduce((value, step) => step.forward(value), x);
  }

  protected override _inverse(y: tf.Tensor): tf.Tensor {
    return this.isSimplexValued ? super._inverse(y) : this.#steps.reduceRight((value, step) => step.inverse(value), y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this._forwardAndLogDet(x).logDet;
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.#follow(
      x,
      this.#steps.map((step) => [step, (value) => step.forwardAndLogDet(value)]),
    );
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.isSimplexValued
      ? super._inverseAndLogDet(y)
      : this.#follow(
          y,
          [...this.#steps].reverse().map((step) => [step, (value) => step.inverseAndLogDet(value)]),
        );
  }

  protected _forwardLog(x: tf.Tensor): tf.Tensor {
    return this._forwardLogAndLogDet(x).value;
  }

  protected _inverseFromLog(logY: tf.Tensor): tf.Tensor {
    return this._inverseFromLogAndLogDet(logY).value;
  }

  protected override _forwardLogAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const { before, onto, after } = this.#simplexSteps("forwardLog");
    return this.#follow(x, [
      ...before.map((step): Stage => [step, (value) => step.forwardAndLogDet(value)]),
      [onto, (value) => onto.forwardLogAndLogDet(value)],
      ...after.map((step): Stage => [step, (logX) => step.forwardLogFromLog(logX)]),
    ]);
  }

  protected override _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    const { before, onto, after } = this.#simplexSteps("inverseFromLog");
    return this.#follow(logY, [
      ...after.map((step): Stage => [step, (logX) => step.inverseLogFromLog(logX)]).reverse(),
      [onto, (value) => onto.inverseFromLogAndLogDet(value)],
      ...before.map((step): Stage => [step, (value) => step.inverseAndLogDet(value)]).reverse(),
    ]);
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return this.#steps.reduce((shape, step) => step.forwardEventShape(shape), [...event]);
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return this.#steps.reduceRight((shape, step) => step.inverseEventShape(shape), [...event]);
  }

  /** The steps around the one that enters log space: those before it, and interpolations after it, which stay there. */
  #simplexSteps(method: string): {
    before: readonly Bijector[];
    onto: SimplexBijector;
    after: readonly VertexInterpolation[];
  } {
    const after: VertexInterpolation[] = [];
    let index = this.#steps.length - 1;
    let onto = this.#steps[index] as Bijector;
    while (onto instanceof VertexInterpolation && index > 0 && isSimplexBijector(this.#steps[index - 1] as Bijector)) {
      after.unshift(onto);
      index -= 1;
      onto = this.#steps[index] as Bijector;
    }
    if (!isSimplexBijector(onto)) {
      throw new TypeError(`Chain.${method}: the last map must be one onto the simplex, got ${onto.name}`);
    }
    return { before: this.#steps.slice(0, index), onto, after };
  }

  #follow(start: tf.Tensor, stages: readonly Stage[]): ValueAndLogDet {
    let value = start;
    let total: tf.Tensor | undefined;
    for (const [step, apply] of stages) {
      const result = apply(value);
      const logDet = sumLast(result.logDet, this.eventRank - step.eventRank);
      value = result.value;
      total = total ? tf.add(total, logDet) : logDet;
    }
    return { value, logDet: total as tf.Tensor };
  }
}

/** One step and its joint method; sums the log-determinant over the axes that the step itself counts as batch. */
type Stage = readonly [step: Bijector, apply: (value: tf.Tensor) => ValueAndLogDet];

/** Replaces each Sigmoid that a StickBreaking follows, and that StickBreaking, by their log-space map. */
function fuse(steps: readonly Bijector[]): Bijector[] {
  const fused: Bijector[] = [];
  for (const step of steps) {
    const previous = fused.at(-1);
    if (step instanceof StickBreaking && !(step instanceof StickBreakingOfLogits) && previous && isSigmoid(previous)) {
      fused[fused.length - 1] = new StickBreakingOfLogits({ validate: step.validate });
    } else {
      fused.push(step);
    }
  }
  return fused;
}

function isSigmoid(step: Bijector): boolean {
  return step instanceof Sigmoid || (step instanceof Block && step.eventRank === 1 && step.bijector instanceof Sigmoid);
}
