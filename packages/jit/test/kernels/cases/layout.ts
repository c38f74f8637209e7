import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { broadcastPairs, operand, operands, seeds, shapes } from "../arbitraries.js";
import { small } from "../geometries.js";
import type { Case, DType, Operand } from "../parity.js";
import type { Spec, Specs } from "../spec.js";
import { EDGES } from "../values.js";

const ALL = ["float32", "int32", "bool"] as const;

/** Generated operands of every type; `attrs` may depend on the operand. */
function moves(
  attrs: (x: Operand) => fc.Arbitrary<Record<string, unknown>>,
  { name = "x", minRank = 0, maxRank = 6, dtypes = ALL as readonly DType[], cases = [] as readonly Case[] } = {},
): Spec {
  return {
    cases,
    generated: dtypes.map((dtype) =>
      operands(dtype, {}, minRank, maxRank).chain((x) =>
        attrs(x).map((a): Case => ({ inputs: { [name]: x }, attrs: a })),
      ),
    ),
  };
}

const none = () => fc.constant({});
const axisOf = (x: Operand) => fc.integer({ min: -x.shape.length, max: x.shape.length - 1 });

/** Lists of operands that agree in shape except along one axis. */
function lists(attrsName: "Concat" | "Pack"): Spec {
  return {
    cases: [
      {
        inputs: [operand([2, 0], "float32", 1), operand([2, 3], "float32", 2)],
        attrs: { axis: attrsName === "Pack" ? 0 : 1 },
      },
    ].slice(attrsName === "Pack" ? 1 : 0),
    generated: ALL.map((dtype) =>
      fc.tuple(shapes(attrsName === "Pack" ? 0 : 1, 5, 4), fc.integer({ min: 1, max: 4 })).chain(([shape, count]) => {
        const top = attrsName === "Pack" ? shape.length : shape.length - 1;
        return fc
          .tuple(
            fc.integer({ min: 0, max: top }),
            fc.array(fc.integer({ min: 1, max: 3 }), { minLength: count, maxLength: count }),
          )
          .map(
            ([axis, sizes]): Case => ({
              inputs: sizes.map((size, i) => {
                const own = attrsName === "Pack" ? shape : shape.map((side, j) => (j === axis ? size : side));
                return operand(own, dtype, i + 1);
              }),
              attrs: { axis },
            }),
          );
      }),
    ),
  };
}

const split = moves(
  (x) =>
    fc.integer({ min: 0, max: x.shape.length - 1 }).chain((axis) => {
      const size = x.shape[axis] as number;
      const first = fc.integer({ min: 1, max: size });
      return fc.oneof(
        fc.constant({ numOrSizeSplits: size, axis }),
        fc.constant({ numOrSizeSplits: 1, axis }),
        first.map((n) => ({ numOrSizeSplits: n === size ? [size] : [n, size - n], axis })),
        first.map((n) => ({ numOrSizeSplits: n === size ? [size] : [n, -1], axis: axis - x.shape.length })),
      );
    }),
  { minRank: 1 },
);

const ranges = (x: Operand) =>
  fc.tuple(
    ...x.shape.map((side) =>
      fc
        .integer({ min: 0, max: side - 1 })
        .chain((begin) =>
          fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: side - begin })).map((size) => ({ begin, size })),
        ),
    ),
  );

const stridedAttributes = (x: Operand) => {
  const rank = x.shape.length;
  const bits = fc.integer({ min: 0, max: 2 ** rank - 1 });
  const each = (arbitrary: fc.Arbitrary<number>) => fc.array(arbitrary, { minLength: rank, maxLength: rank });
  return fc
    .record({
      begin: each(fc.integer({ min: -6, max: 6 })),
      end: each(fc.integer({ min: -6, max: 6 })),
      strides: each(fc.constantFrom(1, 1, 2, 3, -1, -2)),
      beginMask: bits,
      endMask: bits,
      ellipsisMask: fc.constant(0),
      newAxisMask: fc.constant(0),
      shrinkAxisMask: fc.constant(0),
    })
    .map((attrs) => attrs as Record<string, unknown>);
};

