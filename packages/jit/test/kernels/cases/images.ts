import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, seeds } from "../arbitraries.js";
import type { Case, DType, Operand } from "../parity.js";
import type { Specs } from "../spec.js";

const side = fc.integer({ min: 1, max: 7 });

const resizes = (dtype: DType, isGradient: boolean) =>
  fc
    .record({
      from: fc.tuple(side, side),
      to: fc.tuple(side, side),
      alignCorners: fc.boolean(),
      half: fc.boolean(),
      seed: seeds,
    })
    .map(({ from, to, alignCorners: aligned, half, seed }): Case => {
      // tfjs never returns from the gradient of an aligned image with one row or column.
      const alignCorners = aligned && !(isGradient && from.includes(1));
      const images = operand([2, ...from, 2], dtype, seed, { low: 0, high: 9 });
      const halfPixelCenters = half && !alignCorners && !isGradient;
      return {
        inputs: isGradient ? { images, dy: operand([2, ...to, 2], "float32", seed + 1) } : { images },
        attrs: { alignCorners, halfPixelCenters, size: to },
      };
    });

/** The cpu backend computes the right numbers and then swaps height and width of the shape. */
const bilinearGradients = resizes("float32", true).map(
  (one): Case => ({
    ...one,
    reference: ({ images, dy }) => {
      const wrong = tf.engine().runKernel("ResizeBilinearGrad", { images, dy } as never, { ...one.attrs } as never);
      return tf.reshape(wrong as tf.Tensor, (images as tf.Tensor).shape);
    },
  }),
);

/**
 * The cpu backend reads the gradients of all images except the first at wrong positions, so images are computed one at
 * a time.
 */
const nearestGradients = resizes("float32", true).map(
  (one): Case => ({
    ...one,
    reference: ({ images, dy }) =>
      tf.concat(
        [0, 1].map((i) => {
          const inputs = { images: tf.slice(images as tf.Tensor, i, 1), dy: tf.slice(dy as tf.Tensor, i, 1) };
          return tf
            .engine()
            .runKernel("ResizeNearestNeighborGrad", inputs as never, { ...one.attrs } as never) as tf.Tensor;
        }),
      ),
  }),
);

const normalized = fc.tuple(side, side, fc.integer({ min: 1, max: 6 }), seeds);

const crops = (dtype: DType) =>
  fc
    .record({
      from: fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 6 })),
      cropSize: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      method: fc.constantFrom("bilinear", "nearest"),
      seed: seeds,
    })
    .map(
      ({ from, cropSize, method, seed }): Case => ({
        inputs: {
          image: operand([2, ...from, 3], dtype, seed),
          boxes: operand([4, 4], "float32", seed + 1, { low: -0.3, high: 1.3 }),
          boxInd: { shape: [4], dtype: "int32", values: [1, 0, 1, 2] },
        },
        attrs: { cropSize, method, extrapolationValue: 0.5 },
      }),
    );

const dilations = fc
  .record({
    sides: fc.tuple(fc.integer({ min: 4, max: 8 }), fc.integer({ min: 4, max: 8 })),
    filter: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pad: fc.constantFrom("same" as const, "valid" as const),
    seed: seeds,
  })
  .map(({ sides, filter, seed, ...attrs }) => {
    const shape: [number, number, number, number] = [2, ...sides, 3];
    const info = tf.backend_util.computeDilation2DInfo(
      shape,
      [...filter, 3],
      attrs.strides,
      attrs.pad,
      "NHWC",
      attrs.dilations,
    );
    return {
      attrs,
      outShape: info.outShape,
      inputs: { x: operand(shape, "float32", seed), filter: operand([...filter, 3], "float32", seed + 1) },
      dy: operand(info.outShape, "float32", seed + 2),
    };
  })
  .filter(({ outShape }) => outShape.every((size) => size > 0));

/** Integers, so that sums are exact. */
const whole = (x: Operand): Operand => ({ ...x, values: x.values.map(Math.round) });

const dilationGradients = dilations.map(
  ({ inputs: { x, filter }, attrs, dy }): Case => ({ inputs: { x: whole(x), filter: whole(filter), dy }, attrs }),
);

export const images: Specs = {
  CropAndResize: { generated: [crops("float32"), crops("int32")] },
  Dilation2D: { generated: [dilations.map(({ inputs, attrs }) => ({ inputs, attrs }))] },
  Dilation2DBackpropInput: { generated: [dilationGradients] },
  Dilation2DBackpropFilter: { generated: [dilationGradients] },
  ResizeBilinear: { generated: [resizes("float32", false), resizes("int32", false)] },
  ResizeNearestNeighbor: { generated: (["float32", "int32", "bool"] as const).map((dtype) => resizes(dtype, false)) },
  ResizeBilinearGrad: { generated: [bilinearGradients] },
  ResizeNearestNeighborGrad: { generated: [nearestGradients] },
  FusedBatchNorm: {
    generated: [
      normalized.map(([height, width, channels, seed]): Case => {
        const shape = seed % 3 === 0 ? [2, height, width, channels] : [channels];
        return {
          inputs: {
            x: operand([2, height, width, channels], "float32", seed),
            mean: operand(shape, "float32", seed + 1),
            variance: operand(shape, "float32", seed + 2, { low: 0.1, high: 3 }),
            ...(seed % 2 ? { scale: operand(shape, "float32", seed + 3) } : {}),
            ...(seed % 5 < 3 ? { offset: operand(shape, "float32", seed + 4) } : {}),
          },
          attrs: { varianceEpsilon: 0.001 },
        };
      }),
    ],
    runs: 40,
  },
  ...Object.fromEntries(
    ["LRN", "LRNGrad"].map((kernel) => [
      kernel,
      {
        generated: [
          normalized.map(([height, width, channels, seed]): Case => {
            const shape = [2, height, width, channels];
            const x = operand(shape, "float32", seed);
            const attrs = { depthRadius: 1 + (seed % 4), bias: 1 + (seed % 2), alpha: 0.5, beta: 0.75 };
            if (kernel === "LRN") return { inputs: { x }, attrs };
            const [y, dy] = [operand(shape, "float32", seed + 1), operand(shape, "float32", seed + 2)];
            return { inputs: { x, y, dy }, attrs };
          }),
        ],
      },
    ]),
  ),
};
