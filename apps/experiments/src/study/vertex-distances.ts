import type { HistogramChart, HistogramSeries } from "../view/histogram-chart.js";
import type { GroupResult } from "./study.js";

/** Number of stored bins that are drawn as one. */
const MERGED = 2;
/** Densities above this are cut off, because most draws may be near a vertex. */
const HIGHEST = 8;

/** Groups of one panel. */
export interface DistanceGroups {
  readonly title: string;
  readonly results: readonly GroupResult[];
}

/**
 * How far posterior draws of test images lie from the nearest vertex, after training (solid) and before (dashed), over all seeds of a
 * group. No chart if no group was measured.
 */
export function vertexDistanceChart(
  name: string,
  title: string,
  panels: readonly DistanceGroups[],
  nameOf: (result: GroupResult) => string,
): HistogramChart[] {
  const drawn = panels.map((panel) => ({
    title: panel.title,
    series: panel.results.flatMap((result) => seriesOf(result, nameOf(result))),
  }));
  const filled = drawn.filter(({ series }) => series.length > 0);
  const width = panels.flatMap(({ results }) => results.flatMap(widthsOf))[0];
  if (filled.length === 0 || width === undefined) return [];
  return [
    {
      kind: "histograms",
      name,
      title,
      x: "Euclidean distance to the nearest vertex",
      y: `density, cut off above ${HIGHEST}`,
      binWidth: width * MERGED,
      panels: filled,
      columns: 1,
      highest: HIGHEST,
      mark: { x: 0.2, words: "0.2" },
    },
  ];
}

function widthsOf({ runs }: GroupResult): number[] {
  return runs.flatMap(({ measures }) => measures?.distances?.width ?? []);
}

function seriesOf({ runs }: GroupResult, name: string): HistogramSeries[] {
  const found = runs.flatMap(({ measures }) => measures?.distances ?? []);
  const [first] = found;
  if (first === undefined) return [];
  return (["trained", "untrained"] as const).map((when) => {
    const bins = Math.ceil(first[when].length / MERGED);
    const counts = Array.from({ length: bins }, (_, bin) =>
      found.reduce((sum, each) => {
        const merged = each[when].slice(bin * MERGED, (bin + 1) * MERGED);
        return sum + merged.reduce((a, b) => a + b, 0);
      }, 0),
    );
    const total = counts.reduce((a, b) => a + b, 0);
    return {
      name: when === "trained" ? name : `${name}, untrained`,
      line: when === "trained" ? "solid" : "dashed",
      densities: counts.map((count) => count / total / (first.width * MERGED)),
    };
  });
}
