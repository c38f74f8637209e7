import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fitSettings } from "../calculation/fit.js";
import type { RunStore } from "../run/store.js";
import { fitNotes } from "../study/fits/fit-table.js";
import type { Table } from "../view/table.js";
import { keptStudy } from "./kept-views.js";
import { type DocumentationFile, Page } from "./page.js";

/** The results of bench/approximate.mjs. */
interface TimeRecord {
  readonly machine: string;
  readonly rows: readonly { readonly relaxation: string; readonly seconds: number; readonly cpuSeconds: number }[];
}

/** docs/approximations.md: every fit to discrete distributions. */
export async function approximationsPage(store: RunStore, docs: string): Promise<DocumentationFile[]> {
  const { study, calculated, views } = await keptStudy("approximations", {}, store);
  const page = new Page("approximations.md", "approximations");
  page.add(
    "# Approximating discrete distributions",
    "Written by `npm run docs:results` from the fits in [results/kept](results/kept). `igr approximations` repeats them; `igr figure 2` and `igr figure 6` to `11` make those of the paper's figures.",
    ...fitNotes(fitSettings),
    "Charts show the target in gray; relaxations are hatched bars, or dots where there are many categories.",
  );
  for (const table of views.tables) {
    page.addTable(table);
    const chart = views.charts.find(({ name }) => name === table.name);
    if (chart) page.addChart(chart, chart.name);
  }
  const timeFile = join(docs, "approximations", "time.json");
  if (existsSync(timeFile)) page.addTable(timeTable(JSON.parse(readFileSync(timeFile, "utf8")) as TimeRecord));
  const machines = new Set((study.calculations ?? []).flatMap((each) => calculated(each)?.machine ?? []));
  page.add(`Fitted on ${[...machines].join("; ")}.`);
  return page.files();
}

function timeTable({ machine, rows }: TimeRecord): Table {
  return {
    name: "time",
    title: "Time",
    head: [
      "1,000 steps of 1,000 samples for 100 categories, compiled by @igr/jit, compilation included (`node bench/approximate.mjs`):",
    ],
    columns: [
      { key: "relaxation", title: "relaxation", align: "left" },
      { key: "seconds", title: "seconds" },
      { key: "processor", title: "processor seconds" },
    ],
    rows: rows.map(({ relaxation, seconds, cpuSeconds }) => ({
      relaxation: { text: relaxation },
      seconds: { text: seconds.toFixed(1), value: seconds },
      processor: { text: cpuSeconds.toFixed(1), value: cpuSeconds },
    })),
    notes: [`${machine}.`],
  };
}
