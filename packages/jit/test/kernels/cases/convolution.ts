import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, seeds } from "../arbitraries.js";
import type { Case, Operand } from "../parity.js";
import type { Specs } from "../spec.js";

/** Geometries of images and filters: all paddings, strides, dilations, layouts; sizes that do and do not divide. */
interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly filter: readonly [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: "same" | "valid" | number | [number, number][];
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "ceil" | "round";
  readonly batch: number;
  readonly channels: number;
  readonly out: number;
  readonly seed: number;
}

const small = fc.integer({ min: 1, max: 3 });

function geometries({ dilated, layouts }: { dilated: boolean; layouts: boolean }) {
  const explicit = fc.tuple(small, fc.integer({ min: 0, max: 2 }), small, fc.integer({ min: 0, max: 2 }));
  return fc
    .record({
      height: fc.integer({ min: 5, max: 9 }),
      width: fc.integer({ min: 5, max: 9 }),
      filter: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      strides: fc.tuple(small, small),
      dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      padding: fc.oneof(fc.constantFrom("same", "valid"), fc.integer({ min: 0, max: 2 }), explicit),
      dataFormat: layouts ? fc.constantFrom("NHWC" as const, "NCHW" as const) : fc.constant("NHWC" as const),
      dimRoundingMode: fc.constantFrom(undefined, "floor" as const, "ceil" as const, "round" as const),
      batch: fc.integer({ min: 1, max: 3 }),
      channels: small,
      out: small,
      seed: seeds,
    })
    .map(({ padding, dilations, dataFormat, strides, filter, dimRoundingMode, ...rest }): Geometry => {
      const isDilated = dilated && strides.every((stride) => stride === 1);
      const spatial: [number, number][] = Array.isArray(padding)
        ? [
            [padding[0], padding[1]],
            [padding[2], padding[3]],
          ]
        : [];
      const around: [number, number][] =
        dataFormat === "NHWC" ? [[0, 0], ...spatial, [0, 0]] : [[0, 0], [0, 0], ...spatial];
      const usesNumber = typeof padding === "number";
      return {
        ...rest,
        filter,
        strides,
        dilations: isDilated ? dilations : [1, 1],
        pad: (Array.isArray(padding) ? around : padding) as Geometry["pad"],
        dataFormat,
        // tfjs allows rounding modes with integer padding only.
        ...(dimRoundingMode && (usesNumber || Array.isArray(padding)) ? { dimRoundingMode } : {}),
      };
    })
    .filter((geometry) => outputShape(geometry).every((size) => size > 0));
}

function attributesOf({ strides, dilations, pad, dataFormat, dimRoundingMode }: Geometry) {
  return { strides, dilations, pad, dataFormat, dimRoundingMode };
}

function imageShape({ batch, channels, height, width, dataFormat }: Geometry): [number, number, number, number] {
  return dataFormat === "NHWC" ? [batch, height, width, channels] : [batch, channels, height, width];
}

function outputShape(geometry: Geometry, isDepthwise = false): [number, number, number, number] {
  const { filter, channels, out, strides, dilations, pad, dimRoundingMode, dataFormat } = geometry;
  return tf.backend_util.computeConv2DInfo(
    imageShape(geometry),
    [...filter, channels, out],
    strides,
    dilations,
    pad as never,
    dimRoundingMode,
    isDepthwise,
    dataFormat === "NHWC" ? "channelsLast" : "channelsFirst",
  ).outShape;
}

function filterOf({ filter, channels, out, seed }: Geometry): Operand {
  return operand([...filter, channels, out], "float32", seed + 1);
}

const imageOf = (geometry: Geometry) => operand(imageShape(geometry), "float32", geometry.seed);
const gradientOf = (geometry: Geometry, isDepthwise = false) =>
  operand(outputShape(geometry, isDepthwise), "float32", geometry.seed + 2);

const ACTIVATIONS = [undefined, "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"];

function fused(geometry: Geometry, isDepthwise: boolean): Case {
  const { seed, channels, out } = geometry;
  const activation = ACTIVATIONS[seed % ACTIVATIONS.length];
  const outChannels = isDepthwise ? channels * out : out;
  return {
    inputs: {
      x: imageOf(geometry),
      filter: filterOf(geometry),
      ...(seed % 3 === 0 ? {} : { bias: operand(seed % 3 === 1 ? [outChannels] : [1], "float32", seed + 3) }),
      ...(activation === "prelu" ? { preluActivationWeights: operand([outChannels], "float32", seed + 4) } : {}),
    },
    attrs: { ...attributesOf(geometry), activation, leakyreluAlpha: 0.2 },
  };
}

