import { type Graph, type Node, sizeOf, type Value, type ValueType } from "../ir/graph.js";
import { type Rewriting, rewrite } from "./rewriter.js";

/**
 * Convolutions as one matrix product each. onnxruntime multiplies image by image: small products, and for the gradient of
 * a filter ones with a dozen columns. Here the windows of all images are gathered to the rows of one matrix (the
 * forward convolution and the filter's gradient share it). A transposed convolution multiplies first, and gathers and
 * adds its overlapping windows after; or, where its stride divides the filter, gathers first the few elements that all
 * outputs of one stride depend on, and multiplies them to all of these at once (sub-pixel convolution). Images keep their channels last, as tfjs has them, so that the Transposes
 * around the node cancel.
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
    return [isWorthPhases(geometry) ? byPhases(node, geometry, rewriting) : transposed(node, geometry, rewriting)];
  });
}

/** Gathering rows shorter than this takes longer than what it saves; a stride may make them longer ({@link inBlocks}). */
const MINIMUM_CHANNELS = 8;

/** Along each of the two axes of an image: position p and tap t meet at `p * step + t * spacing - before`. */
interface Axis {
  readonly size: number;
  readonly positions: number;
  readonly taps: number;
  readonly step: number;
  readonly spacing: number;
  readonly before: number;
}
type Geometry = readonly [Axis, Axis];

/** The windows of a 2D convolution over one group of channels that is worth rewriting. */
function geometryOf({ opType, domain, inputs, outputs, attributes }: Node): Geometry | undefined {
  if (domain || (opType !== "Conv" && opType !== "ConvTranspose")) return undefined;
  const [x, weights] = inputs as [Value, Value];
  const output = outputs[0]!;
  if (x.shape.length !== 4 || intOf(attributes.group) > 1 || x.elementType !== "float32") return undefined;
  const [rows, columns] = opType === "Conv" ? [x.shape[0]!, x.shape[1]!] : [x.shape[1]!, output.shape[1]!];
  const strides = intsOf(attributes.strides);
  const dilations = intsOf(attributes.dilations);
  const pads = intsOf(attributes.pads, 4, 0);
  const image = opType === "Conv" ? x : output;
  const windows = opType === "Conv" ? output : x;
  const axes = [0, 1].map(
    (axis): Axis => ({
      size: image.shape[axis + 2]!,
      positions: windows.shape[axis + 2]!,
      taps: weights.shape[axis + 2]!,
      step: strides[axis]!,
      spacing: dilations[axis]!,
      before: pads[axis]!,
    }),
  );
  const geometry = axes as unknown as Geometry;
  const isGradient = opType === "Conv" && isFilterGradient(geometry);
  const gathered = isGradient ? rows : columns;
  const outChannels = opType === "Conv" ? weights.shape[0]! : columns;
  const isWorth =
    gathered >= MINIMUM_CHANNELS ||
    (opType === "Conv" && outChannels >= MINIMUM_CHANNELS && isInBlocks(isGradient ? swappedBoth(geometry) : geometry));
  return isWorth && sizeOf(weights.shape) >= MINIMUM_CHANNELS ** 2 ? geometry : undefined;
}

function intsOf(attribute: unknown, length = 2, absent = 1): readonly number[] {
  return (attribute as { ints: readonly number[] } | undefined)?.ints ?? Array.from({ length }, () => absent);
}

function intOf(attribute: unknown): number {
  return (attribute as { int: number } | undefined)?.int ?? 1;
}

/**
 * The gradient of a filter is a convolution by all of dy, its taps a stride apart. Taken for one another, the two forms
 * compute the same, slower.
 */
function isFilterGradient([rows, columns]: Geometry): boolean {
  const spread = rows.spacing * columns.spacing - rows.step * columns.step;
  return spread === 0 ? rows.taps * columns.taps > rows.positions * columns.positions : spread > 0;
}

/** What convolving means for the gradient: the filter's taps are the positions of this convolution. */
function swapped(axis: Axis): Axis {
  return { ...axis, positions: axis.taps, taps: axis.positions, step: axis.spacing, spacing: axis.step };
}

function swappedBoth([rows, columns]: Geometry): Geometry {
  return [swapped(rows), swapped(columns)];
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
  // The node has channels where images are, and images where channels are.
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

/** Taps and outputs along one axis as multiples of the stride: output `o` is phase `p` of place `m`, `o = m * step + p - before`. */
function phasesOf({ positions, taps, step, size, before }: Axis) {
  const reach = taps / step;
  const places = positions + reach - 1;
  return { reach, places, areAllOutputs: Math.floor((size - 1 + before) / step) < places };
}

/**
 * Outputs at the borders are computed and thrown away: fewer than a third may be. Otherwise the sums of windows, as
 * large as their overlap times the image, cost more.
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
 * True where the rows to gather are short, and the stride divides the filter: then blocks of stride x stride elements, gathered as
 * one row each, make up every window.
 */
function isInBlocks(geometry: Geometry): boolean {
  return geometry.every(({ step, spacing, taps }) => step > 1 && spacing === 1 && taps % step === 0);
}

function usesBlocks(channels: number, geometry: Geometry): boolean {
  return channels < MINIMUM_CHANNELS && isInBlocks(geometry);
}

/** The windows of all images as rows of `taps * channels`, in the order that {@link inPatchOrder} gives a filter's taps. */
function patchesOf(x: Value, geometry: Geometry, rewriting: Rewriting): Value {
  return usesBlocks(x.shape[3]!, geometry) ? inBlocks(x, geometry, rewriting) : gatherPatches(x, geometry, rewriting);
}

function inBlocks(x: Value, [rows, columns]: Geometry, rewriting: Rewriting): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [down, across] = [rows, columns].map(({ positions, taps, step }) => positions + taps / step - 1) as [
    number,
    number,
  ];
  const after = [down * rows.step - height - rows.before, across * columns.step - width - columns.before];
  const pads = [0, rows.before, columns.before, 0, 0, after[0]!, after[1]!, 0];
  const padded = pads.some((size) => size !== 0)
    ? rewriting.op(
        "Pad",
        [x, rewriting.addConstant(BigInt64Array.from(pads, BigInt), { elementType: "int64", shape: [8] })],
        {},
        float([batch, down * rows.step, across * columns.step, channels]),
      )
    : x;
  const split = reshape(padded, [batch, down, rows.step, across, columns.step, channels], rewriting);
  const blocks = transpose(split, [0, 1, 3, 2, 4, 5], rewriting);
  const wide = reshape(blocks, [batch, down, across, rows.step * columns.step * channels], rewriting);
  const along = (axis: Axis, size: number): Axis => ({
    ...axis,
    size,
    taps: axis.taps / axis.step,
    step: 1,
    spacing: 1,
    before: 0,
  });
  return gatherPatches(wide, [along(rows, down), along(columns, across)], rewriting);
}

