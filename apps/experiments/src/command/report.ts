import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { renderReport, verdict } from "../report/report.js";
import { readRun } from "../run/record.js";
import { writeAtomically } from "../run/run-directory.js";

/** `igr report`: one page about any number of finished runs. */
export function reportCommand(): Command {
  return new Command("report")
    .description("write one HTML report about finished run directories")
    .argument("<runs...>", "run directories, as igr train leaves them")
    .option("--out <file>", "the page to write", "report.html")
    .action((directories: string[], { out }: { out: string }) => {
      const runs = directories.map(readRun);
      const titles = new Set(runs.map(({ title }) => title));
      const distinct =
        titles.size === runs.length
          ? runs
          : runs.map((run, k) => ({ ...run, title: `${run.title} ${basename(directories[k] as string)}` }));
      writeAtomically(out, renderReport(distinct.map(({ title }) => title).join(", "), distinct));
      const sentence = verdict(distinct);
      process.stdout.write(
        `${sentence ? `${sentence}\n` : ""}Report: ${pathToFileURL(join(process.cwd(), out)).href}\n`,
      );
    });
}
