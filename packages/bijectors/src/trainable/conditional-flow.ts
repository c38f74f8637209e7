import { broadcastShapes, finite, Parameter, type ParameterValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { FamilyMember } from "./family-member.js";
import type { FlowFamily } from "./flow-family.js";

/** Conditions of a {@link TrainableFlow}. */
export interface Condition {
  /** A second input of the flow's networks, `[..., contextSize]`. */
  readonly context?: ParameterValue;
  /** Added to the variables, `[..., parameterCount]`; nothing by default. */
  readonly deviations?: ParameterValue;
}

/** Options of {@link ConditionalFlow}. */
export interface ConditionalFlowOptions {
  /** All parameters of each flow in one vector, `[..., parameterCount]`, such as an encoder's output. */
  readonly parameters?: ParameterValue;
  /** A second input of the flow's networks, `[..., contextSize]`. */
  readonly context?: ParameterValue;
  /** Variables to which the parameters are added, or which are used alone; none by default. */
  readonly around?: Bijector & { readonly variables: Readonly<Record<string, tf.Variable>> };
}

/**
 * A flow R^D -> R^D whose parameters or context are given, for example by an encoder, so that each example has its own
 * flow.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1), log-determinants `[...]`. The axes of `parameters` and `context`
 * before the last are batch axes: `[B, N, parameterCount]` makes B N flows. `family.parameterCount` is the width of the
 * encoder's last layer, `family.unpack` defines their order. Zeros are not valid parameters of every family (w of
 * {@link Planar} must not be 0), so `TrainableFlow.conditionedOn({ deviations })` is the better start for training.
 * Tensors are kept by identity and split into parameters at each use, so nothing has to be disposed of.
 *
 * @example
 * ```ts
 * const family = planarFlow({ size: 2 }); // u, w, b: 5 numbers
 * const flow = new ConditionalFlow(family, { parameters: [[1, 0.5, 0.3, -1, 0], [0, 0, 1, 0, 0.1]] });
 * flow.forwardLogDetJacobian([1, 2]); // [-0.0515, -0.1168]
 * ```
 */
export class ConditionalFlow extends FamilyMember {
  readonly #vector: Parameter | undefined;
  readonly #context: Parameter | undefined;
  readonly #around: ConditionalFlowOptions["around"];

  /**
   * @throws RangeError if parameters or context have the wrong size, or a context is missing or not expected; TypeError
   * if there are no parameters.
   */
  constructor(family: FlowFamily, { parameters, context, around }: ConditionalFlowOptions) {
    const make = (name: string, value: ParameterValue | undefined) =>
      value === undefined ? undefined : new Parameter("ConditionalFlow", name, value, finite);
    const vector = make("parameters", parameters);
    const given = make("context", context);
    if (!vector && !around) {
      throw new TypeError(`ConditionalFlow: parameters are missing; pass a tensor [..., ${family.parameterCount}]`);
    }
    if (vector) family.checkVector(vector.shape);
    family.checkContext(given?.shape);
    const batchShape = broadcastShapes("ConditionalFlow", {
      "parameters without their last axis": vector?.shape.slice(0, -1) ?? [],
      "context without its last axis": given?.shape.slice(0, -1) ?? [],
      "the variables": around?.batchShape ?? [],
    });
    super(family, batchShape);
    this.#vector = vector;
    this.#context = given;
    this.#around = around;
  }

  override get parameters(): BijectorParameters {
    const vector = this.#vector;
    const context = this.#context;
    const around = this.#around;
    const { family } = this;
    return { vector, context, around, family: JSON.stringify(family.config) };
  }

  protected flow(): Bijector {
    const vector = this.#vector;
    const context = this.#context;
    const around = this.#around;
    const own = vector && this.family.unpack(vector.tensor);
    const shared = around?.variables;
    const parameters = Object.keys(this.family.parameterShapes).map((name) => {
      const [a, b] = [own?.[name], shared?.[name]];
      return [name, a && b ? tf.add(a, b) : ((a ?? b) as tf.Tensor)] as const;
    });
    return this.family.bijector(Object.fromEntries(parameters), context?.tensor);
  }
}
