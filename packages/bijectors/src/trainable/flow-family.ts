import { formatShape, sizeOfShape, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Bijector } from "../base/bijector.js";

/** Generator of initial values: `createRng(seed)` of @igr/core, or another object with this method. */
export interface NormalRng {
  /** Standard normal draws of this shape. */
  normal(shape: readonly number[]): tf.Tensor;
}

/** A family of flows as JSON, from which {@link flowFromConfig} rebuilds it. */
export interface FlowConfig {
  /** Kind of family: `'planar'`, `'stack'`, ... */
  readonly kind: string;
  /** Its options. */
  readonly [option: string]: unknown;
}

/** The parameters of a flow by name, `[...batch, ...shape]` with the shapes of {@link FlowFamily.parameterShapes}. */
export type FlowParameters = Readonly<Record<string, tf.Tensor>>;

/**
 * All flows R^D -> R^D of one kind and size: the number of parameters of such a flow, their initial values, and the
 * bijector of given parameters. It holds no tensors. {@link TrainableFlow} keeps the parameters in variables,
 * {@link ConditionalFlow} takes them from a network's output, and `bijector` accepts any parameters.
 *
 * Leading axes of the parameters are batch axes: one flow for each.
 * To write one, extend this class with `_initial` and `_bijector`.
 */
export abstract class FlowFamily {
  /** The family as JSON. */
  abstract readonly config: FlowConfig;
  /** Number of coordinates D. */
  abstract readonly size: number;
  /** Shapes of the parameters of one flow, by name. */
  abstract readonly parameterShapes: Readonly<Record<string, readonly number[]>>;

  /** Size of the context that the flow's networks take; 0 for families without a context. */
  get contextSize(): number {
    return 0;
  }

  /** Number of parameters of one flow: the width of an encoder's output for each. */
  get parameterCount(): number {
    return Object.values(this.parameterShapes).reduce((count, shape) => count + sizeOfShape(shape), 0);
  }

  /** Initial values: flows near the identity, different for each element of the batch. They belong to the caller. */
  initial(rng: NormalRng, batchShape: readonly number[] = []): Record<string, tf.Tensor> {
    return tf.tidy(() => ({ ...this._initial(rng, batchShape) }));
  }

  /**
   * The flow of these parameters. Tensors are kept by identity: gradients reach them, and variables are read at each
   * use.
   *
   * @param context `[..., contextSize]`, for families with a context.
   * @throws RangeError if a parameter is missing, unknown or of the wrong shape, or the context has the wrong size.
   */
  bijector(parameters: FlowParameters, context?: tf.Tensor): Bijector {
    const expected = Object.keys(this.parameterShapes);
    const given = Object.keys(parameters);
    if (given.length !== expected.length || !expected.every((name) => name in parameters)) {
      throw new RangeError(`${this.name}: parameters must be ${expected.join(", ")}, got ${given.join(", ")}`);
    }
    for (const [name, shape] of Object.entries(this.parameterShapes)) {
      const { shape: actual } = parameters[name] as tf.Tensor;
      const event = actual.slice(actual.length - shape.length);
      if (actual.length < shape.length || shape.some((size, axis) => size !== event[axis])) {
        throw new RangeError(
          `${this.name}: ${name} must be of shape [..., ${shape.join(", ")}], got ${formatShape(actual)}`,
        );
      }
    }
    this.checkContext(context?.shape);
    return this._bijector(parameters, context);
  }

  /**
   * Splits one vector of all parameters, `[..., parameterCount]`, into the parameters, in the order of
   * {@link parameterShapes}.
   *
   * @throws RangeError if the vector has the wrong size.
   */
  unpack(vector: tf.Tensor): Record<string, tf.Tensor> {
    this.checkVector(vector.shape);
    return tf.tidy(() => {
      const batch = vector.shape.slice(0, -1);
      let start = 0;
      const entries = Object.entries(this.parameterShapes).map(([name, shape]) => {
        const count = sizeOfShape(shape);
        const part = tf.reshape(sliceLast(vector, start, count), [...batch, ...shape]);
        start += count;
        return [name, part] as const;
      });
      return Object.fromEntries(entries);
    });
  }

  /** @throws RangeError unless {@link unpack} accepts vectors of this shape. */
  checkVector(shape: readonly number[]): void {
    if (shape.at(-1) !== this.parameterCount) {
      throw new RangeError(
        `${this.name}: parameters must be of shape [..., ${this.parameterCount}], got ${formatShape(shape)}`,
      );
    }
  }

  /**
   * @throws RangeError if the family has a context and none of its size is given, or if it has no context and one is
   * given.
   */
  checkContext(shape: readonly number[] | undefined): void {
    const { contextSize } = this;
    if (contextSize === 0 ? shape !== undefined : shape?.at(-1) !== contextSize) {
      const allowed = contextSize === 0 ? "left out; the family takes none" : `of shape [..., ${contextSize}]`;
      throw new RangeError(`${this.name}: context must be ${allowed}, got ${shape ? formatShape(shape) : "none"}`);
    }
  }

  /** Its name in error messages. */
  get name(): string {
    return `${this.config.kind} flow`;
  }

  /** Values near the identity, `[...batchShape, ...shape]` each. Runs inside `tf.tidy`. */
  protected abstract _initial(rng: NormalRng, batchShape: readonly number[]): FlowParameters;

  /** The flow of checked parameters. */
  protected abstract _bijector(parameters: FlowParameters, context: tf.Tensor | undefined): Bijector;
}
