import type { Graph, Node, Value } from "../ir/graph.js";
import { type Axis, type Geometry, geometryOf, isFilterGradient, swappedBoth } from "./convolution-geometry.js";
import { gatherPatches, inPatchOrder, inTapOrder, patchesOf } from "./convolution-patches.js";
import { float, gather, reshape, transpose, withZeroRow } from "./layout-nodes.js";
import { type Rewriting, rewrite } from "./rewriter.js";

/**
 * Rewrites each convolution as one matrix product. onnxruntime multiplies image by image, which gives small products,
 * and for the gradient of a filter products with a dozen columns. Here the windows of all images are gathered to the
 * rows of one matrix, which the forward convolution and the filter's gradient share. A transposed convolution
 * multiplies first, then gathers and adds its overlapping windows. If its stride divides the filter, it instead first
 * gathers the few inputs on which all outputs of one stride depend, and computes these outputs in one product
 * (sub-pixel convolution); without a stride it is a forward convolution. Images keep tfjs' channels-last layout, so the Transposes around the node cancel.
 */
export function convolutions(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    const geometry = geometryOf(node);
    if (!geometry) return undefined;
    if (node.opType === "Conv") {
      return [
        isFilterGradient(geometry) ? filterGradient(node, geometry, rewriting) : forward(node, geometry, rewriting),
      ];
    }
    if (isWorthWindows(node, geometry)) return [byWindows(node, geometry, rewriting)];
    return [isWorthPhases(geometry) ? byPhases(node, geometry, rewriting) : transposed(node, geometry, rewriting)];
  });
}

function forward(node: Node, geometry: Geometry, rewriting: Rewriting): Value {
  const [x, weights, bias] = node.inputs as [Value, Value, Value?];
  const output = node.outputs[0]!;
  const outChannels = weights.shape[0]!;
  const patches = patchesOf(transpose(x, [0, 2, 3, 1], rewriting), geometry, rewriting);
  const taps = inPatchOrder(transpose(weights, [2, 3, 1, 0], rewriting), geometry, rewriting);
  const filter = reshape(taps, [patches.shape[1]!, outChannels], rewriting);
  const product = rewriting.op(
    "Gemm",
    [patches, filter, ...(bias ? [bias] : [])],
    {},
    float([patches.shape[0]!, outChannels]),
  );
  const [batch, , height, width] = output.shape as [number, number, number, number];
  return transpose(reshape(product, [batch, height, width, outChannels], rewriting), [0, 3, 1, 2], rewriting);
}

function filterGradient(node: Node, convolution: Geometry, rewriting: Rewriting): Value {
  const [x, dy, bias] = node.inputs as [Value, Value, Value?];
  const geometry = swappedBoth(convolution);
  // The node's channels are the images, and its images are the channels.
  const inChannels = x.shape[0]!;
  const outChannels = dy.shape[0]!;
  const patches = patchesOf(transpose(x, [1, 2, 3, 0], rewriting), geometry, rewriting);
  const slopes = reshape(transpose(dy, [1, 2, 3, 0], rewriting), [patches.shape[0]!, outChannels], rewriting);
  const product = rewriting.op(
    "Gemm",
    [patches, slopes, ...(bias ? [bias] : [])],
    { transA: { int: 1 } },
    float([patches.shape[1]!, outChannels]),
  );
  const taps = inTapOrder(product, inChannels, outChannels, geometry, rewriting);
  return transpose(taps, [2, 3, 0, 1], rewriting);
}

function transposed(node: Node, geometry: Geometry, rewriting: Rewriting): Value {
  const [x, weights, bias] = node.inputs as [Value, Value, Value?];
  const [batch, inChannels] = x.shape as [number, number];
  const outChannels = weights.shape[1]!;
  const [rows, columns] = geometry;
  const taps = rows.taps * columns.taps;
  const positions = rows.positions * columns.positions;
  const contributions = contributionsOf(geometry);
  const images = reshape(transpose(x, [0, 2, 3, 1], rewriting), [batch, positions, inChannels], rewriting);
  const padded = contributions.flat().some((index) => index < 0) ? withZeroRow(images, rewriting) : images;
  const height = padded.shape[1]!;
  const filter = reshape(transpose(weights, [2, 3, 1, 0], rewriting), [taps * outChannels, inChannels], rewriting);
  const product = rewriting.op(
    "Gemm",
    [reshape(padded, [batch * height, inChannels], rewriting), filter],
    { transB: { int: 1 } },
    float([batch * height, taps * outChannels]),
  );
  const windows = reshape(product, [batch, height * taps, outChannels], rewriting);
  const zero = positions * taps;
  const terms = contributions.map((indices) =>
    gather(
      windows,
      indices.map((index) => (index < 0 ? zero : index)),
      rewriting,
    ),
  );
  const type = terms[0]!;
  const sum = terms.length === 1 ? type : rewriting.op("Sum", terms, {}, type);
  const biased = bias ? rewriting.op("Add", [sum, bias], {}, type) : sum;
  return transpose(reshape(biased, [batch, rows.size, columns.size, outChannels], rewriting), [0, 3, 1, 2], rewriting);
}

/**
 * Whether to gather windows of a transposed convolution without a stride. Sums of overlapping windows move as many
 * elements per output channel as this moves per input channel, and move them three times.
 */
function isWorthWindows({ inputs: [, weights] }: Node, geometry: Geometry): boolean {
  const [inChannels, outChannels] = weights!.shape as [number, number];
  return inChannels <= outChannels && geometry.every(({ step, taps }) => step === 1 && taps > 1);
}

