import * as tf from "@tensorflow/tfjs-core";
import { operand } from "../arbitraries.js";
import {
  type Geometry,
  geometries,
  imageOf,
  imageShape,
  type Volume,
  volumeInfo,
  volumeOf,
  volumes,
} from "../geometries.js";
import type { Operand } from "../parity.js";
import type { Specs } from "../spec.js";

const poolGeometry = geometries({ dilated: false, layouts: false }).filter((geometry) => {
  const info = tf.backend_util.computePool2DInfo(
    imageShape(geometry),
    geometry.filter as [number, number],
    geometry.strides,
    1,
    geometry.pad as never,
    geometry.dimRoundingMode,
  );
  const { top, left } = info.padInfo;
  const bottom = (info.outHeight - 1) * info.strideHeight + info.filterHeight - geometry.height - top;
  const right = (info.outWidth - 1) * info.strideWidth + info.filterWidth - geometry.width - left;
  // Otherwise a window has only padding, which is rejected.
  return Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth;
});

const poolAttributes = ({ filter, strides, pad, dimRoundingMode }: Geometry) => ({
  filterSize: filter,
  strides,
  pad,
  dimRoundingMode,
});

/** Integers, so that windows have equal maxima. */
const ties = (geometry: Geometry): Operand => ({
  ...operand(imageShape(geometry), "int32", geometry.seed, { low: -2, high: 2 }),
  dtype: "float32",
});

const pooled = (geometry: Geometry) =>
  tf.backend_util.computePool2DInfo(
    imageShape(geometry),
    geometry.filter as [number, number],
    geometry.strides,
    1,
    geometry.pad as never,
    geometry.dimRoundingMode,
  ).outShape;

/**
 * The gradient of a linear map is its transpose: tfjs' forward pass of the unit images, applied to dy. All channels
 * behave alike, so the images have one.
 */
function transposedAverage(dy: tf.Tensor, input: tf.Tensor, average: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const [batch, channels] = [input.shape[0]!, input.shape.at(-1)!];
  const spatial = input.shape.slice(1, -1);
  const pixels = tf.util.sizeFromShape(spatial);
  const images = tf.reshape(tf.eye(pixels), [pixels, ...spatial, 1]);
  const matrix = tf.reshape(average(images), [pixels, -1]);
  // [pixels, outputs] by [batch, outputs, channels]
  const flat = tf.reshape(dy, [batch, -1, channels]);
  return tf.reshape(tf.matMul(tf.tile(tf.expandDims(matrix, 0), [batch, 1, 1]), flat), input.shape);
}

export const pooling: Specs = {
  MaxPool: {
    generated: [poolGeometry.map((g) => ({ inputs: { x: imageOf(g) }, attrs: poolAttributes(g) }))],
    runs: 50,
  },
  AvgPool: {
    generated: [poolGeometry.map((g) => ({ inputs: { x: imageOf(g) }, attrs: poolAttributes(g) }))],
    runs: 50,
  },
  MaxPoolGrad: {
    generated: [
      poolGeometry.map((g) => ({
        inputs: {
          dy: operand(pooled(g), "float32", g.seed + 1),
          input: ties(g),
          output: operand(pooled(g), "float32", g.seed),
        },
        attrs: poolAttributes(g),
      })),
    ],
    runs: 50,
  },
  AvgPoolGrad: {
    generated: [
      poolGeometry.map((g) => ({
        inputs: { dy: operand(pooled(g), "float32", g.seed + 1), input: imageOf(g) },
        // tfjs' gradient passes no rounding mode.
        attrs: { ...poolAttributes(g), dimRoundingMode: undefined },
        reference: ({ dy, input }) =>
          transposedAverage(dy!, input!, (x) =>
            tf.avgPool(x as tf.Tensor4D, g.filter as [number, number], g.strides, g.pad as never, g.dimRoundingMode),
          ),
      })),
    ],
    runs: 50,
  },
  MaxPoolWithArgmax: {
    generated: [
      poolGeometry
        // With numeric padding tfjs computes the width from the filter's height; where that leaves out columns, it is refused.
        .filter((g) => g.dimRoundingMode === undefined && typeof g.pad !== "number")
        .map((g) => ({
          inputs: { x: ties(g) },
          attrs: { ...poolAttributes(g), includeBatchInIndex: g.seed % 2 === 0 },
        })),
    ],
    runs: 40,
  },
  ...Object.fromEntries(
    ["MaxPool3D", "AvgPool3D"].map((kernel) => [
      kernel,
      {
        generated: [
          volumes.map((v) => ({
            inputs: { x: volumeOf(v) },
            attrs: { filterSize: v.filter, strides: v.strides, pad: v.pad, dataFormat: "NDHWC" },
          })),
        ],
      },
    ]),
  ),
  MaxPool3DGrad: {
    generated: [
      // The cpu backend takes the wrong element where a window's height is not its width.
      volumes
        .map((v): Volume => ({ ...v, filter: [v.filter[0], v.filter[1], v.filter[1]] }))
        .map((v) => {
          const shape = volumeInfo({ ...v, out: v.channels }).outShape;
          return {
            inputs: {
              dy: operand(shape, "float32", v.seed + 1),
              input: volumeOf(v),
              output: operand(shape, "float32", v.seed + 2),
            },
            attrs: { filterSize: v.filter, strides: v.strides, pad: v.pad },
          };
        }),
    ],
  },
  AvgPool3DGrad: {
    generated: [
      volumes.map((v) => ({
        inputs: {
          dy: operand(volumeInfo({ ...v, out: v.channels }).outShape, "float32", v.seed + 1),
          input: volumeOf(v),
        },
        attrs: { filterSize: v.filter, strides: v.strides, pad: v.pad },
        reference: ({ dy, input }) =>
          transposedAverage(dy!, input!, (x) => tf.avgPool3d(x as tf.Tensor5D, v.filter, v.strides, v.pad as never)),
      })),
    ],
  },
};
