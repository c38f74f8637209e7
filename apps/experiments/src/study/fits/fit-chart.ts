import type { BarChart, BarPanel, CategorySeries } from "../../view/bar-chart.js";
import type { PlannedFit } from "./fit-table.js";
import { fitTitle } from "./fit-title.js";
import type { FitSection } from "./sections.js";

/** Categories at the right end with a probability below this are omitted. */
const NEGLIGIBLE = 2e-5;
/** Up to this many categories, relaxations are bars next to the target's; otherwise dots over them. */
const MOST_BARS = 20;

/**
 * The target and its charted relaxations: a row of two panels for each family, before and after fitting. No chart if
 * nothing is fitted yet.
 */
export function fitChart(name: string, { title }: FitSection, fits: readonly PlannedFit[]): BarChart[] {
  const drawn = fits.filter(({ fit, calculated }) => fit.isDrawn && calculated !== undefined);
  const longest = drawn
    .map(({ calculated }) => calculated?.result.target ?? [])
    .reduce<readonly number[]>((a, b) => (b.length > a.length ? b : a), []);
  if (longest.length === 0) return [];
  const last = 1 + Math.max(...longest.map((probability, k) => (probability > NEGLIGIBLE ? k : 0)));
  const target = longest.slice(0, last + 1);
  // A bad start may put most of the probability on one category, which would flatten all other bars. Such a bar is cut
  // off and stated in words.
  const highest = 1.5 * Math.max(...target);
  const mark = last < MOST_BARS ? "bar" : "dot";
  const families = [...new Set(drawn.map(({ fit }) => fit.family))];
  const panels = families.flatMap((family) =>
    (["before", "after"] as const).map((time): BarPanel => {
      const those = drawn.filter(({ fit }) => fit.family === family);
      const series = those.map(
        (planned): CategorySeries => ({
          name: nameOf(planned, those),
          mark,
          values: (planned.calculated?.result[time].pmf ?? []).slice(0, Math.min(last + 1, categoriesOf(planned))),
        }),
      );
      const note = series.flatMap(({ values }) => {
        const largest = Math.max(...values);
        return largest > highest ? [`up to ${largest.toFixed(2)} at ${values.indexOf(largest)}`] : [];
      });
      return {
        title: `${family}, ${time} fitting`,
        note: [...new Set(note)].join("; "),
        series: [{ name: "target", mark: "bar", values: target }, ...series],
      };
    }),
  );
  return [
    {
      kind: "bars",
      name,
      title: `${title}: probabilities of the target and of each relaxation, before and after fitting`,
      x: "category",
      y: "probability",
      panels,
      columns: 2,
      highest,
    },
  ];
}

/** The number of categories of a relaxation; its probabilities are padded by zeros to the target's. */
function categoriesOf({ fit: { relaxation } }: PlannedFit): number {
  return ("categories" in relaxation ? relaxation.categories : undefined) ?? Number.POSITIVE_INFINITY;
}

/** Fits that differ only in their objective are labelled with it. */
function nameOf({ fit }: PlannedFit, those: readonly PlannedFit[]): string {
  const title = fitTitle(fit);
  const isAlone = those.filter((other) => fitTitle(other.fit) === title).length === 1;
  return isAlone ? title : `${title}, ${fit.objective}`;
}
