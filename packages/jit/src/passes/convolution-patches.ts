import type { Value } from "../ir/graph.js";
import { type Axis, type Geometry, isInBlocks, MINIMUM_CHANNELS } from "./convolution-geometry.js";
import { float, gather, ints, reshape, transpose, withZeroRow } from "./layout-nodes.js";
import type { Rewriting } from "./rewriter.js";

function usesBlocks(channels: number, geometry: Geometry): boolean {
  return channels < MINIMUM_CHANNELS && isInBlocks(geometry);
}

/** The windows of all images as rows of `taps * channels`, in the order that {@link inPatchOrder} gives a filter's taps. */
export function patchesOf(x: Value, geometry: Geometry, rewriting: Rewriting): Value {
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
        [x, ints(pads, rewriting)],
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
export function inPatchOrder(filter: Value, geometry: Geometry, rewriting: Rewriting): Value {
  const [, , inChannels, outChannels] = filter.shape as [number, number, number, number];
  if (!usesBlocks(inChannels, geometry)) return filter;
  const [rows, columns] = geometry;
  const split = [rows.taps / rows.step, rows.step, columns.taps / columns.step, columns.step, inChannels, outChannels];
  return transpose(reshape(filter, split, rewriting), [0, 2, 1, 3, 4, 5], rewriting);
}

/** The inverse of {@link inPatchOrder} for a gradient `[taps * taps * in, out]`. */
export function inTapOrder(
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

/** `[batch, height, width, channels]` to `[batch * positions, taps * channels]`; elements outside an image are 0. */
export function gatherPatches(x: Value, [rows, columns]: Geometry, rewriting: Rewriting): Value {
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
