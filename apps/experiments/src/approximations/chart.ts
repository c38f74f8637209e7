import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { FitRecord, StudyRecord } from "./fit-record.js";
import { studyNamed } from "./studies.js";

interface Bar {
  readonly category: number;
  readonly probability: number;
  readonly panel: string;
  readonly time: "before" | "after";
}

const targetColour = "#c8ccd2";
const fitColour = "#1f5fa8";

/**
 * A standalone SVG of a study: one column of panels for each fit that has one, before above and after below; the target
 * as grey bars, the relaxation as dots.
 */
export function studyChart({ name, target, fits }: StudyRecord): string {
  const { title } = studyNamed(name);
  const shown = fits.filter((fit): fit is FitRecord & { panel: string } => fit.panel !== undefined);
  const last = 1 + Math.max(...target.map((probability, k) => (probability > 2e-5 ? k : 0)));
  const panels = shown.flatMap((fit) =>
    (["before", "after"] as const).map((time) => ({ fit, panel: fit.panel, time })),
  );
  const bars = (pmf: readonly number[], panel: string, time: Bar["time"]): Bar[] =>
    pmf.slice(0, last + 1).map((probability, category) => ({ category, probability, panel, time }));
  const targets = panels.flatMap(({ panel, time }) => bars(target, panel, time));
  const found = panels.flatMap(({ fit, panel, time }) => bars(fit[time].pmf, panel, time));
  // What a bad start piles onto one category would flatten everything else: it is cut off and said in words.
  const highest = 1.5 * Math.max(...target);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const radius = last > 30 ? 1.5 : 3.5;
  const plot = Plot.plot({
    document,
    width: 90 + 230 * shown.length,
    height: 380,
    marginLeft: 52,
    marginRight: 52,
    marginTop: 34,
    style: { fontSize: "12px", background: "white", color: "#222" },
    x: { label: "category", domain: [-0.7, last + 0.7], ticks: 5 },
    y: { label: "probability", domain: [0, 1.25 * highest], ticks: 4, grid: true },
    fx: { label: null, domain: shown.map(({ panel }) => panel), padding: 0.08 },
    fy: { label: null, domain: ["before", "after"], padding: 0.12 },
    marks: [
      Plot.rectY(targets, {
        x1: (bar: Bar) => bar.category - 0.45,
        x2: (bar: Bar) => bar.category + 0.45,
        y: "probability",
        fx: "panel",
        fy: "time",
        fill: targetColour,
      }),
      Plot.dot(
        found.filter(({ probability }) => probability <= highest),
        { x: "category", y: "probability", fx: "panel", fy: "time", r: radius, fill: fitColour },
      ),
      Plot.text(panels, {
        fx: "panel",
        fy: "time",
        frameAnchor: "top-right",
        dx: -4,
        dy: 4,
        text: ({ fit, time }) => `total variation ${fit[time].totalVariation.toFixed(3)}`,
      }),
      Plot.text(
        panels.filter(({ fit, time }) => fit[time].pmf.some((probability) => probability > highest)),
        {
          fx: "panel",
          fy: "time",
          frameAnchor: "top-right",
          dx: -4,
          dy: 20,
          text: ({ fit, time }) => largestOf(fit[time].pmf),
        },
      ),
      Plot.frame({ stroke: "#999" }),
    ],
  });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  plot.setAttribute("role", "img");
  plot.setAttribute(
    "aria-label",
    `${title}: probabilities of the target and of each relaxation, before and after fitting`,
  );
  return `${plot.outerHTML}\n`;
}

function largestOf(pmf: readonly number[]): string {
  const largest = Math.max(...pmf);
  return `up to ${largest.toFixed(2)} at ${pmf.indexOf(largest)}`;
}
