import { backend_util } from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, refuse } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { cast, gather, matMul, reshape, where } from "./nodes.js";

/**
 * Resizing acts on rows and columns separately, and linearly: a bilinear resize is a product with one matrix per axis, its
 * gradient the product with the transposed matrices. This keeps tfjs' channels-last layout and its sampling positions.
 */

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
}

/** Input positions per output position. */
function scale(inputSize: number, outputSize: number, alignCorners: boolean): number {
  return alignCorners && outputSize > 1 ? (inputSize - 1) / (outputSize - 1) : inputSize / outputSize;
}

/** Row-major `[outputSize, inputSize]`: the weights with which input elements enter each output element. */
function bilinearMatrix(inputSize: number, outputSize: number, alignCorners: boolean, halfPixelCenters: boolean) {
  const matrix = new Float32Array(outputSize * inputSize);
  const ratio = scale(inputSize, outputSize, alignCorners);
  for (let i = 0; i < outputSize; i++) {
    const position = halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(inputSize - 1, Math.ceil(position));
    const fraction = position - low;
    // If both neighbours are the border element, their weights add up to 1.
    for (const [index, weight] of [
      [low, 1 - fraction],
      [high, fraction],
    ] as const) {
      matrix[i * inputSize + index] = (matrix[i * inputSize + index] as number) + weight;
    }
  }
  return matrix;
}

/** Input positions for nearest neighbours. */
function nearestPositions(inputSize: number, outputSize: number, alignCorners: boolean, halfPixelCenters: boolean) {
  const ratio = scale(inputSize, outputSize, alignCorners);
  return Array.from({ length: outputSize }, (_, i) => {
    const position = halfPixelCenters ? ratio * (i + 0.5) : ratio * i;
    const nearest = Math.min(inputSize - 1, alignCorners ? Math.round(position) : Math.floor(position));
    return halfPixelCenters ? Math.max(0, nearest) : nearest;
  });
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)] as number);
}

/** Multiplies the rows and then the columns of `[batch, height, width, channels]` by matrices `[new, old]`. */
function applyMatrices(
  graph: GraphBuilder,
  image: Value,
  rowMatrix: Float32Array,
  columnMatrix: Float32Array,
  [newHeight, newWidth]: readonly [number, number],
): Value {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const rows = graph.constant(rowMatrix, [newHeight, height], "float32");
  const columns = graph.constant(columnMatrix, [newWidth, width], "float32");
  const tall = matMul(graph, rows, reshape(graph, image, [batch, height, width * channels]));
  const wide = matMul(graph, columns, reshape(graph, tall, [batch * newHeight, width, channels]));
  return reshape(graph, wide, [batch, newHeight, newWidth, channels]);
}

const resizeBilinear: Lowering = (call) => {
  const { graph } = call;
  const images = input(call, "images");
  const { alignCorners, halfPixelCenters, size } = attributes<ResizeAttributes>(call);
  const [height, width] = images.shape.slice(1) as [number, number];
  return applyMatrices(
    graph,
    cast(graph, images, "float32"),
    bilinearMatrix(height, size[0], alignCorners, halfPixelCenters),
    bilinearMatrix(width, size[1], alignCorners, halfPixelCenters),
    size,
  );
};

const resizeNearest: Lowering = (call) => {
  const { graph } = call;
  const images = input(call, "images");
  const { alignCorners, halfPixelCenters, size } = attributes<ResizeAttributes>(call);
  return size.reduce((image, outputSize, i) => {
    const inputSize = images.shape[i + 1] as number;
    const positions = nearestPositions(inputSize, outputSize, alignCorners, halfPixelCenters);
    if (outputSize === inputSize && positions.every((position, index) => position === index)) return image;
    return gather(graph, image, graph.ints(positions), i + 1);
  }, images);
};

/** As in tfjs, the gradients ignore halfPixelCenters. */
function gradient(kind: "bilinear" | "nearest"): Lowering {
  return (call) => {
    const { graph } = call;
    const images = input(call, "images");
    const dy = input(call, "dy");
    allowTypes(call, dy, "float32");
    const { alignCorners, halfPixelCenters } = attributes<ResizeAttributes>(call);
    if (halfPixelCenters) refuse(call, "tfjs computes this gradient without halfPixelCenters, so it would be wrong");
    const oldSize = images.shape.slice(1, 3) as [number, number];
    const matrices = oldSize.map((inputSize, i) => {
      const outputSize = dy.shape[i + 1] as number;
      const matrix =
        kind === "bilinear"
          ? bilinearMatrix(inputSize, outputSize, alignCorners, false)
          : nearestMatrix(inputSize, outputSize, alignCorners);
      return transposed(matrix, outputSize, inputSize);
    }) as [Float32Array, Float32Array];
    return applyMatrices(graph, dy, ...matrices, oldSize);
  };
}

function nearestMatrix(inputSize: number, outputSize: number, alignCorners: boolean): Float32Array {
  const matrix = new Float32Array(outputSize * inputSize);
  for (const [i, position] of nearestPositions(inputSize, outputSize, alignCorners, false).entries()) {
    matrix[i * inputSize + position] = 1;
  }
  return matrix;
}

/** Every output pixel is one input pixel or the fill value, determined at trace time. */
const rotateWithOffset: Lowering = (call) => {
  const { graph } = call;
  const image = input(call, "image");
  const { radians, fillValue, center } = attributes<{
    radians: number;
    fillValue: number | [number, number, number];
    center: number | [number, number];
  }>(call);
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const [centerX, centerY] = backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const sources = Array.from({ length: height * width }, (_, i) => {
    const x = (i % width) - centerX;
    const y = Math.floor(i / width) - centerY;
    const column = Math.round(x * cos - y * sin + centerX);
    const row = Math.round(x * sin + y * cos + centerY);
    return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
  });
  const isInside = graph.constant(
    sources.map((source) => (source >= 0 ? 1 : 0)),
    [sources.length, 1],
    "bool",
  );
  const fill = Array.from({ length: channels }, (_, channel) =>
    typeof fillValue === "number" ? fillValue : channel === 3 ? 255 : (fillValue[channel] as number),
  );
  const pixels = reshape(graph, image, [batch, sources.length, channels]);
  const moved = gather(graph, pixels, graph.ints(sources.map((source) => Math.max(source, 0))), 1);
  const background = graph.constant(fill, [channels], image.elementType);
  return reshape(graph, where(graph, isInside, moved, background), image.shape);
};

export const resize: LoweringTable = {
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: gradient("bilinear"),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: gradient("nearest"),
  RotateWithOffset: rotateWithOffset,
};
