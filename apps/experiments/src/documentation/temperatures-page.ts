import type { RunStore } from "../run/store.js";
import { keptStudy } from "./kept-views.js";
import { type DocumentationFile, Page } from "./page.js";

/** docs/temperatures.md: distances of draws from vertices by temperature, and comparable temperatures. */
export async function temperaturesPage(store: RunStore): Promise<DocumentationFile[]> {
  const page = new Page("temperatures.md", "temperatures");
  page.add(
    "# Comparable temperatures",
    "Written by `npm run docs:results` from the calculations in [results/kept](results/kept). `igr study temperatures`, `igr figure 1` and `igr figure 12` repeat them.",
    [
      "Equal temperatures do not make two relaxations comparable. The paper (section 5) compares them at temperatures where 75 % of the samples of a uniform",
      "variable lie within a Euclidean distance of 0.2 of a vertex of the simplex. `vertexProximity` of @igr/core estimates that share, `vertexProximityCurve` the whole",
      "curve, and `matchTemperature` finds the temperature, by bisection with the same noise at each one.",
    ].join("\n"),
  );
  const matched = await keptStudy("temperatures", {}, store);
  for (const table of matched.views.tables) page.addTable({ ...table, title: "Temperatures with 75 % within 0.2" });
  page.add(
    [
      "The paper's tables call the Gumbel-Softmax at 0.25 comparable with IGR at 0.10, its appendix F the Gumbel-Softmax at 0.15. The appendix is close to the criterion, the",
      "tables are not: at 0.25 about 60 % of the samples are within 0.2. If IGR is fitted to the uniform target by means, with a free scale, its temperature differs from that",
      "for loc 0 and scale 1.",
    ].join("\n"),
  );
  for (const name of ["figure-1", "figure-12"]) {
    const { views } = await keptStudy(name, {}, store);
    for (const table of views.tables) page.addTable(table);
    for (const chart of views.charts) page.addChart(chart, name);
  }
  return page.files();
}
