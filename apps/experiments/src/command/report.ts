import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { latentTitle, runTitle } from "../configuration/title.js";
import { InputError } from "../input-error.js";
import { type RunRecord, readRun } from "../run/record.js";
import type { CommandContext } from "./context.js";
import { findRun } from "./find-run.js";
import { type StoreOptions, storeOf, withStore } from "./store-options.js";

/** `igr report`: one page about any runs, finished or not. Runs that differ only in their seed become one curve. */
export function reportCommand(command: Command, { stdout }: CommandContext): Command {
  return withStore(command)
    .argument("<run...>", "names of runs, or prefixes of them")
    .option("--out <file>", "file of the page", "report.html")
    .addHelpText("after", "\nExamples:\n  igr report 3f2a\n  igr report 3f2a 91bc 77d0 --out comparison.html")
    .action(async (names: string[], options: StoreOptions & { readonly out: string }) => {
      const store = storeOf(options);
      const ids = [...new Set(await Promise.all(names.map((name) => findRun(store, name))))];
      const records = await Promise.all(ids.map((id) => readRun(store, id)));
      const { runsStudy } = await import("../study/runs-study.js");
      const { studyReport } = await import("./study-report.js");
      const { reportToHtml } = await import("../view/report.js");
      const { study, results } = runsStudy(titleOf(records), records);
      const views = study.views(results, () => undefined);
      const page = reportToHtml(await studyReport(study, views, results, store));
      try {
        writeFileSync(options.out, page);
      } catch (error) {
        throw new InputError(`${options.out} can't be written: ${(error as Error).message}`, { cause: error });
      }
      stdout(`Report: ${pathToFileURL(options.out).href}\n`);
    });
}

function titleOf(records: readonly RunRecord[]): string {
  const [first] = records;
  if (records.length === 1 && first) return `${runTitle(first.configuration)} on ${first.configuration.data.name}`;
  const latents = [...new Set(records.map(({ configuration }) => latentTitle(configuration.latent)))];
  return latents.length <= 4 ? latents.join(", ") : `${records.length} runs`;
}
