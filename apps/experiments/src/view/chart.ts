import { type BarChart, drawBarChart } from "./bar-chart.js";
import { type ChartTheme, printTheme } from "./chart-theme.js";
import { drawHistogramChart, type HistogramChart } from "./histogram-chart.js";
import { drawLineChart, type LineChart } from "./line-chart.js";

/** A chart that a view makes, and {@link chartToSvg} draws. */
export type Chart = LineChart | BarChart | HistogramChart;

/** A standalone SVG file. Every name is text, never markup. */
export function chartToSvg(chart: Chart, theme: ChartTheme = printTheme, width = 640): string {
  switch (chart.kind) {
    case "lines":
      return drawLineChart(chart, theme, width);
    case "bars":
      return drawBarChart(chart, theme, width);
    case "histograms":
      return drawHistogramChart(chart, theme, width);
  }
}
