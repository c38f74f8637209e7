import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFolder } from "@igr/files";
import type { Results } from "../calculation/calculation.js";
import { InputError } from "../input-error.js";
import type { GroupResult, Study, StudyViews } from "../study/study.js";
import { chartToSvg } from "../view/chart.js";
import { svgToPng } from "../view/png.js";
import { reportToHtml } from "../view/report.js";
import { tableToCsv, tableToJson, tableToMarkdown, tableToText, wrapped } from "../view/table.js";
import type { CommandContext } from "./context.js";
import { type StoreOptions, storeOf } from "./store-options.js";
import { studyReport } from "./study-report.js";

export interface ShowOptions extends StoreOptions {
  readonly format: "text" | "markdown" | "csv" | "json";
  readonly json?: boolean;
  readonly out?: string;
}

/** Prints the results of a study, and writes them to files on request. */
export async function showStudy(
  study: Study,
  results: readonly GroupResult[],
  calculated: Results,
  options: ShowOptions,
  { stdout }: CommandContext,
): Promise<void> {
  const views = study.views(results, calculated);
  const format = options.json ? "json" : options.format;
  stdout(printed(study, views, format));
  if (options.out === undefined) return;
  const folder = options.out;
  try {
    await makeFolder(folder);
    writeViews(folder, study.name, views);
    writeFileSync(
      join(folder, "report.html"),
      reportToHtml(await studyReport(study, views, results, storeOf(options))),
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new InputError(`${folder} can't be written: ${message}`, { cause: error });
  }
  if (format === "text") stdout(`Report: ${pathToFileURL(join(folder, "report.html")).href}\n`);
}

function printed({ name, title }: Study, { tables, headlines }: StudyViews, format: ShowOptions["format"]): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ name, title, headlines, tables: tables.map(tableToJson) }, null, 2)}\n`;
    case "csv":
      return tables.map(tableToCsv).join("\r\n");
    case "markdown":
      return [...headlines.map((each) => `${each}\n`), ...tables.map((table) => tableToMarkdown(table))].join("\n");
    case "text": {
      const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
      const parts = [
        ...tables.map((table) => tableToText(table, width)),
        ...headlines.map((sentence) => wrapped(sentence, width)),
      ];
      return `\n${parts.join("\n\n")}\n`;
    }
  }
}

/** Tables as Markdown, CSV and JSON, charts as SVG and PNG. */
function writeViews(folder: string, name: string, { tables, charts }: StudyViews): void {
  const write = (file: string, content: string | Uint8Array) => writeFileSync(join(folder, file), content);
  for (const table of tables) {
    write(`${table.name}.md`, tableToMarkdown(table));
    write(`${table.name}.csv`, tableToCsv(table));
    write(`${table.name}.json`, `${JSON.stringify(tableToJson(table), null, 2)}\n`);
  }
  for (const chart of charts) {
    const svg = chartToSvg(chart);
    write(`${name}-${chart.name}.svg`, `${svg}\n`);
    write(`${name}-${chart.name}.png`, svgToPng(svg));
  }
}
