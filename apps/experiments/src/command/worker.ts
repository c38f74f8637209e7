import type { Command } from "commander";
import { trainAll } from "../executor/executor.js";
import { poolSize } from "../executor/local-pool.js";
import { parseShare, shareOf, takeShare } from "../executor/share.js";
import { trainWithLives } from "../executor/train-with-lives.js";
import { InputError } from "../input-error.js";
import { StoppedError } from "../run/events.js";
import { StudyProgress } from "../terminal/study-progress.js";
import { createTracker } from "../tracking/create-tracker.js";
import type { CommandContext } from "./context.js";
import { executorOf } from "./execute-options.js";
import { integer } from "./number-option.js";
import { storeOf } from "./store-options.js";
import { type StudyCommandOptions, studyOptionsOf, withStudyCuts } from "./study-options.js";

type WorkerOptions = StudyCommandOptions & {
  readonly index?: string | true;
  readonly idle?: number;
  readonly lock: number;
};

/** `igr worker`: trains the runs of a queue, or a share of a study in an array job of a cluster's scheduler. */
export function workerCommand(command: Command, context: CommandContext): Command {
  return withStudyCuts(command)
    .argument("[study]", "with --index: name of a study, or a file that describes one")
    .option(
      "--index [i/n]",
      "the share i of n, counted from 0; without a value read from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX",
    )
    .option("--idle <seconds>", "with --queue: exit after this time without a run (default: never)", integer(0))
    .option(
      "--lock <seconds>",
      "with --queue: time without a sign of life after which another worker takes over the runs",
      integer(1),
      30,
    )
    .addHelpText(
      "after",
      `
All workers, and whoever shows the study, have the same --runs: a shared folder, or s3://bucket/prefix.
A queue's workers train what studies ask for (igr study <study> --queue), also rounds that depend on results. A worker that is
killed is replaced by another within about a minute, which goes on from the last checkpoint. Ctrl-C gives runs back at once.
With --index no queue is needed; a study with rounds has its first round here, and igr study <study> trains what is left.

Examples:
  igr worker --queue redis://head:6379 --runs /shared/runs
  igr worker --queue redis://head:6379 --runs s3://bucket/runs --idle 600
  igr worker table-1 --index 0/8 --runs /shared/runs
  sbatch --array=0-7 --wrap "igr worker table-1 --index --runs /shared/runs"`,
    )
    .action((name: string | undefined, options: WorkerOptions, command: Command) => {
      if (options.queue !== undefined) return workForQueue(options.queue, options, command, context);
      if (name === undefined || options.index === undefined) {
        throw new InputError("pass --queue with the address of a queue, or a study and --index");
      }
      if (options.idle !== undefined) throw new InputError("--idle is not used without --queue");
      return workShare(name, options.index, options, context);
    });
}

async function workShare(
  name: string,
  index: string | true,
  options: WorkerOptions,
  context: CommandContext,
): Promise<void> {
  const share = typeof index === "string" ? parseShare(index) : shareOf(process.env);
  const { studyOf } = await import("./execute-study.js");
  const { distinctRuns } = await import("../study/run-study.js");
  const study = await studyOf(name, studyOptionsOf(options));
  const runs = takeShare(distinctRuns(study.groups), share);
  context.stderr(`Share ${share.index} of ${share.count}: ${runs.length} runs of ${study.title}\n`);
  const progress = new StudyProgress(runs, options.quiet ? { write: () => {} } : process.stderr);
  const ends = await trainAll(executorOf(options), runs, { observer: progress, signal: context.signal });
  progress.clear();
  if (ends.some(({ status }) => status === "stopped")) {
    throw new StoppedError(`Stopped. Finished runs are kept; continue with: ${context.program} ${context.line}`);
  }
  const failed = ends.flatMap((end) => (end.status === "failed" ? [end] : []));
  for (const [index, end] of ends.entries()) {
    if (end.status === "failed") context.stderr(`${runs[index]?.title}: ${end.message}\n`);
  }
  context.stdout(`${runs.length - failed.length} of ${runs.length} runs are finished.\n`);
  if (failed.length > 0) context.exit(failed.every(({ isInput }) => isInput) ? 2 : 1);
}

/** Options that are not used with `--queue`, because the studies that fill the queue have them. */
const ofStudies = ["index", "epochs", "seeds", "datasets", "rows", "protocols", "dataDir", "set"];

async function workForQueue(
  queue: string,
  options: WorkerOptions,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const given = ofStudies.find((name) => command.getOptionValueSource(name) === "cli");
  if (given !== undefined || command.args.length > 0) {
    const what = given === undefined ? `the study ${command.args[0]}` : `--${given === "dataDir" ? "data-dir" : given}`;
    throw new InputError(`${what} is not used with --queue: igr study --queue determines the runs`);
  }
  const { runs, engine, track, idle, lock, quiet } = options;
  for (const address of track) createTracker(address);
  const store = storeOf(options);
  const { processes, threads } = poolSize(options, Number.POSITIVE_INFINITY);
  const progress = new StudyProgress([], quiet ? { write: () => {} } : process.stderr);
  const { workQueue } = await import("../executor/queue/queue-worker.js");
  const counts = await workQueue({
    queue,
    store: store.location,
    processes,
    train: (run, lives) => trainWithLives(run, { store: runs, engine, trackers: track, threads }, lives),
    observer: progress,
    signal: context.signal,
    lockDuration: lock * 1000,
    ...(idle === undefined ? {} : { idle: idle * 1000 }),
  });
  progress.clear();
  const parts = Object.entries(counts).filter(([name, count]) => count > 0 || name === "trained");
  const said = parts.map(([name, count]) => `${count} ${name}`).join(", ");
  if (context.signal.aborted) {
    throw new StoppedError(`Stopped: ${said}. Unfinished runs are back in the queue, with a checkpoint.`);
  }
  context.stdout(`${said}\n`);
}
