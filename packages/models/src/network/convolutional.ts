import type { Rng } from "@igr/core";
import { checkInteger, checkRng } from "@igr/tensors";
import * as layers from "@tensorflow/tfjs-layers";
import { checkNamedOptions } from "../options/check-named-options.js";
import { setXavierWeights } from "./weights.js";

/** Height, width and channels of an image; height and width are equal. */
export type SquareImageShape = readonly [side: number, side: number, channels: number];

/** The filters of a convolutional pair of networks, first to last. */
interface Architecture {
  readonly encoder: readonly number[];
  readonly decoder: readonly number[];
}

/** The filters of the paper's appendix D for each image size. Its "68x68x3" and "32x32x1" for CelebA mean 64x64x3. */
const ARCHITECTURES: ReadonlyMap<number, Architecture> = new Map([
  [32, { encoder: [32, 64, 64], decoder: [32, 32] }],
  [64, { encoder: [32, 64, 64, 64], decoder: [64, 32, 32] }],
]);

const KERNEL = 4;
const STRIDE = 2;

/** Options of {@link convolutionalEncoder}. */
export interface ConvolutionalEncoderOptions {
  /** `[32, 32, 1]` by default. */
  readonly imageShape?: SquareImageShape;
  /** Units of the last layer: `encoderOutputs` of the latents. */
  readonly outputs: number;
  /**
   * Filters of the convolutions, first to last. By default those of the paper for images of side 32 or 64; required for
   * other sizes.
   */
  readonly filters?: readonly number[];
  /** Units of the dense layer after the convolutions, 256 by default. */
  readonly units?: number;
  /** Initializes the weights, from a fork for each layer. */
  readonly rng: Rng;
}

/**
 * The paper's convolutional encoders (appendix D): 4x4 convolutions of stride 2, then a dense layer of 256 and the
 * outputs; ReLU except for the last layer. Architecture 1, for 32x32x1: 32-64-64 filters; architecture 2, for 64x64x3:
 * 32-64-64-64.
 * Weights are initialized as in {@link denseNetwork}, with the fans of a convolution: taps times channels.
 *
 * @throws RangeError for a size that is not a positive integer, an image size that the strides do not divide, or a side
 * other than 32 or 64 without `filters`.
 *
 * @example
 * ```ts
 * const encoder = convolutionalEncoder({ imageShape: [64, 64, 3], outputs: 540, rng: createRng(1) });
 * encoder.countParams(); // 566780
 * ```
 */
export function convolutionalEncoder(options: ConvolutionalEncoderOptions): layers.LayersModel {
  const owner = "convolutionalEncoder";
  checkNamedOptions(owner, options, ENCODER_OPTIONS);
  const { imageShape = [32, 32, 1], outputs, filters, units = 256, rng } = options;
  checkRng(owner, rng, "fork");
  const chosen = filters ?? architectureOf(owner, imageShape[0]).encoder;
  if (chosen.length === 0) throw new RangeError(`${owner}: filters must hold at least 1 convolution, got none`);
  const last = bottomSide(owner, imageShape, chosen.length);
  for (const size of chosen) checkInteger(owner, "filters", size, 1);
  const network = layers.sequential({ name: "convolutional_encoder" });
  let channels = imageShape[2];
  for (const [index, size] of chosen.entries()) {
    const layer = layers.layers.conv2d({
      filters: size,
      kernelSize: KERNEL,
      strides: STRIDE,
      padding: "same",
      activation: "relu",
      kernelInitializer: "zeros",
      ...(index === 0 ? { inputShape: [...imageShape] } : {}),
    });
    network.add(layer);
    setXavierWeights(layer, rng, index, KERNEL ** 2 * channels, KERNEL ** 2 * size);
    channels = size;
  }
  network.add(layers.layers.flatten());
  addDense(network, rng, chosen.length, last * last * channels, checkInteger(owner, "units", units, 1), "relu");
  addDense(network, rng, chosen.length + 1, units, checkInteger(owner, "outputs", outputs, 1), "linear");
  return network;
}

/** Options of {@link convolutionalDecoder}. */
export interface ConvolutionalDecoderOptions {
  /** Number of inputs: `decoderInputs` of the latents. */
  readonly inputs: number;
  /** `[32, 32, 1]` by default. */
  readonly imageShape?: SquareImageShape;
  /**
   * `likelihood.outputsPerPixel`, 1 by default: with 2 the last layer has twice the channels, returned as two images.
   */
  readonly outputsPerPixel?: number;
  /**
   * Filters of the transposed convolutions except the last. By default those of the paper for images of side 32 or 64;
   * required for other sizes.
   */
  readonly filters?: readonly number[];
  /**
   * Units of the two dense layers before the convolutions, `[256, 1024]` by default. The second layer is reshaped to a
   * square of pixels.
   */
  readonly units?: readonly [number, number];
  /** Initializes the weights, from a fork for each layer. */
  readonly rng: Rng;
}