const stridedCases: Case[] = [
  { ellipsisMask: 2, begin: [1, 0, 1], end: [2, 0, 3], strides: [1, 1, 2] },
  { newAxisMask: 2, begin: [0, 0, 1], end: [2, 0, 3], strides: [1, 1, 1] },
  { shrinkAxisMask: 1, begin: [1, 0], end: [2, 2], strides: [1, 1] },
  { shrinkAxisMask: 5, begin: [-1, 0, -2], end: [0, 3, 0], strides: [1, 2, 1] },
].map(
  (attrs): Case => ({
    inputs: { x: operand([2, 3, 4], "float32", 4) },
    attrs: { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, ...attrs },
    // The cpu backend throws for the last one.
    ...(attrs.shrinkAxisMask === 5
      ? { reference: ({ x }) => tf.gather(tf.reshape(tf.slice(x as tf.Tensor, [1, 0, 2], [1, 3, 1]), [3]), [0, 2]) }
      : {}),
  }),
);

const paddings = (x: Operand, limit: (side: number) => number) =>
  fc.tuple(
    ...x.shape.map((side) => {
      const size = fc.integer({ min: 0, max: Math.min(limit(side), 2) });
      return fc.tuple(size, size);
    }),
  );

const mirror = (mode: "reflect" | "symmetric") =>
  moves((x) => paddings(x, (side) => (mode === "reflect" ? side - 1 : side)).map((p) => ({ paddings: p, mode })), {
    minRank: 1,
    maxRank: 4,
  });

/** Spatial axes of `places` blocks each, of which `before` and `after` elements are padding (or cropped). */
const blocked = fc.array(
  fc.tuple(small, small, fc.nat(), fc.nat()).map(([places, block, first, second]) => {
    const before = first % (places * block);
    const after = second % (places * block - before);
    return { places, block, before, after, size: places * block - before - after };
  }),
  { minLength: 1, maxLength: 3 },
);

