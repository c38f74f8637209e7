import { Command } from "commander";
import { parseShare, shareOf, takeShare } from "../executor/share.js";
import { StoppedError } from "../run/events.js";
import { distinctRuns } from "../study/run-study.js";
import { StudyProgress } from "../terminal/study-progress.js";
import type { CommandContext } from "./context.js";
import { executorOf } from "./execute-options.js";
import { type StudyCommandOptions, studyOf, studyOptionsOf, withStudyCuts } from "./study.js";

type WorkerOptions = StudyCommandOptions & { readonly index: string | true };

/** `igr worker`: a share of a study, for the arrays of a cluster's scheduler. */
export function workerCommand(context: CommandContext): Command {
  return withStudyCuts(
    new Command("worker").description("train a share of a study's runs, on a cluster that numbers its processes"),
  )
    .argument("<study>", "a study by its name, or a file that describes one")
    .requiredOption(
      "--index [i/n]",
      "the share: i of n, from 0; without a value from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX",
    )
    .addHelpText(
      "after",
      `
All processes share one --runs folder; whoever shows the study afterwards trains what is left: igr study <study>.
A study with rounds, such as temperature-selection, has its first round here.

Examples:
  igr worker table-1 --index 0/8 --runs /shared/runs
  sbatch --array=0-7 --wrap "igr worker table-1 --index --runs /shared/runs"`,
    )
    .action(async (name: string, options: WorkerOptions) => {
      const share = typeof options.index === "string" ? parseShare(options.index) : shareOf(process.env);
      const study = await studyOf(name, studyOptionsOf(options));
      const runs = takeShare(distinctRuns(study.groups), share);
      context.stderr(`Share ${share.index} of ${share.count}: ${runs.length} runs of ${study.title}\n`);
      const progress = new StudyProgress(runs, options.quiet ? { write: () => {} } : process.stderr);
      const ends = await executorOf(options).run(runs, { observer: progress, signal: context.signal });
      progress.clear();
      if (ends.some(({ status }) => status === "stopped")) {
        throw new StoppedError(`Stopped. Finished runs are kept; go on with: ${context.program} ${context.line}`);
      }
      const failed = ends.flatMap((end, index) =>
        end.status === "failed" ? [`${runs[index]?.title}: ${end.message}`] : [],
      );
      for (const line of failed) context.stderr(`${line}\n`);
      context.stdout(`${runs.length - failed.length} of ${runs.length} runs are finished.\n`);
      if (failed.length > 0) context.exit(1);
    });
}
