import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, seeds } from "./arbitraries.js";
import type { Operand } from "./parity.js";

/** Geometries of images and filters: all paddings, strides, dilations, layouts; sizes that do and do not divide. */
export interface Geometry {
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

export const small = fc.integer({ min: 1, max: 3 });

export function geometries({ dilated, layouts }: { dilated: boolean; layouts: boolean }) {
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

export function attributesOf({ strides, dilations, pad, dataFormat, dimRoundingMode }: Geometry) {
  return { strides, dilations, pad, dataFormat, dimRoundingMode };
}

export function imageShape({ batch, channels, height, width, dataFormat }: Geometry): [number, number, number, number] {
  return dataFormat === "NHWC" ? [batch, height, width, channels] : [batch, channels, height, width];
}

export function outputShape(geometry: Geometry, isDepthwise = false): [number, number, number, number] {
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

export function filterOf({ filter, channels, out, seed }: Geometry): Operand {
  return operand([...filter, channels, out], "float32", seed + 1);
}

export const imageOf = (geometry: Geometry) => operand(imageShape(geometry), "float32", geometry.seed);
export const gradientOf = (geometry: Geometry, isDepthwise = false) =>
  operand(outputShape(geometry, isDepthwise), "float32", geometry.seed + 2);

export const volumes = fc.record({
  sides: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 5 })),
  filter: fc.tuple(small, small, small),
  strides: fc.tuple(small, small, small),
  pad: fc.constantFrom("same" as const, "valid" as const),
  channels: small,
  out: small,
  seed: seeds,
});

export type Volume = typeof volumes extends fc.Arbitrary<infer T> ? T : never;

export function volumeInfo({ sides, filter, strides, pad, channels, out }: Volume) {
  return tf.backend_util.computeConv3DInfo([2, ...sides, channels], [...filter, channels, out], strides, 1, pad);
}

export const volumeOf = ({ sides, channels, seed }: Volume) => operand([2, ...sides, channels], "float32", seed);
export const volumeAttributes = ({ strides, pad }: Volume) => ({
  strides,
  pad,
  dataFormat: "NDHWC",
  dilations: [1, 1, 1],
});
