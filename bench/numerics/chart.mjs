// Line charts as standalone SVG files, readable on light and dark pages.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const palette = ["#4269d0", "#e8710a", "#2a9d5c", "#d6336c", "#8a5cd1", "#7a6a58", "#0f9bb3", "#b8860b"];

/**
 * One line for each `series`, with its name at its right end.
 * @param {{ series: string, x: number, y: number }[]} points
 */
export function lineChart(points, { x, y, width = 720, height = 380, marginRight = 170 }) {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const names = [...new Set(points.map(({ series }) => series))];
  const svg = Plot.plot({
    document,
    width,
    height,
    marginLeft: 60,
    marginRight,
    marginBottom: 44,
    style: { fontSize: "12px", background: "white", color: "#222" },
    x: { labelAnchor: "center", tickFormat: (value) => `${value}`, ...x },
    y: { grid: true, nice: true, ...y },
    color: { type: "ordinal", domain: names, range: palette },
    marks: [
      Plot.line(points, { x: "x", y: "y", z: "series", stroke: "series", strokeWidth: 2 }),
      Plot.dot(points, { x: "x", y: "y", r: 2.5, fill: "series" }),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  addLabels(svg, document, names, { width, marginRight });
  return `${svg.outerHTML}\n`;
}

/** A legend in the right margin: names beside the ends of lines would overlap where lines meet. */
function addLabels(svg, document, names, { width, marginRight }) {
  for (const [index, name] of names.entries()) {
    const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
    const top = 30 + 20 * index;
    const left = width - marginRight + 14;
    group.innerHTML =
      `<rect x="${left}" y="${top - 5}" width="14" height="4" fill="${palette[index % palette.length]}"></rect>` +
      `<text x="${left + 20}" y="${top + 1}" fill="#222" text-anchor="start">${name.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
    svg.appendChild(group);
  }
}