export const layout: Specs = {
  Identity: moves(none),
  Cast: moves(() => fc.constantFrom(...ALL).map((dtype) => ({ dtype })), {
    cases: ALL.map((dtype) => ({
      inputs: { x: operand([EDGES.length], "float32", 1, { low: -1000, high: 1000 }) },
      attrs: { dtype },
    })).concat([
      {
        inputs: { x: { shape: [7], dtype: "float32", values: [0.5, -0.5, -0, 1e-30, Number.NaN, 1.9, -1.9] } },
        attrs: { dtype: "bool" },
      },
      {
        inputs: { x: { shape: [5], dtype: "float32", values: [0.5, -0.5, 1.9, -1.9, 16777216] } },
        attrs: { dtype: "int32" },
      },
    ]),
  }),
  Reshape: moves((x) =>
    fc.constantFrom([x.values.length], [-1], [1, x.values.length, 1], x.shape).map((shape) => ({ shape })),
  ),
  ExpandDims: moves((x) => fc.integer({ min: -x.shape.length - 1, max: x.shape.length }).map((dim) => ({ dim })), {
    name: "input",
    maxRank: 5,
  }),
  Transpose: moves((x) => {
    const axes = x.shape.map((_, i) => i);
    return fc.shuffledSubarray(axes, { minLength: axes.length, maxLength: axes.length }).map((perm) => ({ perm }));
  }),
  Tile: moves(
    (x) =>
      fc
        .array(fc.integer({ min: 1, max: 3 }), { minLength: x.shape.length, maxLength: x.shape.length })
        .map((reps) => ({ reps })),
    { maxRank: 5 },
  ),
  BroadcastTo: {
    generated: ALL.map((dtype) =>
      fc.tuple(broadcastPairs, seeds).map(([pair, seed]): Case => {
        const [from, shape] = pair.toSorted(
          (a, b) => tf.util.sizeFromShape(a) - tf.util.sizeFromShape(b) || a.length - b.length,
        ) as [number[], number[]];
        return {
          inputs: { x: operand(from, dtype, seed) },
          attrs: { shape, inputShape: from },
          reference: ({ x }) => tf.broadcastTo(x as tf.Tensor, shape),
        };
      }),
    ),
  },
  Concat: lists("Concat"),
  Pack: lists("Pack"),
  Unpack: moves((x) => axisOf(x).map((axis) => ({ axis })), { name: "value", minRank: 1 }),
  SplitV: split,
  Reverse: moves((x) => fc.subarray(x.shape.map((_, i) => i)).map((dims) => ({ dims }))),
  FlipLeftRight: moves(none, { name: "image", minRank: 4, maxRank: 4, dtypes: ["float32"] }),
  DepthToSpace: {
    cases: [
      {
        inputs: { x: operand([2, 8, 2, 3], "float32", 1) },
        attrs: { blockSize: 2, dataFormat: "NCHW" },
        reference: ({ x }) => {
          const image = tf.depthToSpace(tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]), 2, "NHWC");
          return tf.transpose(image, [0, 3, 1, 2]);
        },
      },
    ],
    generated: ALL.map((dtype) =>
      fc.tuple(small, small, small, small, fc.integer({ min: 2, max: 3 }), seeds).map(
        ([batch, height, width, depth, blockSize, seed]): Case => ({
          inputs: { x: operand([batch, height, width, depth * blockSize ** 2], dtype, seed) },
          attrs: { blockSize, dataFormat: "NHWC" },
        }),
      ),
    ),
    runs: 6,
  },
  SpaceToBatchND: {
    generated: ALL.map((dtype) =>
      fc.tuple(small, small, seeds, blocked).map(
        ([batch, channels, seed, axes]): Case => ({
          inputs: { x: operand([batch, ...axes.map(({ size }) => size), channels], dtype, seed) },
          attrs: {
            blockShape: axes.map(({ block }) => block),
            paddings: axes.map(({ before, after }) => [before, after]),
          },
        }),
      ),
    ),
    runs: 8,
  },
  BatchToSpaceND: {
    generated: ALL.map((dtype) =>
      fc.tuple(small, small, seeds, blocked).map(([batch, channels, seed, axes]): Case => {
        const blocks = axes.reduce((product, { block }) => product * block, 1);
        return {
          inputs: { x: operand([batch * blocks, ...axes.map(({ places }) => places), channels], dtype, seed) },
          attrs: {
            blockShape: axes.map(({ block }) => block),
            crops: axes.map(({ before, after }) => [before, after]),
          },
        };
      }),
    ),
    runs: 8,
  },
  Slice: moves((x) => ranges(x).map((all) => ({ begin: all.map((r) => r.begin), size: all.map((r) => r.size) })), {
    minRank: 1,
  }),
  StridedSlice: moves(stridedAttributes, { minRank: 1, maxRank: 4, cases: stridedCases }),
  PadV2: moves(
    (x) =>
      fc
        .tuple(
          paddings(x, () => 2),
          fc.constantFrom(0, 1),
        )
        .map(([p, constantValue]) => ({ paddings: p, constantValue })),
    {
      maxRank: 4,
      cases: [
        {
          inputs: { x: operand([2, 2], "float32", 1) },
          attrs: {
            paddings: [
              [1, 0],
              [0, 2],
            ],
            constantValue: Number.NEGATIVE_INFINITY,
          },
        },
      ],
    },
  ),
  MirrorPad: { generated: [...(mirror("reflect").generated ?? []), ...(mirror("symmetric").generated ?? [])] },
  RotateWithOffset: {
    generated: [
      fc
        .record({
          sides: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })),
          channels: fc.constantFrom(1, 3, 4),
          radians: fc.double({ min: -4, max: 4, noNaN: true }),
          fillValue: fc.constantFrom<number | number[]>(0.5, [1, 2, 3]),
          center: fc.constantFrom<number | number[]>(0.5, [0.2, 0.7]),
          seed: seeds,
        })
        .map(
          ({ sides, channels, seed, fillValue, ...attrs }): Case => ({
            inputs: { image: operand([2, ...sides, channels], "float32", seed) },
            attrs: { ...attrs, fillValue: channels === 1 ? 0.5 : fillValue },
          }),
        ),
    ],
    runs: 30,
  },
};
