import type * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import { Chain } from "../combinators/chain.js";
import { type FlowConfig, FlowFamily, type FlowParameters, type NormalRng } from "./flow-family.js";

/** Families in sequence, applied in the given order; parameters are named `0/u`, `0/w`, `1/u`, ... */
class StackedFlow extends FlowFamily {
  readonly config: FlowConfig;
  readonly size: number;
  readonly parameterShapes: Readonly<Record<string, readonly number[]>>;
  readonly #parts: readonly FlowFamily[];

  constructor(parts: readonly FlowFamily[]) {
    super();
    this.#parts = parts;
    this.config = { kind: "stack", parts: parts.map((part) => part.config) };
    this.size = (parts[0] as FlowFamily).size;
    this.parameterShapes = Object.fromEntries(
      parts.flatMap((part, index) =>
        Object.entries(part.parameterShapes).map(([name, shape]) => [`${index}/${name}`, shape]),
      ),
    );
  }

  override get contextSize(): number {
    return Math.max(...this.#parts.map((part) => part.contextSize));
  }

  protected _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters {
    return Object.fromEntries(
      this.#parts.flatMap((part, index) =>
        Object.entries(part.initial(rng, batchShape)).map(([name, value]) => [`${index}/${name}`, value]),
      ),
    );
  }

  protected _bijector(parameters: FlowParameters, context: tf.Tensor | undefined): Bijector {
    const steps = this.#parts.map((part, index) => {
      const own = Object.keys(part.parameterShapes).map((name) => [name, parameters[`${index}/${name}`] as tf.Tensor]);
      return part.bijector(Object.fromEntries(own), part.contextSize > 0 ? context : undefined);
    });
    return new Chain(steps.reverse());
  }
}

/**
 * A sequence of families of flows as one family: the first of `parts` is applied first. Shapes: `[..., D] -> [..., D]`,
 * with the same D for all parts; parts with a context share it.
 *
 * @throws RangeError if `parts` is empty, or if sizes or contexts differ.
 * @example
 * ```ts
 * const family = stackFlows([planarFlow({ size: 2 }), radialFlow({ size: 2 })]);
 * family.parameterCount; // 9
 * ```
 */
export function stackFlows(parts: readonly FlowFamily[]): FlowFamily {
  const sizes = new Set(parts.map((part) => part.size));
  const contexts = new Set(parts.map((part) => part.contextSize).filter((size) => size > 0));
  if (sizes.size !== 1 || contexts.size > 1) {
    const given = parts.map((part) => `${part.name} of size ${part.size} and context ${part.contextSize}`);
    throw new RangeError(`stackFlows: parts must be 1 or more of one size and one context, got [${given.join(", ")}]`);
  }
  return new StackedFlow(parts);
}

/** `depth` flows of one family; the family itself if the depth is 1. */
export function repeatFlow(family: FlowFamily, depth: number): FlowFamily {
  return depth === 1 ? family : new StackedFlow(new Array<FlowFamily>(depth).fill(family));
}