/**
 * The paper's convolutional decoders (appendix D): dense layers of 256 and 1024 units, reshaped to 4x4x64, then 4x4
 * transposed convolutions of stride 2; ReLU except for the last layer. Architecture 1, for 32x32x1: 32-32-1;
 * architecture 2, for 64x64x3: 64-32-32-3.
 * Returns `[B, side, side, channels]`, or `[B, outputsPerPixel, side, side, channels]` if a pixel has several numbers.
 *
 * @throws RangeError as {@link convolutionalEncoder}, and if the second dense layer does not fill whole pixels.
 */
export function convolutionalDecoder(options: ConvolutionalDecoderOptions): layers.LayersModel {
  const owner = "convolutionalDecoder";
  checkNamedOptions(owner, options, DECODER_OPTIONS);
  const { inputs, imageShape = [32, 32, 1], outputsPerPixel = 1, filters, units = [256, 1024], rng } = options;
  const [first, second] = units;
  checkRng(owner, rng, "fork");
  const hidden = filters ?? architectureOf(owner, imageShape[0]).decoder;
  for (const size of hidden) checkInteger(owner, "filters", size, 1);
  checkInteger(owner, "outputsPerPixel", outputsPerPixel, 1);
  checkInteger(owner, "units", second, 1);
  const [side, , channels] = imageShape;
  const all = [...hidden, channels * outputsPerPixel];
  const start = bottomSide(owner, imageShape, all.length);
  if (second % (start * start) !== 0) {
    throw new RangeError(`${owner}: units[1] must be a multiple of ${start} x ${start} pixels, got ${second}`);
  }
  const network = layers.sequential({ name: "convolutional_decoder" });
  addDense(network, rng, 0, checkInteger(owner, "inputs", inputs, 1), checkInteger(owner, "units", first, 1), "relu");
  addDense(network, rng, 1, first, second, "relu");
  let from = second / (start * start);
  network.add(layers.layers.reshape({ targetShape: [start, start, from] }));
  for (const [index, size] of all.entries()) {
    const layer = layers.layers.conv2dTranspose({
      filters: size,
      kernelSize: KERNEL,
      strides: STRIDE,
      padding: "same",
      activation: index === all.length - 1 ? "linear" : "relu",
      kernelInitializer: "zeros",
    });
    network.add(layer);
    setXavierWeights(layer, rng, index + 2, KERNEL ** 2 * from, KERNEL ** 2 * size);
    from = size;
  }
  if (outputsPerPixel > 1) {
    // A likelihood expects the numbers of a pixel as blocks: one whole image after the other.
    network.add(layers.layers.reshape({ targetShape: [side, side, outputsPerPixel, channels] }));
    network.add(layers.layers.permute({ dims: [3, 1, 2, 4] }));
  }
  return network;
}

const ENCODER_OPTIONS = {
  imageShape: "optional",
  outputs: "checked",
  filters: "optional",
  units: "optional",
  rng: "checked",
} as const;

const DECODER_OPTIONS = {
  inputs: "checked",
  imageShape: "optional",
  outputsPerPixel: "optional",
  filters: "optional",
  units: "optional",
  rng: "checked",
} as const;

function addDense(
  network: layers.Sequential,
  rng: Rng,
  index: number,
  fanIn: number,
  units: number,
  activation: "relu" | "linear",
): void {
  const isFirst = network.layers.length === 0;
  const layer = layers.layers.dense({
    units,
    activation,
    kernelInitializer: "zeros",
    ...(isFirst ? { inputShape: [fanIn] } : {}),
  });
  network.add(layer);
  setXavierWeights(layer, rng, index, fanIn, units);
}

function architectureOf(owner: string, side: number): Architecture {
  const architecture = ARCHITECTURES.get(side);
  if (!architecture) {
    throw new TypeError(`${owner}: filters must be given for images of a side other than 32 or 64, got side ${side}`);
  }
  return architecture;
}

/** The side of the smallest feature map, after `halvings` strides of 2. */
function bottomSide(owner: string, [height, width, channels]: SquareImageShape, halvings: number): number {
  checkInteger(owner, "imageShape", channels, 1);
  const side = height / STRIDE ** halvings;
  if (height !== width || !Number.isInteger(side) || side < 1) {
    throw new RangeError(
      `${owner}: imageShape must be square with a side divisible by ${STRIDE ** halvings}, got [${height},${width},${channels}]`,
    );
  }
  return side;
}
