import { expect, test } from "vitest";
import type { BarChart } from "./bar-chart.js";
import { chartToSvg } from "./chart.js";
import { printTheme } from "./chart-theme.js";
import type { HistogramChart } from "./histogram-chart.js";
import type { LineChart } from "./line-chart.js";
import { svgToPng } from "./png.js";
import { seriesStyles } from "./series-style.js";

const points = [1, 2, 3].map((x) => ({ x, y: -x, low: -x - 1, high: -x + 1 }));
const chart: LineChart = {
  kind: "lines",
  name: "c",
  title: '<b>"title"</b>',
  x: "epoch",
  y: "ELBO",
  series: [{ name: "a<b>&", points }],
};

test("a chart is a standalone file that escapes names", () => {
  const svg = chartToSvg(chart);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain("a&lt;b&gt;&amp;");
  expect(svg).not.toContain("<b>");
});

test.each([undefined, "dashed"] as const)("no two of twelve lines have the same dash and marker (line %s)", (line) => {
  const series = Array.from({ length: 12 }, () => (line === undefined ? {} : { line }));
  const looks = seriesStyles(series.slice(0, line ? 8 : 12), printTheme).map(({ dash, symbol }) => `${dash} ${symbol}`);
  expect(new Set(looks).size).toBe(looks.length);
});

test("the legend shows a series as it is drawn", () => {
  const series = Array.from({ length: 6 }, (_, k) => ({
    name: `s${k}`,
    points: points.map(({ x, y }) => ({ x, y: y + k })),
  }));
  const drawn = chartToSvg({ ...chart, series });
  // "none" is the default: lines without dashes have no attribute. Four of six are dashed, in the chart and in its legend.
  const dashes = [...drawn.matchAll(/stroke-dasharray="([^"]+)"/g)].map(([, dash]) => dash);
  expect(dashes).toHaveLength(8);
  expect(dashes.slice(4)).toEqual(dashes.slice(0, 4));
  for (const { name } of series) expect(drawn).toContain(`>${name}<`);
});

const bars: BarChart = {
  kind: "bars",
  name: "b",
  title: "bars",
  x: "category",
  y: "probability",
  columns: 2,
  panels: ["one", "two"].map((title) => ({
    title,
    series: [
      { name: "target", mark: "bar" as const, values: [0.5, 0.3, 0.2] },
      { name: "fit", mark: "bar" as const, values: [0.4, 0.4, 0.2] },
      { name: "dots", mark: "dot" as const, values: [0.3, 0.9] },
    ],
  })),
  highest: 0.6,
};

test("bars of several series have their own patterns; a dot above the highest value is omitted", () => {
  const svg = chartToSvg(bars);
  expect(svg.match(/<pattern /g)).toHaveLength(1);
  expect(svg.match(/<rect [^>]*fill="url\(#b-640-1\)"/g) ?? svg.match(/fill="url\(#b-640-1\)"/g)).not.toBeNull();
  // Two panels with one of two dots each, and the dot of the legend.
  expect(svg.match(/<path [^>]*transform="translate[^>]*>/g)?.length).toBeGreaterThanOrEqual(3);
  expect(chartToSvg(bars, printTheme, 340)).toContain('width="340"');
  expect(svg).not.toContain("NaN");
});

test("histograms of two panels share their styles, and are cut at the highest density", () => {
  const histogram: HistogramChart = {
    kind: "histograms",
    name: "h",
    title: "h",
    x: "distance",
    y: "density",
    binWidth: 0.5,
    columns: 1,
    highest: 2,
    panels: ["top", "bottom"].map((title) => ({ title, series: [{ name: "a", densities: [50, 1] }] })),
  };
  const svg = chartToSvg(histogram);
  expect(svg.match(/>a<\/text>/g)).toHaveLength(1);
  expect(svg).toContain(">top<");
  expect(svg).not.toContain(">50<");
});

test("points that are not finite are gaps", () => {
  const svg = chartToSvg({ ...chart, series: [{ name: "a", points: [...points, { x: 4, y: Number.NaN }] }] });
  expect(svg).not.toContain("NaN");
});

test("a PNG shows text even on a machine without fonts", () => {
  const png = (name: string) => svgToPng(chartToSvg({ ...chart, series: [{ name, points }] }));
  expect(Buffer.from(png("a")).subarray(1, 4).toString()).toBe("PNG");
  expect(Buffer.from(png("some words")).equals(Buffer.from(png("other text")))).toBe(false);
});
