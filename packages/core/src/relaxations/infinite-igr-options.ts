import type { ParameterValue } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../base/distribution.js";
import type { OnCap } from "./cap-policy.js";
import { GrowingSticks } from "./growing-sticks.js";

/** Parameters of InfiniteIGR. */
export interface InfiniteIGROptions extends DistributionOptions {
  /** Means of the Gaussian coordinates, `[..., cap]`: as many as there can be. Exactly one of `loc` and `sticks` is given. */
  readonly loc?: ParameterValue;
  /** Standard deviations, > 0, with `loc`; broadcasts against it. */
  readonly scale?: ParameterValue;
  /** Parameters that grow as samples need them, in place of `loc` and `scale`. */
  readonly sticks?: GrowingSticks;
  /** Temperature, > 0, of shape `[...batch]`: it broadcasts against the batch shape only. */
  readonly temperature: ParameterValue;
  /** Weight of the remainder in softmax++, > 0, of shape `[...batch]`; 0.1 by default. */
  readonly delta?: ParameterValue;
  /** Stick mass that the kept coordinates of each sample must exceed, in (0, 1); 0.99 by default. */
  readonly rho?: number;
  /**
   * What happens if a sample's coordinates up to the cap hold `rho` at most, so that it is cut at the cap: `'error'`
   * (default), `'warn'` (once for each distribution) or `'ignore'`. The first two read a tensor after each draw, and
   * have no effect inside a compiled function, where nothing can be read: use `passesCap` there.
   */
  readonly onCap?: OnCap;
}

/** A draw, its pre-image and its cut. */
export interface CutSample {
  /** A point of the simplex, `[...sampleShape, ...batchShape, cap + 1]`; dropped coordinates are 0. */
  readonly value: tf.Tensor;
  /** All Gaussian coordinates, including dropped ones, `[...sampleShape, ...batchShape, cap]`. */
  readonly preImage: tf.Tensor;
  /** Number of coordinates that each sample keeps, `[...sampleShape, ...batchShape]`. */
  readonly effectiveK: tf.Tensor;
  /** The average of `effectiveK`, a scalar. */
  readonly averageK: tf.Tensor;
  /** 1 for samples that need more coordinates than the cap, else 0, `[...sampleShape, ...batchShape]`. */
  readonly passesCap: tf.Tensor;
}

/** @throws TypeError unless either `loc` and `scale` or `sticks` are given, of their kinds. */
export function checkParameters({ loc, scale, sticks }: InfiniteIGROptions): void {
  if ((loc === undefined) === (sticks === undefined) || (scale === undefined) !== (loc === undefined)) {
    const given = Object.entries({ loc, scale, sticks }).filter(([, value]) => value !== undefined);
    throw new TypeError(
      `InfiniteIGR: either loc and scale or sticks must be given, got ${given.map(([name]) => name).join(", ") || "none of them"}`,
    );
  }
  if (sticks !== undefined && !(sticks instanceof GrowingSticks)) {
    throw new TypeError(`InfiniteIGR: sticks must be a GrowingSticks, got ${String(sticks)}`);
  }
}
