import * as Plot from "@observablehq/plot";
import { appendLegend, finishSvg, placeLegend, svgDocument } from "./chart-frame.js";
import type { ChartTheme } from "./chart-theme.js";
import { markerPoints, seriesStyles } from "./series-style.js";

/** Densities of bins of one width, from 0 on. */
export interface HistogramSeries {
  readonly name: string;
  readonly densities: readonly number[];
  /** By default dashes distinguish the series. */
  readonly line?: "solid" | "dashed";
}

/** Outlines of histograms over each other, in panels that share their axes and their styles. */
export interface HistogramChart {
  readonly kind: "histograms";
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly binWidth: number;
  readonly panels: readonly { readonly title: string; readonly series: readonly HistogramSeries[] }[];
  /** Panels in a row; on narrow pages one. */
  readonly columns: number;
  /** Higher densities are cut off; no limit by default. */
  readonly highest?: number;
  /** A position on the x axis, marked by a line with a label. */
  readonly mark?: { readonly x: number; readonly words: string };
}

/** Draws panels of histograms with one legend as an SVG of a given width in pixels. */
export function drawHistogramChart(chart: HistogramChart, theme: ChartTheme, width: number): string {
  const columns = width < 480 ? 1 : chart.columns;
  const rows = Math.ceil(chart.panels.length / columns);
  const all = chart.panels.flatMap(({ series }) => series);
  const named = [...new Map(all.map((series) => [series.name, series])).values()];
  const styles = seriesStyles(named, theme);
  const styleOf = (name: string) =>
    styles[named.findIndex((each) => each.name === name)] ?? { color: "", dash: "none" };
  const densities = all.flatMap((series) => series.densities);
  const top = Math.min(chart.highest ?? Number.POSITIVE_INFINITY, Math.max(...densities));
  const at = (panel: number) => ({ fx: panel % columns, fy: Math.floor(panel / columns) });
  const legend = placeLegend(
    named.map(({ name }) => ({ name, mark: "line" as const, style: styleOf(name) })),
    width,
    8,
  );
  const outlines = chart.panels.flatMap((panel, index) =>
    panel.series.flatMap((series) => {
      const { color, dash, symbol } = styleOf(series.name);
      const edges = [...series.densities, series.densities.at(-1) ?? 0].map((density, bin) => ({
        x: bin * chart.binWidth,
        y: Math.min(density, top),
        ...at(index),
      }));
      const shared = { x: "x", y: "y", fx: "fx", fy: "fy", curve: "step-after" } as const;
      const middles = edges.slice(0, -1).map((edge) => ({ ...edge, x: edge.x + chart.binWidth / 2 }));
      const order = named.findIndex(({ name }) => name === series.name);
      return [
        Plot.areaY(edges, { ...shared, fill: color, fillOpacity: 0.06 }),
        Plot.line(edges, { ...shared, stroke: color, strokeWidth: 1.75, strokeDasharray: dash }),
        ...(symbol
          ? [
              Plot.dot(markerPoints(middles, order), {
                x: "x",
                y: "y",
                fx: "fx",
                fy: "fy",
                fill: color,
                symbol,
                r: 3.5,
              }),
            ]
          : []),
      ];
    }),
  );
  const document = svgDocument();
  const plot = Plot.plot({
    document,
    width,
    height: 86 + legend.height + rows * 230,
    marginLeft: 56,
    marginRight: 16,
    marginTop: 40 + legend.height,
    marginBottom: 46,
    style: { fontSize: "12px", fontFamily: theme.font, color: theme.text, background: "none" },
    x: { label: chart.x, labelOffset: 38, ticks: columns === 1 && width < 480 ? 5 : 8 },
    y: { label: chart.y, domain: [0, 1.1 * top], grid: true, ticks: 5 },
    fx: { axis: null, domain: Array.from({ length: columns }, (_, k) => k), padding: 0.08 },
    fy: { axis: null, domain: Array.from({ length: rows }, (_, k) => k), padding: 0.1 },
    marks: [
      ...outlines,
      ...(chart.mark === undefined ? [] : markOf(chart.mark)),
      Plot.text(
        chart.panels.map(({ title }, index) => ({ title, ...at(index) })),
        { fx: "fx", fy: "fy", text: "title", frameAnchor: "top-right", dx: -6, dy: 6, fontWeight: "600" },
      ),
      ...(chart.panels.length > 1 ? [Plot.frame({ stroke: "currentColor", strokeOpacity: 0.4 })] : []),
    ],
  });
  appendLegend(document, plot, legend.placed, { width, top: 26, theme });
  return finishSvg(plot, chart.title);
}

function markOf({ x, words }: NonNullable<HistogramChart["mark"]>): Plot.Markish[] {
  return [
    Plot.ruleX([x], { stroke: "currentColor", strokeOpacity: 0.6 }),
    Plot.text([x], { x: () => x, frameAnchor: "top", dy: 6, dx: 4, textAnchor: "start", text: () => words }),
  ];
}
