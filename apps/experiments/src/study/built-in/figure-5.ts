import type { Chart } from "../../view/chart.js";
import type { Series } from "../../view/line-chart.js";
import { comparisonStudy } from "../comparison.js";
import type { GroupResult, Study, StudyOptions } from "../study.js";
import { vertexDistanceChart } from "../vertex-distances.js";
import { table1 } from "./table-1.js";

const panels = [
  { name: "high", words: "temperatures chosen by cross-validation", rows: ["IGR(0.50)", "GS(0.67)"] },
  { name: "low", words: "comparable temperatures", rows: ["IGR(0.10)", "GS(0.25)"] },
];

/** Figure 5: how far posterior draws of test images lie from the nearest vertex; the runs are those of table 1. */
export function figure5(options: StudyOptions): Study {
  const title = "Figure 5: distance of posterior draws from the nearest vertex";
  const study = comparisonStudy({ ...table1, name: "figure-5", title, datasets: ["mnist"], seeds: 1 }, options);
  return {
    ...study,
    views: (results, calculated) => ({
      ...study.views(results, calculated),
      charts: [...densities(results), ...panels.flatMap((panel) => chartOf(panel, results))],
    }),
  };
}

/** Drawn as in the paper. */
function densities(results: readonly GroupResult[]): Chart[] {
  const title =
    "Distances of posterior draws of test images from the nearest vertex. Solid: after training; dashed: before";
  const groups = panels.map(({ words, rows }) => ({
    title: words,
    results: results.filter(({ group }) => rows.includes(group.labels.model ?? "")),
  }));
  return vertexDistanceChart("densities", title, groups, ({ group: { labels } }) =>
    labels.protocol === "authors" ? `${labels.model}, authors'` : (labels.model ?? ""),
  );
}

function chartOf({ name, words, rows }: (typeof panels)[number], results: readonly GroupResult[]): Chart[] {
  const those = results.filter(({ group }) => rows.includes(group.labels.model ?? ""));
  const series = those.flatMap((result) => [shareWithin(result, "trained"), shareWithin(result, "untrained")]);
  const drawn = series.filter(({ points }) => points.length > 0);
  const title = `Share of draws within a distance from the nearest vertex, at ${words}. Solid: after training; dashed: before. The rule asks for 75 % within 0.2`;
  return drawn.length === 0
    ? []
    : [{ kind: "lines", name, title, x: "distance", xKind: "number", y: "draws within it (%)", series: drawn }];
}

/** The share of the draws within each distance. */
function shareWithin({ group, runs }: GroupResult, when: "trained" | "untrained"): Series {
  const { model = "", protocol } = group.labels;
  const found = runs.flatMap(({ measures }) => measures?.distances ?? []);
  const width = found[0]?.width ?? 1;
  const bins = found[0]?.[when].length ?? 0;
  const counts = Array.from({ length: bins }, (_, bin) => found.reduce((sum, each) => sum + (each[when][bin] ?? 0), 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const name = `${model}${protocol === "authors" ? ", authors'" : ""}${when === "untrained" ? ", untrained" : ""}`;
  let within = 0;
  const points = counts.map((count, bin) => {
    within += count;
    return { x: (bin + 1) * width, y: (100 * within) / total };
  });
  return { name, points, line: when === "trained" ? "solid" : "dashed" };
}
