import * as Plot from "@observablehq/plot";
import { appendLegend, finishSvg, type LegendEntry, placeLegend, svgDocument } from "./chart-frame.js";
import type { ChartTheme } from "./chart-theme.js";
import { appendHatches } from "./hatch.js";
import { symbols } from "./series-style.js";

/** Values of categories 0, 1, 2, ...: bars beside each other, or dots over them. */
export interface CategorySeries {
  readonly name: string;
  readonly mark: "bar" | "dot";
  readonly values: readonly number[];
}

export interface BarPanel {
  readonly title: string;
  /** Text in the panel's corner. */
  readonly note?: string;
  readonly series: readonly CategorySeries[];
}

/** Bars and dots by category, in panels that share their axes. The first series is the reference of the others. */
export interface BarChart {
  readonly kind: "bars";
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly panels: readonly BarPanel[];
  /** Number of panels in a row; one on narrow pages. */
  readonly columns: number;
  /** Higher values are cut off, and a panel's note says so; no limit by default. */
  readonly highest?: number;
}

interface Mark {
  readonly category: number;
  readonly value: number;
  readonly fx: number;
  readonly fy: number;
  /** Index of the series in the chart. */
  readonly index: number;
  /** Index of a bar in its panel, and the number of bars there. */
  readonly bar: number;
  readonly bars: number;
}

/** Draws panels of bars and dots with one legend as an SVG of so many pixels. */
export function drawBarChart(chart: BarChart, theme: ChartTheme, width: number): string {
  const columns = width < 480 ? 1 : chart.columns;
  const rows = Math.ceil(chart.panels.length / columns);
  const names = [...new Set(chart.panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const markOf = new Map(chart.panels.flatMap(({ series }) => series.map(({ name, mark }) => [name, mark] as const)));
  const last = Math.max(...chart.panels.flatMap(({ series }) => series.map(({ values }) => values.length - 1)));
  const highest = Math.max(...chart.panels.flatMap(({ series }) => series.flatMap(({ values }) => values)));
  const top = Math.min(highest, chart.highest ?? highest);
  const at = (panel: number) => ({ fx: panel % columns, fy: Math.floor(panel / columns) });
  const marks = chart.panels.flatMap(({ series }, panel) => {
    const beside = series.filter(({ mark }) => mark === "bar");
    return series.flatMap((each) =>
      each.values.map((value, category): Mark => {
        const place = { bar: beside.indexOf(each), bars: beside.length };
        return { category, value, ...at(panel), index: names.indexOf(each.name), ...place };
      }),
    );
  });
  const id = `${chart.name}-${width}`.replace(/[^\w-]/g, "-");
  const colorOf = (index: number) =>
    index === 0 ? theme.base : (theme.series[(index - 1) % theme.series.length] as string);
  const fillOf = (index: number) => (index === 0 ? theme.base : `url(#${id}-${index})`);
  const bars = names.filter((name) => markOf.get(name) === "bar");
  const entries = names.map(
    (name, index): LegendEntry => ({
      name,
      mark: markOf.get(name) ?? "bar",
      style: { color: colorOf(index), dash: "none", symbol: symbols[(index - 1 + symbols.length) % symbols.length] },
      fill: fillOf(index),
    }),
  );
  const left = 56;
  const legend = placeLegend(entries, width, 8);
  const document = svgDocument();
  const plot = Plot.plot({
    document,
    width,
    height: 66 + legend.height + rows * (columns === 1 ? 170 : 200),
    marginLeft: left,
    marginRight: 12,
    marginTop: 26 + legend.height,
    marginBottom: 46,
    style: { fontSize: "12px", fontFamily: theme.font, color: theme.text, background: "none" },
    x: {
      label: chart.x,
      labelOffset: 38,
      domain: [-0.7, last + 0.7],
      ticks: Math.min(last, columns === 1 ? 10 : 6),
      tickFormat: "d",
    },
    y: { label: chart.y, domain: [0, 1.25 * top], ticks: 4, grid: true },
    fx: { axis: null, domain: Array.from({ length: columns }, (_, k) => k), padding: 0.06 },
    fy: { axis: null, domain: Array.from({ length: rows }, (_, k) => k), padding: 0.1 },
    marks: [
      ...bars.map((name) => {
        const index = names.indexOf(name);
        return Plot.rectY(
          marks.filter((mark) => mark.index === index),
          {
            x1: ({ category, bar, bars }: Mark) => category - 0.45 + (0.9 * bar) / bars,
            x2: ({ category, bar, bars }: Mark) => category - 0.45 + (0.9 * (bar + 1)) / bars,
            y1: 0,
            y2: ({ value }: Mark) => Math.min(value, top),
            fx: "fx",
            fy: "fy",
            fill: fillOf(index),
            ...(index === 0 ? {} : { stroke: colorOf(index) }),
          },
        );
      }),
      ...names.flatMap((name, index) =>
        markOf.get(name) === "bar"
          ? []
          : [
              Plot.dot(
                marks.filter((mark) => mark.index === index && mark.value <= top),
                {
                  x: "category",
                  y: "value",
                  fx: "fx",
                  fy: "fy",
                  r: last > 30 ? 1.8 : 3.5,
                  symbol: entries[index]?.style.symbol ?? "circle",
                  fill: colorOf(index),
                },
              ),
            ],
      ),
      ...(["title", "note"] as const).map((key) =>
        Plot.text(
          chart.panels.map((panel, index) => ({ text: panel[key] ?? "", ...at(index) })),
          {
            fx: "fx",
            fy: "fy",
            text: "text",
            frameAnchor: "top-right",
            dx: -6,
            dy: key === "title" ? 6 : 22,
            fontWeight: key === "title" ? "600" : "400",
          },
        ),
      ),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.4 }),
    ],
  });
  appendHatches(
    document,
    plot,
    bars.slice(1).map((name) => ({ id: `${id}-${names.indexOf(name)}`, color: colorOf(names.indexOf(name)) })),
  );
  appendLegend(document, plot, legend.placed, { width, top: 20, theme });
  return finishSvg(plot, chart.title);
}
