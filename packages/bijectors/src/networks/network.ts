import { broadcastShapes, broadcastTensor, concatLast, formatShape, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A function with parameters, for use in a flow: `[..., inputs] -> [..., outputs]`, with an optional context
 * `[..., contextSize]` of axes that broadcast. {@link DenseNetwork} is one.
 */
export interface ParametricNetwork {
  /** The outputs at `x`. */
  apply(x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** The variables that an optimizer may train. */
  readonly trainableVariables: readonly tf.Variable[];
  /** Leading axes of the parameters: one network for each; none by default. */
  readonly batchShape?: readonly number[];
  /** Whether `other` is the same network for certain; by default only the same object is. */
  equals?(other: unknown): boolean;
}

/** A layer or model of tfjs-layers: it takes `[batch, inputs]`: x followed by the context on the last axis. */
export interface NetworkLayer {
  apply(x: tf.Tensor): unknown;
  readonly trainableWeights: readonly { read(): tf.Tensor }[];
}

/**
 * A network for a flow: a function of tensors, a layer or model of tfjs-layers, or a {@link ParametricNetwork}. The
 * flow does not know the variables of a function: pass them to the optimizer yourself.
 */
export type NetworkLike = ((x: tf.Tensor, context?: tf.Tensor) => tf.Tensor) | NetworkLayer | ParametricNetwork;

/** A given network of any kind, with one way to call it. */
export class Network {
  readonly #owner: string;
  readonly #given: NetworkLike;

  /** @throws TypeError if it is of another kind. */
  constructor(owner: string, name: string, given: NetworkLike) {
    if (typeof given !== "function" && typeof given?.apply !== "function") {
      throw new TypeError(`${owner}: ${name} must be a function, a layer or a network, got ${String(given)}`);
    }
    this.#owner = `${owner}: ${name}`;
    this.#given = given;
  }

  get trainableVariables(): tf.Variable[] {
    const given = this.#given;
    if (typeof given === "function") return [];
    if ("trainableVariables" in given) return [...given.trainableVariables];
    const weights = given.trainableWeights.map((weight) => weight.read());
    return weights.filter((weight): weight is tf.Variable => weight instanceof tf.Variable);
  }

  get batchShape(): readonly number[] {
    return ("batchShape" in this.#given ? this.#given.batchShape : undefined) ?? [];
  }

  equals(other: unknown): boolean {
    if (!(other instanceof Network)) return false;
    const given = this.#given;
    return given === other.#given || ("equals" in given && given.equals?.(other.#given) === true);
  }

  /** The outputs at `x`, as `[..., ...outputs]`. */
  apply(x: tf.Tensor, context: tf.Tensor | undefined, outputs: readonly number[]): tf.Tensor {
    const result = this.#call(x, context);
    const size = sizeOfShape(outputs);
    if (!(result instanceof tf.Tensor) || result.shape.at(-1) !== size) {
      const shape = result instanceof tf.Tensor ? formatShape(result.shape) : String(result);
      throw new RangeError(`${this.#owner} must return a tensor [..., ${size}], got ${shape}`);
    }
    return tf.reshape(result, [...result.shape.slice(0, -1), ...outputs]);
  }

  #call(x: tf.Tensor, context: tf.Tensor | undefined): tf.Tensor {
    const given = this.#given;
    if (typeof given === "function") return given(x, context);
    if ("trainableVariables" in given) return given.apply(x, context);
    // tfjs layers take exactly one batch axis.
    const input = withContext(x, context);
    const batch = input.shape.slice(0, -1);
    const output = given.apply(tf.reshape(input, [sizeOfShape(batch), input.shape.at(-1) as number])) as tf.Tensor;
    return tf.reshape(output, [...batch, output.shape.at(-1) as number]);
  }
}

/** x followed by the context on the last axis, with broadcast batch axes. */
export function withContext(x: tf.Tensor, context: tf.Tensor | undefined): tf.Tensor {
  if (!context) return x;
  const batch = broadcastShapes("withContext", { x: x.shape.slice(0, -1), context: context.shape.slice(0, -1) });
  const widen = (part: tf.Tensor) => broadcastTensor(part, [...batch, part.shape.at(-1) as number]);
  return concatLast([widen(x), widen(context)]);
}
