import type { RunStore } from "../run/store.js";
import type { StudyOptions } from "../study/study.js";
import { collapseSentences } from "./collapse.js";
import { type KeptStudy, keptStudy } from "./kept-views.js";
import { orderSentences } from "./order.js";
import { type DocumentationFile, Page } from "./page.js";
import { picturesOf } from "./run-pictures.js";
import { torchTrainings } from "./torch-training.js";

/** The studies of the page, in this order. */
const shown: readonly { readonly name: string; readonly options?: StudyOptions; readonly command: string }[] = [
  { name: "table-1", options: { protocols: ["paper", "authors"] }, command: "igr table 1 --protocols paper,authors" },
  { name: "table-2", command: "igr table 2" },
  { name: "table-3", options: { protocols: ["paper", "authors"] }, command: "igr table 3 --protocols paper,authors" },
  { name: "table-4", command: "igr table 4" },
  ...Array.from({ length: 12 }, (_, k) => ({ name: `figure-${k + 1}`, command: `igr figure ${k + 1}` })),
  { name: "temperature-selection", command: "igr study temperature-selection" },
  { name: "vertex-rule", command: "igr study vertex-rule" },
  { name: "maps", command: "igr study maps" },
  { name: "discrete", command: "igr study discrete" },
];

/** docs/results/README.md: every table and figure, from the kept runs and calculations. */
export async function resultsPage(store: RunStore, docs: string): Promise<DocumentationFile[]> {
  const page = new Page("results/README.md", "figures");
  const studies: { readonly kept: KeptStudy; readonly command: string }[] = [];
  for (const { name, options = {}, command } of shown) {
    studies.push({ kept: await keptStudy(name, options, store), command });
  }
  const ids = await store.list();
  page.add(
    "# Results: every table and figure of the paper",
    [
      `Written by \`npm run docs:results\` from the ${ids.length} runs and the calculations in [kept](kept): settings, numbers of each epoch, measures and pictures, without weights. A test in CI`,
      "regenerates this page and compares it byte for byte. The command under each heading trains missing runs and shows the results; add `--runs docs/results/kept --only-kept` to show only the results of this page.",
    ].join("\n"),
    "Studies without results are marked. [Reproducing the paper](../reproducing.md) explains protocols and measures.",
    studies.map(({ kept: { study } }) => `- [${study.title}](#${anchorOf(study.title)})`).join("\n"),
  );
  const torch = torchTrainings(docs);
  for (const { kept, command } of studies) {
    addStudy(page, kept, command);
    if (kept.study.name === "table-1" && torch !== undefined) page.addTable(torch, "###");
  }
  return page.files();
}

function addStudy(page: Page, { study, results, views }: KeptStudy, command: string): void {
  page.add(`## ${study.title}`, `\`${command}\``);
  const hasRuns = results.some(({ runs }) => runs.some(({ record }) => record !== undefined));
  const isEmpty = study.groups.length > 0 && !hasRuns;
  if (isEmpty) page.add("Not run yet.");
  page.add(...views.headlines, ...orderSentences(study.name, results), ...collapseSentences(results));
  if (!isEmpty || study.name.startsWith("table-")) {
    for (const table of views.tables) page.addTable(table, table.title === study.title ? "" : "###");
  }
  for (const chart of views.charts) page.addChart(chart, `${study.name}-${chart.name}`);
  if (study.name.startsWith("table-")) page.add(...results.flatMap((result) => picturesOf(result, "kept")));
}

/** The anchor that GitHub derives from a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}