/** Without a stride, a transposed convolution is a forward one that reads its windows backwards. */
function byWindows(node: Node, geometry: Geometry, rewriting: Rewriting): Value {
  const [x, weights, bias] = node.inputs as [Value, Value, Value?];
  const [batch, inChannels] = x.shape as [number, number];
  const outChannels = weights.shape[1]!;
  const [rows, columns] = geometry.map(
    ({ size, positions, taps, spacing, before }): Axis => ({
      size: positions,
      positions: size,
      taps,
      step: 1,
      spacing: -spacing,
      before: -before,
    }),
  ) as [Axis, Axis];
  const patches = gatherPatches(transpose(x, [0, 2, 3, 1], rewriting), [rows, columns], rewriting);
  const filter = reshape(
    transpose(weights, [2, 3, 0, 1], rewriting),
    [rows.taps * columns.taps * inChannels, outChannels],
    rewriting,
  );
  const inputs = [patches, filter, ...(bias ? [bias] : [])];
  const product = rewriting.op("Gemm", inputs, {}, float([patches.shape[0]!, outChannels]));
  const images = reshape(product, [batch, rows.positions, columns.positions, outChannels], rewriting);
  return transpose(images, [0, 3, 1, 2], rewriting);
}

/** Taps and outputs along one axis as multiples of the stride: output `o` is phase `p` of place `m`, `o = m * step + p - before`. */
function phasesOf({ positions, taps, step, size, before }: Axis) {
  const reach = taps / step;
  const places = positions + reach - 1;
  return { reach, places, areAllOutputs: Math.floor((size - 1 + before) / step) < places };
}

/**
 * Whether to compute outputs at the borders and discard them: only if they are fewer than a third. Otherwise the sums
 * of windows, whose size is their overlap times the image, would cost less.
 */
function isWorthPhases(geometry: Geometry): boolean {
  const waste = geometry.map((axis) => phasesOf(axis).places / axis.positions).reduce((a, b) => a * b);
  return (
    waste < 1.34 &&
    geometry.every(
      (axis) => axis.spacing === 1 && axis.step > 1 && axis.taps % axis.step === 0 && phasesOf(axis).areAllOutputs,
    )
  );
}

function byPhases(node: Node, geometry: Geometry, rewriting: Rewriting): Value {
  const [x, weights, bias] = node.inputs as [Value, Value, Value?];
  const [batch, inChannels] = x.shape as [number, number];
  const outChannels = weights.shape[1]!;
  const [rows, columns] = geometry;
  const [down, across] = [phasesOf(rows), phasesOf(columns)];
  // At place m, tap a * step + p meets position m - a: the positions are read backwards.
  const windows: Geometry = [
    { ...rows, size: rows.positions, positions: down.places, taps: down.reach, step: 1, spacing: -1, before: 0 },
    {
      ...columns,
      size: columns.positions,
      positions: across.places,
      taps: across.reach,
      step: 1,
      spacing: -1,
      before: 0,
    },
  ];
  const patches = gatherPatches(transpose(x, [0, 2, 3, 1], rewriting), windows, rewriting);
  const taps = [down.reach, rows.step, across.reach, columns.step, outChannels, inChannels];
  const split = reshape(transpose(weights, [2, 3, 1, 0], rewriting), taps, rewriting);
  const phases = rows.step * columns.step;
  const filter = reshape(
    transpose(split, [0, 2, 5, 1, 3, 4], rewriting),
    [patches.shape[1]!, phases * outChannels],
    rewriting,
  );
  const product = rewriting.op("Gemm", [patches, filter], {}, float([patches.shape[0]!, phases * outChannels]));
  const indices: number[] = [];
  for (let y = 0; y < rows.size; y++) {
    for (let z = 0; z < columns.size; z++) {
      const [row, column] = [y + rows.before, z + columns.before];
      const place = Math.floor(row / rows.step) * across.places + Math.floor(column / columns.step);
      indices.push(place * phases + (row % rows.step) * columns.step + (column % columns.step));
    }
  }
  const outputs = reshape(product, [batch, down.places * across.places * phases, outChannels], rewriting);
  const image = gather(outputs, indices, rewriting);
  const biased = bias ? rewriting.op("Add", [image, bias], {}, image) : image;
  return transpose(reshape(biased, [batch, rows.size, columns.size, outChannels], rewriting), [0, 3, 1, 2], rewriting);
}

/**
 * For each element of the image, in row-major order, the products that it is the sum of, as `position * taps + tap`.
 * List i has the i-th product of each element, or -1 if there are fewer.
 */
function contributionsOf([rows, columns]: Geometry): number[][] {
  const meetings = (axis: Axis) =>
    Array.from({ length: axis.size }, (_, element) =>
      Array.from({ length: axis.taps }, (_, tap) => ({ tap, offset: element + axis.before - tap * axis.spacing }))
        .filter(({ offset }) => offset >= 0 && offset % axis.step === 0 && offset / axis.step < axis.positions)
        .map(({ tap, offset }) => ({ tap, position: offset / axis.step })),
    );
  const rowMeetings = meetings(rows);
  const columnMeetings = meetings(columns);
  const products = rowMeetings.flatMap((inRow) =>
    columnMeetings.map((inColumn) =>
      inRow.flatMap((y) =>
        inColumn.map(
          (z) =>
            (y.position * columns.positions + z.position) * rows.taps * columns.taps + y.tap * columns.taps + z.tap,
        ),
      ),
    ),
  );
  const most = Math.max(1, ...products.map(({ length }) => length));
  return Array.from({ length: most }, (_, i) => products.map((list) => list[i] ?? -1));
}
