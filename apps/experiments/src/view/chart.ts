import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

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
  /** Solid if absent. */
  readonly line?: "solid" | "dashed";
}

/** A chart of lines with bands, without a form yet. */
export interface LineChart {
  readonly kind: "lines";
  readonly name: string;
  readonly title: string;
  readonly x: string;
  /** Epochs are whole numbers from 1 on (default). */
  readonly xKind?: "epoch" | "number";
  readonly y: string;
  readonly series: readonly Series[];
}

/** A chart that a view makes, and {@link chartToSvg} draws. */
export type Chart = LineChart;

/** How charts are coloured: CSS colours, by number for each series; a page gives them as variables, for light and dark. */
export interface ChartTheme {
  readonly series: readonly string[];
  readonly text: string;
  readonly font: string;
}

/** For files of their own: on white; the colours differ without colour vision too (Okabe and Ito 2008). */
export const printTheme: ChartTheme = {
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d3b"],
  text: "#222222",
  font: "Inter, system-ui, sans-serif",
};

/** Dashes tell series apart without colour; more than there are colours begin anew with the next dash. */
const dashes = ["none", "8 3", "2 3", "8 3 2 3"];

/** A standalone SVG file. Every name is text, never markup. */
export function chartToSvg(chart: Chart, theme: ChartTheme = printTheme, width = 640): string {
  const { series } = chart;
  const colour = (index: number) => theme.series[index % theme.series.length] as string;
  const dash = (index: number) =>
    series[index]?.line === "dashed"
      ? dashes[1]
      : dashes[Math.floor(index / theme.series.length + (index % 4)) % dashes.length];
  const last = Math.max(1, ...series.flatMap(({ points }) => points.map(({ x }) => x)));
  const marks = series.flatMap(({ points }, index) => {
    const hasBand = points.some(({ low, high }) => low !== undefined && high !== undefined && high > low);
    const band = { x: "x", y1: "low", y2: "high", fill: colour(index), fillOpacity: 0.15 };
    const line = { x: "x", y: "y", stroke: colour(index), strokeWidth: 2, strokeDasharray: dash(index) };
    const few = points.length <= 12 ? [Plot.dot(points, { x: "x", y: "y", fill: colour(index), r: 2.5 })] : [];
    return [...(hasBand ? [Plot.areaY(points, band)] : []), Plot.line(points, line), ...few];
  });
  const labelled = series.map(({ name, points }, index) => ({
    name,
    end: points.at(-1) as Point,
    colour: colour(index),
  }));
  const rows = Math.ceil(labelled.length / 2);
  const height = 320 + rows * 18;
  const svg = emptySvg();
  const plot = Plot.plot({
    document: svg,
    width,
    height,
    marginLeft: 64,
    marginTop: 40 + rows * 18,
    style: { fontSize: "12px", fontFamily: theme.font, color: theme.text, background: "none" },
    x: chart.xKind === "number" ? { label: chart.x } : { label: chart.x, ticks: epochTicks(last), tickFormat: "d" },
    y: { label: chart.y, grid: true, nice: true },
    marks,
  });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", chart.title);
  plot.removeAttribute("class");
  appendLegend(svg, plot, labelled, { width, theme, dash });
  return plot.outerHTML;
}

interface LegendOptions {
  readonly width: number;
  readonly theme: ChartTheme;
  readonly dash: (index: number) => string | undefined;
}

/** A sample of each line with its name, two in a row, above the chart. */
function appendLegend(
  document: Document,
  plot: Element,
  entries: readonly { readonly name: string; readonly colour: string }[],
  { width, dash }: LegendOptions,
): void {
  for (const [index, { name, colour }] of entries.entries()) {
    const [x, y] = [64 + (index % 2) * ((width - 64) / 2), 32 + Math.floor(index / 2) * 18];
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const attributes = {
      x1: x,
      x2: x + 24,
      y1: y,
      y2: y,
      stroke: colour,
      "stroke-width": 2,
      "stroke-dasharray": dash(index),
    };
    for (const [key, value] of Object.entries(attributes)) line.setAttribute(key, `${value}`);
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("x", `${x + 30}`);
    text.setAttribute("y", `${y + 4}`);
    text.setAttribute("fill", "currentColor");
    text.setAttribute("text-anchor", "start");
    text.textContent = name;
    plot.append(line, text);
  }
}

/** linkedom's XML document escapes attributes; its HTML document does not. */
function emptySvg(): Document {
  const document = new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml");
  return document as unknown as Document;
}

function epochTicks(last: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => last / each <= 10) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, k) => Math.max(1, k * step));
}
