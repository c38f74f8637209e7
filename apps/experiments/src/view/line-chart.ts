import * as Plot from "@observablehq/plot";
import { appendLegend, finishSvg, placeLegend, svgDocument } from "./chart-frame.js";
import type { ChartTheme } from "./chart-theme.js";
import { markerPoints, seriesStyles } from "./series-style.js";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of a band around y. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** By default dashes distinguish the series. */
  readonly line?: "solid" | "dashed";
}

/** A chart of lines with bands, independent of its output format. */
export interface LineChart {
  readonly kind: "lines";
  readonly name: string;
  readonly title: string;
  readonly x: string;
  /** Epochs are whole numbers from 1 on (default). */
  readonly xKind?: "epoch" | "number" | "logarithmic";
  readonly y: string;
  readonly series: readonly Series[];
}

/** Draws lines, bands and a legend as an SVG of a given width in pixels. */
export function drawLineChart(chart: LineChart, theme: ChartTheme, width: number): string {
  const { series } = chart;
  const styles = seriesStyles(series, theme);
  const last = Math.max(1, ...series.flatMap(({ points }) => points.map(({ x }) => x)));
  const bands = series.flatMap(({ points }, index) => {
    const hasBand = points.some(({ low, high }) => low !== undefined && high !== undefined && high > low);
    const band = { x: "x", y1: "low", y2: "high", fill: styles[index]?.color ?? "", fillOpacity: 0.15 };
    return hasBand ? [Plot.areaY(points, band)] : [];
  });
  const lines = series.flatMap(({ points }, index) => {
    const { color = "", dash = "none", symbol } = styles[index] ?? {};
    const line = Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 2, strokeDasharray: dash });
    const marked = symbol === undefined ? (points.length <= 12 ? points : []) : markerPoints(points, index);
    const marker = { x: "x", y: "y", fill: color, symbol: symbol ?? "circle", r: symbol === undefined ? 2.5 : 3.5 };
    return [line, ...(marked.length > 0 ? [Plot.dot(marked, marker)] : [])];
  });
  const isNarrow = width < 480;
  const left = isNarrow ? 48 : 64;
  const entries = series.map(({ name }, index) => ({
    name,
    mark: "line" as const,
    style: styles[index] ?? { color: "", dash: "" },
  }));
  const legend = placeLegend(entries, width, isNarrow ? 8 : left);
  const document = svgDocument();
  const plot = Plot.plot({
    document,
    width,
    height: (isNarrow ? 240 : 320) + legend.height,
    marginLeft: left,
    marginRight: 24,
    marginTop: 40 + legend.height,
    marginBottom: 46,
    style: { fontSize: "12px", fontFamily: theme.font, color: theme.text, background: "none" },
    x: {
      label: chart.x,
      labelOffset: 38,
      ...xScale(chart, last, isNarrow),
    },
    y: { label: chart.y, grid: true, nice: true, ticks: isNarrow ? 5 : 8 },
    marks: [...bands, ...lines],
  });
  appendLegend(document, plot, legend.placed, { width, top: 26, theme });
  return finishSvg(plot, chart.title);
}

function xScale({ xKind = "epoch" }: LineChart, last: number, isNarrow: boolean): Plot.ScaleOptions {
  switch (xKind) {
    case "number":
      return {};
    case "logarithmic":
      return { type: "log", tickFormat: (value: number) => `${value}`, ticks: isNarrow ? 3 : 5 };
    case "epoch":
      return { ticks: epochTicks(last, isNarrow ? 5 : 10), tickFormat: "d" };
  }
}

function epochTicks(last: number, most: number): number[] {
  const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find((each) => last / each <= most) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, k) => Math.max(1, k * step));
}
