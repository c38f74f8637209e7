import { type Node, sizeOf, type Value } from "../ir/graph.js";

/** Gathering rows shorter than this takes longer than what it saves; a stride may make them longer ({@link isInBlocks}). */
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

/** The windows of a 2D convolution over one group of channels that is worth rewriting. */
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
 * The gradient of a filter is a convolution by all of dy, its taps a stride apart. Taken for one another, the two forms
 * compute the same, slower.
 */
export function isFilterGradient([rows, columns]: Geometry): boolean {
  const spread = rows.spacing * columns.spacing - rows.step * columns.step;
  return spread === 0 ? rows.taps * columns.taps > rows.positions * columns.positions : spread > 0;
}

/** What convolving means for the gradient: the filter's taps are the positions of this convolution. */
function swapped(axis: Axis): Axis {
  return { ...axis, positions: axis.taps, taps: axis.positions, step: axis.spacing, spacing: axis.step };
}

export function swappedBoth([rows, columns]: Geometry): Geometry {
  return [swapped(rows), swapped(columns)];
}

/**
 * True where the rows to gather are short, and the stride divides the filter: then blocks of stride x stride elements, gathered as
 * one row each, make up every window.
 */
export function isInBlocks(geometry: Geometry): boolean {
  return geometry.every(({ step, spacing, taps }) => step > 1 && spacing === 1 && taps % step === 0);
}
