import { Permute } from "../combinators/permute.js";
import { FlowFamily, type FlowParameters } from "./flow-family.js";

class Permutation extends FlowFamily {
  readonly config;
  readonly parameterShapes = {};
  readonly #order: readonly number[];

  constructor(order: readonly number[]) {
    super();
    this.#order = order;
    this.config = { kind: "permutation", order };
  }

  get size(): number {
    return this.#order.length;
  }

  protected _initial(): FlowParameters {
    return {};
  }

  protected _bijector(): Permute {
    return new Permute({ permutation: this.#order });
  }
}

/**
 * A fixed reordering of the coordinates as a family without parameters, for use between flows in {@link stackFlows}.
 *
 * @throws RangeError unless `order` holds each of 0, ..., D-1 exactly once.
 * @example
 * ```ts
 * permutation([1, 0]).parameterCount; // 0
 * ```
 */
export function permutation(order: readonly number[]): FlowFamily {
  new Permute({ permutation: order });
  return new Permutation([...order]);
}
