import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Sylvester } from "../flows/sylvester.js";
import { FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";
import type { FlowStackOptions } from "./planar-flow.js";
import { repeatFlow } from "./stacked-flow.js";

/** Options of {@link sylvesterFlow}. */
export interface SylvesterFlowOptions extends FlowStackOptions {
  /** Number of units M <= size; `size` by default. */
  readonly units?: number;
  /** Number of Householder reflections H >= 1 that make the orthogonal matrix; `min(size, 4)` by default. */
  readonly reflections?: number;
}

class SylvesterFlow extends FlowFamily {
  readonly config;
  readonly size: number;
  readonly parameterShapes;

  constructor(size: number, units: number, reflections: number) {
    super();
    this.config = { kind: "sylvester", size, units, reflections };
    this.size = size;
    this.parameterShapes = {
      reflections: [reflections, size],
      outer: [units, units],
      inner: [units, units],
      b: [units],
    };
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    const { reflections, outer, inner, b } = this.parameterShapes;
    // R near 0 makes the flow near the identity; R~ is not near 0, so that R has a gradient.
    return {
      reflections: rng.normal([...batchShape, ...reflections]),
      outer: tf.mul(rng.normal([...batchShape, ...outer]), 0.01),
      inner: tf.mul(rng.normal([...batchShape, ...inner]), 1 / Math.sqrt(inner[0] as number)),
      b: tf.zeros([...batchShape, ...b]),
    };
  }

  protected _bijector({ reflections, outer, inner, b }: FlowParameters): Sylvester {
    return new Sylvester({
      reflections: reflections as tf.Tensor,
      outer: outer as tf.Tensor,
      inner: inner as tf.Tensor,
      b,
    });
  }
}

/**
 * The family of {@link Sylvester} flows of `size` coordinates, `depth` of them in sequence. Initial flows are near the
 * identity.
 *
 * @throws RangeError unless `size`, `depth`, `units` and `reflections` are whole numbers >= 1 and `units <= size`.
 * @example
 * ```ts
 * sylvesterFlow({ size: 4, units: 2, reflections: 3 }).parameterCount; // 22
 * ```
 */
export function sylvesterFlow({ size, units = size, reflections, depth = 1 }: SylvesterFlowOptions): FlowFamily {
  checkInteger("sylvesterFlow", "size", size, 1);
  checkInteger("sylvesterFlow", "units", units, 1);
  if (units > size) throw new RangeError(`sylvesterFlow: units must be at most size, ${size}, got ${units}`);
  const count = checkInteger("sylvesterFlow", "reflections", reflections ?? Math.min(size, 4), 1);
  return repeatFlow(new SylvesterFlow(size, units, count), checkInteger("sylvesterFlow", "depth", depth, 1));
}
