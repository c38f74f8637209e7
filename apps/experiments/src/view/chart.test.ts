import { expect, test } from "vitest";
import { chartToSvg, type LineChart } from "./chart.js";
import { svgToPng } from "./png.js";

const points = [1, 2, 3].map((x) => ({ x, y: -x, low: -x - 1, high: -x + 1 }));
const chart: LineChart = {
  kind: "lines",
  name: "c",
  title: '<b>"title"</b>',
  x: "epoch",
  y: "ELBO",
  series: [{ name: "a<b>&", points }],
};

test("a chart is a file of its own whose names are no markup", () => {
  const svg = chartToSvg(chart);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain("a&lt;b&gt;&amp;");
  expect(svg).not.toContain("<b>");
});

test("lines are told apart by more than colour", () => {
  const series = Array.from({ length: 6 }, (_, k) => ({
    name: `s${k}`,
    points: points.map(({ x, y }) => ({ x, y: y + k })),
  }));
  const drawn = chartToSvg({ ...chart, series });
  const legend = [...drawn.matchAll(/<line ([^>]*x2[^>]*)>/g)].map(([, attributes = ""]) => attributes);
  const looks = legend.filter((each) => each.includes('stroke-width="2"'));
  const dashes = looks.map((each) => /stroke-dasharray="([^"]+)"/.exec(each)?.[1]);
  expect(looks).toHaveLength(6);
  expect(new Set(dashes).size).toBe(4);
});

test("points that are not finite are gaps", () => {
  const svg = chartToSvg({ ...chart, series: [{ name: "a", points: [...points, { x: 4, y: Number.NaN }] }] });
  expect(svg).not.toContain("NaN");
});

test("a PNG shows text, also on a machine without fonts", () => {
  const png = (name: string) => svgToPng(chartToSvg({ ...chart, series: [{ name, points }] }));
  expect(Buffer.from(png("a")).subarray(1, 4).toString()).toBe("PNG");
  expect(Buffer.from(png("some words")).equals(Buffer.from(png("other text")))).toBe(false);
});
