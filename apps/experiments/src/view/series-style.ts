import type { SymbolType } from "@observablehq/plot";
import type { ChartTheme } from "./chart-theme.js";

/**
 * How one series is drawn. No two series of a chart have the same dash and symbol, so they can be distinguished without
 * color.
 */
export interface SeriesStyle {
  readonly color: string;
  /** An SVG dash array. */
  readonly dash: string;
  /** The marker on the line; the first series of each dash has none. */
  readonly symbol?: SymbolType;
}

const dashes = ["none", "8 3", "2 3", "8 3 2 3"] as const;
/** Markers, which dots use too. */
export const symbols = ["circle", "square", "triangle", "diamond", "star", "cross", "wye"] as const;

/** Styles of the series of a chart. If any series sets its line to solid or dashed, the others are solid. */
export function seriesStyles(
  series: readonly { readonly line?: "solid" | "dashed" }[],
  theme: ChartTheme,
): SeriesStyle[] {
  const isGiven = series.some(({ line }) => line !== undefined);
  const used = new Map<string, number>();
  return series.map(({ line }, index) => {
    const dash = isGiven ? dashes[line === "dashed" ? 1 : 0] : (dashes[index % dashes.length] as string);
    const before = used.get(dash) ?? 0;
    used.set(dash, before + 1);
    const color = theme.series[index % theme.series.length] as string;
    return before === 0
      ? { color, dash }
      : { color, dash, symbol: symbols[(before - 1) % symbols.length] as SymbolType };
  });
}

/** The points of a line, about `count`, that have markers; markers of neighboring series are staggered. */
export function markerPoints<T>(points: readonly T[], index: number, count = 8): T[] {
  const step = Math.max(1, Math.round(points.length / count));
  return points.filter((_, k) => k % step === (index * 2) % step);
}
