import type { Rng } from "@igr/core";
import { checkInteger, checkOneOf, checkRng, sizeOfShape } from "@igr/tensors";
import * as layers from "@tensorflow/tfjs-layers";
import { checkNamedOptions } from "../options/check-named-options.js";
import { setXavierWeights } from "./weights.js";

/** Options of {@link denseNetwork}. */
export interface DenseLayersOptions {
  /** The shape of one input example without the batch axis: a number of units, or for images `[28, 28]`. */
  readonly inputs: number | readonly number[];
  /** Units of the hidden layers, first to last. */
  readonly hidden: readonly number[];
  /** Units of the last layer, or a shape such as `[28, 28]` to which its output is reshaped. */
  readonly outputs: number | readonly number[];
  /** Initializes the weights, from a fork for each layer; the stream itself does not advance. */
  readonly rng: Rng;
  /** Name of the LayersModel, with which its error messages begin. */
  readonly name?: string;
  /** Activation of the hidden layers: `'relu'` (default) or `'tanh'`. */
  readonly activation?: "relu" | "tanh";
}

/**
 * A stack of dense layers with ReLU or tanh, except for the last layer, which is linear.
 * Weights are uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010, "Xavier"), biases 0; a seed gives the
 * same weights on every machine.
 *
 * @throws RangeError for a size that is not a positive integer.
 */
export function denseNetwork(options: DenseLayersOptions): layers.LayersModel {
  checkNamedOptions("denseNetwork", options, NETWORK_OPTIONS);
  const { inputs, hidden, outputs, rng, name, activation = "relu" } = options;
  const owner = name ?? "denseNetwork";
  checkRng(owner, rng, "fork");
  checkOneOf(owner, "activation", activation, ["relu", "tanh"]);
  const inputShape = shapeOf(owner, "inputs", inputs);
  const outputShape = shapeOf(owner, "outputs", outputs);
  const units = [...hidden.map((size) => checkInteger(owner, "hidden", size, 1)), sizeOfShape(outputShape)];

  const network = layers.sequential(name === undefined ? {} : { name });
  if (inputShape.length > 1) network.add(layers.layers.flatten({ inputShape }));
  let fanIn = sizeOfShape(inputShape);
  for (const [index, size] of units.entries()) {
    const isLast = index === units.length - 1;
    const layer = layers.layers.dense({
      units: size,
      activation: isLast ? "linear" : activation,
      kernelInitializer: "zeros",
      biasInitializer: "zeros",
      ...(index === 0 ? { inputShape: [fanIn] } : {}),
    });
    network.add(layer);
    setXavierWeights(layer, rng, index, fanIn, size);
    fanIn = size;
  }
  if (outputShape.length > 1) network.add(layers.layers.reshape({ targetShape: outputShape }));
  return network;
}

/** Options of {@link denseEncoder}. */
export interface DenseEncoderOptions {
  /** The shape of an image, `[28, 28]` or its number of pixels; 784 by default. */
  readonly imageShape?: number | readonly number[];
  /** Units of the last layer: `latent.encoderOutputs`. */
  readonly outputs: number;
  /** Hidden units, `[512, 256]` by default: the dense architecture of the paper's appendix D. */
  readonly hidden?: readonly number[];
  /** Initializes the weights, from a fork for each layer. */
  readonly rng: Rng;
}

/**
 * The paper's dense encoder: image -> 512 -> 256 -> outputs.
 *
 * @example
 * ```ts
 * const encoder = denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") });
 * ```
 */
export function denseEncoder(options: DenseEncoderOptions): layers.LayersModel {
  const names = { imageShape: "optional", outputs: "required", hidden: "optional", rng: "checked" } as const;
  checkNamedOptions("denseEncoder", options, names);
  const { imageShape = 784, hidden = [512, 256], ...rest } = options;
  return denseNetwork({ ...rest, inputs: imageShape, hidden, name: "dense_encoder" });
}

/** Options of {@link denseDecoder}. */
export interface DenseDecoderOptions {
  /** Number of inputs: `latent.decoderInputs`. */
  readonly inputs: number;
  /** Number of outputs: pixels times `likelihood.outputsPerPixel`; 784 by default. */
  readonly outputs?: number | readonly number[];
  /** Hidden units, `[256, 512]` by default. */
  readonly hidden?: readonly number[];
  /** Initializes the weights, from a fork for each layer. */
  readonly rng: Rng;
}

/** The paper's dense decoder: latents -> 256 -> 512 -> image. */
export function denseDecoder(options: DenseDecoderOptions): layers.LayersModel {
  const names = { inputs: "required", outputs: "optional", hidden: "optional", rng: "checked" } as const;
  checkNamedOptions("denseDecoder", options, names);
  const { outputs = 784, hidden = [256, 512], ...rest } = options;
  return denseNetwork({ ...rest, outputs, hidden, name: "dense_decoder" });
}

const NETWORK_OPTIONS = {
  inputs: "required",
  hidden: "required",
  outputs: "required",
  rng: "checked",
  name: "optional",
  activation: "optional",
} as const;

function shapeOf(owner: string, argument: string, value: number | readonly number[]): number[] {
  const shape = typeof value === "number" ? [value] : [...value];
  for (const size of shape) checkInteger(owner, argument, size, 1);
  return shape;
}
