import { checkRng } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { type Condition, ConditionalFlow } from "./conditional-flow.js";
import { FamilyMember } from "./family-member.js";
import { FlowFamily, type NormalRng } from "./flow-family.js";

/** Options of {@link TrainableFlow}. */
export interface TrainableFlowOptions {
  /** Generator of the initial values; the same seed makes the same flow. */
  readonly rng: NormalRng;
  /** One flow for each element, as `[30]` for 30 variables; a single flow, `[]`, by default. */
  readonly batchShape?: readonly number[];
  /** Prefix of the variables' names, which must be unique in tfjs; tfjs numbers them by default. */
  readonly name?: string;
}

/**
 * A flow R^D -> R^D that owns its parameters, as variables that tfjs optimizers train.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1), log-determinants `[...]`; the input broadcasts against `batchShape`.
 * As `transform` of an IGR it is applied before softmax++; if posterior and prior share one flow, their KL divergence
 * has a closed form. `conditionedOn` returns the flow for a context, or for an encoder's deviations. The flow owns its
 * variables; `dispose` frees them.
 *
 * @example
 * ```ts
 * const rng = { normal: (shape) => tf.randomNormal(shape) }; // or createRng(1) of @igr/core
 * const flow = new TrainableFlow(planarFlow({ size: 2, depth: 3 }), { rng, batchShape: [4] });
 * flow.trainableVariables.length; // 9
 * const x = tf.zeros([100, 4, 2]);
 * tf.train.sgd(0.1).minimize(() => tf.mean(flow.forwardLogDetJacobian(x)), false, flow.trainableVariables);
 * flow.dispose();
 * ```
 */
export class TrainableFlow extends FamilyMember {
  /** The parameters by name, `[...batchShape, ...shape]`. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  readonly #bijector: Bijector | undefined;

  /** @throws TypeError unless `family` is a family of flows and `rng` has a method `normal`. */
  constructor(family: FlowFamily, { rng, batchShape = [], name }: TrainableFlowOptions) {
    super(family, batchShape);
    if (!(family instanceof FlowFamily)) {
      throw new TypeError(`TrainableFlow: family must be one such as planarFlow({ size: 2 }), got ${String(family)}`);
    }
    checkRng("TrainableFlow", rng, "normal");
    const initial = family.initial(rng, batchShape);
    const variables = Object.entries(initial).map(([key, value]) => {
      const variable = tf.variable(value, true, name === undefined ? undefined : `${name}/${key}`);
      return [key, variable] as const;
    });
    tf.dispose(initial);
    this.variables = Object.fromEntries(variables);
    this.#bijector = family.contextSize === 0 ? family.bijector(this.variables) : undefined;
  }

  override get parameters(): BijectorParameters | undefined {
    return this.#bijector && { bijector: this.#bijector };
  }

  override get trainableVariables(): tf.Variable[] {
    return Object.values(this.variables).filter((variable) => variable.trainable);
  }

  /**
   * The flow of these variables under a condition: `context` is an input of the family's networks, and `deviations`,
   * `[..., parameterCount]`, are added to the variables. Both may be an encoder's output: gradients reach the encoder
   * and the variables.
   *
   * @throws RangeError if context or deviations have the wrong size, or the context is missing or not expected.
   */
  conditionedOn({ context, deviations }: Condition): ConditionalFlow {
    return new ConditionalFlow(this.family, { context, parameters: deviations, around: this });
  }

  /** Frees the variables. The flow cannot be used afterwards. */
  dispose(): void {
    tf.dispose(Object.values(this.variables));
  }

  /** Calls `dispose` at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  protected flow(): Bijector {
    if (!this.#bijector) {
      throw new TypeError(`TrainableFlow: the ${this.family.name} takes a context; use conditionedOn({ context })`);
    }
    return this.#bijector;
  }
}
