import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import type { ChartTheme } from "./chart-theme.js";
import type { SeriesStyle } from "./series-style.js";

/** An entry of a legend: a line with its marker, a bar, or a dot. */
export interface LegendEntry {
  readonly name: string;
  readonly mark: "line" | "bar" | "dot";
  readonly style: SeriesStyle;
  /** Fill of a bar; by default the color of its style. */
  readonly fill?: string;
}

interface PlacedEntry extends LegendEntry {
  readonly x: number;
  readonly y: number;
}

const ROW = 18;
const SAMPLE = 26;
/** Average width of a character at the chart's font size of 12 px. */
const CHARACTER = 6.4;

/** linkedom's XML document escapes attributes; its HTML document does not. */
export function svgDocument(): Document {
  const document = new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml");
  return document as unknown as Document;
}

/** Lays out a legend's entries in as many rows as needed. */
export function placeLegend(
  entries: readonly LegendEntry[],
  width: number,
  left: number,
): { readonly placed: readonly PlacedEntry[]; readonly height: number } {
  let [x, row] = [left, 0];
  const placed = entries.map((entry) => {
    const size = SAMPLE + 8 + CHARACTER * entry.name.length + 16;
    if (x > left && x + size > width) [x, row] = [left, row + 1];
    const at = { ...entry, x, y: row * ROW + ROW / 2 };
    x += size;
    return at;
  });
  return { placed, height: entries.length === 0 ? 0 : (row + 1) * ROW };
}

/** Draws placed entries into a chart, from `top` on. */
export function appendLegend(
  document: Document,
  plot: Element,
  placed: readonly PlacedEntry[],
  { width, top, theme }: { readonly width: number; readonly top: number; readonly theme: ChartTheme },
): void {
  const height = Math.max(ROW, ...placed.map(({ y }) => y + ROW));
  const legend = Plot.plot({
    document,
    width,
    height,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    style: { fontSize: "12px", fontFamily: theme.font, color: theme.text },
    marks: placed.flatMap((entry) => [...sampleOf(entry), nameOf(entry)]),
  });
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  group.setAttribute("transform", `translate(0,${top})`);
  for (const child of [...legend.childNodes]) if (child.nodeName.toLowerCase() === "g") group.append(child);
  plot.append(group);
}

function sampleOf({ mark, x, y, style: { color, dash, symbol }, fill }: PlacedEntry): Plot.Markish[] {
  const middle = x + SAMPLE / 2;
  const marker = { x: () => middle, y: () => y, fill: color, symbol: symbol ?? "circle", r: 3.5 };
  if (mark === "dot") return [Plot.dot([0], marker)];
  if (mark === "bar") {
    const box = { x1: () => x + 6, x2: () => x + 20, y1: () => y - 5, y2: () => y + 5 };
    return [Plot.rect([0], { ...box, fill: fill ?? color, stroke: color })];
  }
  const ends = { x1: () => x, x2: () => x + SAMPLE, y1: () => y, y2: () => y };
  const line = Plot.link([0], { ...ends, stroke: color, strokeWidth: 2, strokeDasharray: dash });
  return symbol === undefined ? [line] : [line, Plot.dot([0], marker)];
}

function nameOf({ name, x, y }: PlacedEntry): Plot.Markish {
  return Plot.text([name], {
    x: () => x + SAMPLE + 6,
    y: () => y,
    text: (text: string) => text,
    textAnchor: "start",
    fill: "currentColor",
  });
}

/** The chart as text: an image with a name, coordinates to a hundredth of a pixel. */
export function finishSvg(plot: Element, title: string): string {
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", title);
  plot.removeAttribute("class");
  for (const element of plot.querySelectorAll("*")) {
    // Plot names the groups of its marks, which have no role that a name could belong to.
    element.removeAttribute("aria-label");
    element.removeAttribute("aria-description");
    for (const name of coordinates) {
      const value = element.getAttribute(name);
      if (value) {
        element.setAttribute(
          name,
          value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (x) => `${Number(Number(x).toFixed(2))}`),
        );
      }
    }
  }
  return plot.outerHTML;
}

const coordinates = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"];