const anyGeometry = geometries({ dilated: true, layouts: true });
const undilated = geometries({ dilated: false, layouts: true });
const depthwise = geometries({ dilated: true, layouts: false });
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
  // Elsewhere a window holds nothing but padding, which is refused.
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

const volumes = fc.record({
  sides: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 5 })),
  filter: fc.tuple(small, small, small),
  strides: fc.tuple(small, small, small),
  pad: fc.constantFrom("same" as const, "valid" as const),
  channels: small,
  out: small,
  seed: seeds,
});

type Volume = typeof volumes extends fc.Arbitrary<infer T> ? T : never;

function volumeInfo({ sides, filter, strides, pad, channels, out }: Volume) {
  return tf.backend_util.computeConv3DInfo([2, ...sides, channels], [...filter, channels, out], strides, 1, pad);
}

const volumeOf = ({ sides, channels, seed }: Volume) => operand([2, ...sides, channels], "float32", seed);
const volumeAttributes = ({ strides, pad }: Volume) => ({ strides, pad, dataFormat: "NDHWC", dilations: [1, 1, 1] });

export const convolution: Specs = {
  Conv2D: {
    generated: [anyGeometry.map((g) => ({ inputs: { x: imageOf(g), filter: filterOf(g) }, attrs: attributesOf(g) }))],
    runs: 60,
  },
  Conv2DBackpropInput: {
    generated: [
      undilated.map((g) => ({
        inputs: { dy: gradientOf(g), filter: filterOf(g) },
        attrs: { ...attributesOf(g), inputShape: imageShape(g) },
      })),
    ],
    runs: 60,
  },
  Conv2DBackpropFilter: {
    generated: [
      undilated.map((g) => ({
        inputs: { x: imageOf(g), dy: gradientOf(g) },
        attrs: { ...attributesOf(g), filterShape: filterOf(g).shape },
      })),
    ],
    runs: 60,
  },
  FusedConv2D: { generated: [anyGeometry.map((g) => fused(g, false))], runs: 60 },
  DepthwiseConv2dNative: {
    generated: [depthwise.map((g) => ({ inputs: { x: imageOf(g), filter: filterOf(g) }, attrs: attributesOf(g) }))],
    runs: 40,
  },
  DepthwiseConv2dNativeBackpropInput: {
    generated: [
      geometries({ dilated: false, layouts: false }).map((g) => ({
        inputs: { dy: gradientOf(g, true), filter: filterOf(g) },
        attrs: { ...attributesOf(g), inputShape: imageShape(g) },
      })),
    ],
    runs: 40,
  },
  DepthwiseConv2dNativeBackpropFilter: {
    generated: [
      geometries({ dilated: false, layouts: false }).map((g) => ({
        inputs: { x: imageOf(g), dy: gradientOf(g, true) },
        attrs: { ...attributesOf(g), filterShape: filterOf(g).shape },
      })),
    ],
    runs: 40,
  },
  FusedDepthwiseConv2D: { generated: [depthwise.map((g) => fused(g, true))], runs: 40 },
  Conv3D: {
    generated: [
      volumes.map((v) => ({
        inputs: { x: volumeOf(v), filter: operand([...v.filter, v.channels, v.out], "float32", v.seed + 1) },
        attrs: volumeAttributes(v),
      })),
    ],
  },
  Conv3DBackpropInputV2: {
    generated: [
      volumes.map((v) => ({
        inputs: {
          dy: operand(volumeInfo(v).outShape, "float32", v.seed),
          filter: operand([...v.filter, v.channels, v.out], "float32", v.seed + 1),
        },
        attrs: { ...volumeAttributes(v), inputShape: volumeOf(v).shape },
      })),
    ],
  },
  Conv3DBackpropFilterV2: {
    generated: [
      volumes.map((v) => ({
        inputs: { x: volumeOf(v), dy: operand(volumeInfo(v).outShape, "float32", v.seed) },
        attrs: { ...volumeAttributes(v), filterShape: [...v.filter, v.channels, v.out] },
      })),
    ],
  },
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
      poolGeometry
        .filter((g) => g.dimRoundingMode === undefined)
        .map((g) => ({
          inputs: { dy: operand(pooled(g), "float32", g.seed + 1), input: imageOf(g) },
          attrs: poolAttributes(g),
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
      })),
    ],
  },
};
