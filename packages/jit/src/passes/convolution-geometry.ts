import { type Node, sizeOf, type Value } from "../ir/graph.js";

/** Gathering rows shorter than this costs more time than it saves. A stride may lengthen them ({@link isInBlocks}). */
export const MINIMUM_CHANNELS = 8;

/** Along each of the two axes of an image: position p and tap t meet at `p * step + t * spacing - before`. */
export interface Axis {
  readonly size: number;
  readonly positions: number;
  readonly taps: number;
  readonly step: number;
  readonly spacing: number;
  readonly before: number;
}
export type Geometry = readonly [Axis, Axis];

/** The windows of a 2D convolution over one group of channels, if rewriting it saves time. */
export function geometryOf({ opType, domain, inputs, outputs, attributes }: Node): Geometry | undefined {
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
 * Whether a convolution is the gradient of a filter: a convolution by all of dy with its taps a stride apart. Confusing
 * it with a forward convolution gives the same numbers, but more slowly.
 */
export function isFilterGradient([rows, columns]: Geometry): boolean {
  const spread = rows.spacing * columns.spacing - rows.step * columns.step;
  return spread === 0 ? rows.taps * columns.taps > rows.positions * columns.positions : spread > 0;
}

/** The geometry of the convolution whose filter gradient this is: its taps are the positions here. */
function swapped(axis: Axis): Axis {
  return { ...axis, positions: axis.taps, taps: axis.positions, step: axis.spacing, spacing: axis.step };
}

export function swappedBoth([rows, columns]: Geometry): Geometry {
  return [swapped(rows), swapped(columns)];
}

/**
 * True if the rows to gather are short and the stride divides the filter. Every window then consists of blocks of
 * stride x stride elements, each gathered as one row.
 */
export function isInBlocks(geometry: Geometry): boolean {
  return geometry.every(({ step, spacing, taps }) => step > 1 && spacing === 1 && taps % step === 0);
}