/** A filter `[taps, taps, in, out]` with its taps in the order of {@link patchesOf}. */
function inPatchOrder(filter: Value, geometry: Geometry, rewriting: Rewriting): Value {
  const [, , inChannels, outChannels] = filter.shape as [number, number, number, number];
  if (!usesBlocks(inChannels, geometry)) return filter;
  const [rows, columns] = geometry;
  const split = [rows.taps / rows.step, rows.step, columns.taps / columns.step, columns.step, inChannels, outChannels];
  return transpose(reshape(filter, split, rewriting), [0, 2, 1, 3, 4, 5], rewriting);
}

/** The inverse of {@link inPatchOrder} for a gradient `[taps * taps * in, out]`. */
function inTapOrder(
  gradient: Value,
  inChannels: number,
  outChannels: number,
  geometry: Geometry,
  rewriting: Rewriting,
): Value {
  const [rows, columns] = geometry;
  const shape = [rows.taps, columns.taps, inChannels, outChannels];
  if (!usesBlocks(inChannels, geometry)) return reshape(gradient, shape, rewriting);
  const split = [rows.taps / rows.step, columns.taps / columns.step, rows.step, columns.step, inChannels, outChannels];
  return reshape(transpose(reshape(gradient, split, rewriting), [0, 2, 1, 3, 4, 5], rewriting), shape, rewriting);
}

/** `[batch, height, width, channels]` to `[batch * positions, taps * channels]`; what lies outside an image is 0. */
function gatherPatches(x: Value, [rows, columns]: Geometry, rewriting: Rewriting): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const zero = height * width;
  const indices: number[] = [];
  for (let row = 0; row < rows.positions; row++) {
    for (let column = 0; column < columns.positions; column++) {
      for (let rowTap = 0; rowTap < rows.taps; rowTap++) {
        for (let columnTap = 0; columnTap < columns.taps; columnTap++) {
          const y = row * rows.step + rowTap * rows.spacing - rows.before;
          const z = column * columns.step + columnTap * columns.spacing - columns.before;
          indices.push(y >= 0 && y < height && z >= 0 && z < width ? y * width + z : zero);
        }
      }
    }
  }
  const images = reshape(x, [batch, height * width, channels], rewriting);
  const source = indices.includes(zero) ? withZeroRow(images, rewriting) : images;
  const patches = gather(source, indices, rewriting);
  const positions = rows.positions * columns.positions;
  return reshape(patches, [batch * positions, (indices.length / positions) * channels], rewriting);
}

/**
 * For each element of the image, in row-major order, the products that add up to it, as `position * taps + tap`: list i
 * holds the i-th of each element, -1 where there are fewer.
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

function float(shape: readonly number[]): ValueType {
  return { elementType: "float32", shape };
}

function transpose(x: Value, perm: readonly number[], rewriting: Rewriting): Value {
  return rewriting.op("Transpose", [x], { perm: { ints: perm } }, float(perm.map((axis) => x.shape[axis]!)));
}

function reshape(x: Value, shape: readonly number[], rewriting: Rewriting): Value {
  const target = rewriting.addConstant(BigInt64Array.from(shape, BigInt), {
    elementType: "int64",
    shape: [shape.length],
  });
  return rewriting.op("Reshape", [x, target], { allowzero: { int: 1 } }, float(shape));
}

/** Rows of the middle axis. */
function gather(x: Value, indices: readonly number[], rewriting: Rewriting): Value {
  const constant = rewriting.addConstant(Int32Array.from(indices), { elementType: "int32", shape: [indices.length] });
  return rewriting.op("Gather", [x, constant], { axis: { int: 1 } }, float([x.shape[0]!, indices.length, x.shape[2]!]));
}

/** `[batch, n, channels]` to `[batch, n + 1, channels]`. */
function withZeroRow(x: Value, rewriting: Rewriting): Value {
  const [batch, rows, channels] = x.shape as [number, number, number];
  const zeros = rewriting.addConstant(new Float32Array(batch * channels), float([batch, 1, channels]));
  return rewriting.op("Concat", [x, zeros], { axis: { int: 1 } }, float([batch, rows + 1, channels]));
}
