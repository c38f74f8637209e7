import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { renderReport, verdict } from "../report/report.js";
import { readRuns } from "../run/record.js";
import { writeAtomically } from "../run/run-directory.js";

/** `igr report`: one page about any number of finished runs. */
export function reportCommand(): Command {
  return new Command("report")
    .description("write one HTML report about finished run directories")
    .argument("<runs...>", "run directories, as igr train and igr compare leave them")
    .option("--out <file>", "the page to write", "report.html")
    .action((directories: string[], { out }: { out: string }) => {
      const found = directories.flatMap((directory) =>
        readRuns(directory).map((run) => ({ run, name: basename(directory) })),
      );
      const titles = new Set(found.map(({ run }) => run.title));
      const distinct = found.map(({ run, name }) =>
        titles.size === found.length ? run : { ...run, title: `${run.title} ${name}` },
      );
      writeAtomically(out, renderReport(distinct.map(({ title }) => title).join(", "), distinct));
      const sentence = verdict(distinct);
      process.stdout.write(`${sentence ? `${sentence}\n` : ""}Report: ${pathToFileURL(out).href}\n`);
    });
}
