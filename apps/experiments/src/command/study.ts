import { type Command, Option } from "commander";
import { calculate } from "../calculation/calculate.js";
import { calculationId } from "../calculation/calculation.js";
import { keptBeside } from "../calculation/kept-calculations.js";
import { parseAssignments } from "../configuration/assignment.js";
import { plannedRun } from "../executor/executor.js";
import { InputError } from "../input-error.js";
import { StoppedError } from "../run/events.js";
import { builtInStudies, makeBuiltIn } from "../study/built-in/index.js";
import { fileStudy } from "../study/file-study.js";
import { readStudy, runStudy } from "../study/run-study.js";
import type { Study, StudyOptions } from "../study/study.js";
import { CalculationProgress } from "../terminal/calculation-progress.js";
import { StudyProgress } from "../terminal/study-progress.js";
import type { CommandContext } from "./context.js";
import { type ExecuteOptions, executorOf, withExecution } from "./execute-options.js";
import { integer, list } from "./number-option.js";
import type { ShowOptions } from "./show-study.js";
import { storeOf, withStore } from "./store-options.js";

interface CutOptions {
  readonly epochs?: number;
  readonly seeds?: number;
  readonly datasets?: string[];
  readonly rows?: string[];
  readonly protocols?: string[];
  readonly dataDir?: string;
  readonly set: readonly string[];
}

export interface StudyCommandOptions extends ExecuteOptions, CutOptions, ShowOptions {
  readonly onlyKept?: boolean;
  readonly plan?: boolean;
}

/** Adds the options that run a study, and those that reduce a built-in one. */
export function withStudyCuts(command: Command): Command {
  return withExecution(withStore(command))
    .option("--epochs <n>", "number of epochs (default: the paper's)", integer(1))
    .option("--seeds <n>", "the seeds 1 to n", integer(1))
    .option("--datasets <names>", "only these data sets, such as mnist,fashion-mnist", list)
    .option("--rows <names>", 'only these, such as "IGR(0.50),GS(0.67)"', list)
    .option("--protocols <names>", "paper, authors or both, separated by a comma (default: paper)", list)
    .option("--data-dir <folder>", "folder with the files of CelebA")
    .option(
      "--set <path=value>",
      "any option of all configurations; repeatable",
      (text: string, all: readonly string[]) => [...all, text],
      [],
    );
}

/** Adds these options, and those for printed results. */
function withStudyOptions(command: Command): Command {
  return withStudyCuts(command)
    .addOption(
      new Option("--format <name>", "format of the printed tables")
        .choices(["text", "markdown", "csv", "json"])
        .default("text"),
    )
    .option("--json", "the same as --format json")
    .option("--out <folder>", "also write tables (Markdown, CSV, JSON), charts (SVG, PNG) and report.html there")
    .option("--only-kept", "train nothing; show stored results")
    .option("--plan", "list the runs that would be trained; train nothing");
}

/** `igr study`: a study by name. */
export function studyCommand(command: Command, context: CommandContext): Command {
  const names = builtInStudies.map(({ name, title }) => `  ${name.padEnd(22)}${title}`).join("\n");
  return withStudyOptions(command)
    .argument("<study>", "name of a study, or a YAML or JSON file that describes one")
    .addHelpText(
      "after",
      `\nStudies:\n${names}\n\nExamples:\n  igr study table-1 --epochs 1 --seeds 1\n  igr study table-3 --plan\n  igr study sweep.yaml --processes 4`,
    )
    .action((name: string, options: StudyCommandOptions) => executeStudy(name, options, context));
}

/** `igr table`: a table of the paper. */
export function tableCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .argument("<number>", "1, 2, 3 or 4")
    .addHelpText(
      "after",
      "\nExamples:\n  igr table 3 --epochs 1\n  igr table 1 --datasets mnist --protocols paper,authors --out results",
    )
    .action((number: string, options: StudyCommandOptions) => executeStudy(`table-${number}`, options, context));
}

/** `igr figure`: a figure of the paper. */
export function figureCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .argument("<number>", "1 to 12")
    .addHelpText(
      "after",
      "\nFigures 3, 4 and 5 show trained models; the others show fits and draws.\n\nExamples:\n  igr figure 2 --out results\n  igr figure 3 --epochs 5 --out results\n  igr figure 5 --only-kept --out results",
    )
    .action((number: string, options: StudyCommandOptions) => executeStudy(`figure-${number}`, options, context));
}

/** `igr approximations`: every fit of the paper, and fits by other objectives. */
export function approximationsCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  igr approximations --out results\n  igr approximations --set steps=100 --set countedSamples=10000",
    )
    .action((options: StudyCommandOptions) => executeStudy("approximations", options, context));
}

/** Runs a study by its name and shows the results. */
export async function executeStudy(name: string, options: StudyCommandOptions, context: CommandContext): Promise<void> {
  const study = await studyOf(name, studyOptionsOf(options));
  const store = storeOf(options);
  if (options.plan) {
    context.stdout(`${planOf(study)}\n`);
    return;
  }
  const calculated = (onlyKept: boolean) => {
    const progress = new CalculationProgress(
      study.calculations ?? [],
      options.quiet ? { write: () => {} } : process.stderr,
    );
    return calculate(study.calculations ?? [], {
      kept: keptBeside(options.runs),
      onlyKept,
      signal: context.signal,
      onProgress: (calculation, share) => progress.update(calculation, share),
    }).finally(() => progress.clear());
  };
  if (options.onlyKept) {
    const { showStudy } = await import("./show-study.js");
    await showStudy(study, await readStudy(study, store), await calculated(true), options, context);
    return;
  }
  const executor = executorOf(options);
  const runs = study.groups.flatMap(({ configurations }) => configurations.map(plannedRun));
  const progress = new StudyProgress(runs, options.quiet ? { write: () => {} } : process.stderr);
  const { results, failures, isStopped } = await runStudy(study, store, executor, {
    observer: progress,
    signal: context.signal,
  });
  progress.clear();
  if (isStopped) {
    throw new StoppedError(`Stopped. Finished runs are kept; continue with: ${context.program} ${context.line}`);
  }
  const { showStudy } = await import("./show-study.js");
  await showStudy(study, results, await calculated(false), options, context);
  if (failures.length > 0) {
    const lines = failures.map(({ title, message }) => `${title} failed: ${message}\n`);
    context.stderr(`${lines.join("")}Run the same command again to retry them.\n`);
    context.exit(failures.every(({ isInput }) => isInput) ? 2 : 1);
  }
}

/** A built-in study, or a study from a file. */
export async function studyOf(name: string, options: StudyOptions): Promise<Study> {
  if (!/[./\\]/.test(name)) return makeBuiltIn(name, options);
  const given = (["datasets", "rows", "protocols"] as const).find((option) => options[option] !== undefined);
  if (given) {
    throw new InputError(`--${given} is for the studies of the paper; the file ${name} itself says what varies`);
  }
  return fileStudy(name, options);
}

/** How a command line reduces a study. */
export function studyOptionsOf({ epochs, seeds, datasets, rows, protocols, dataDir, set }: CutOptions): StudyOptions {
  return {
    epochs,
    seeds,
    datasets,
    rows,
    protocols,
    dataDir,
    ...(set.length > 0 ? { set: parseAssignments(set) } : {}),
  };
}

function planOf(study: Study): string {
  const lines = study.groups.flatMap(({ labels, configurations, absent }) => [
    ...configurations
      .map(plannedRun)
      .map(
        ({ id, title, configuration }) => `${id}  ${title}  ${configuration.epochs} epochs  ${labels.protocol ?? ""}`,
      ),
    ...(absent === undefined ? [] : [`-  ${Object.values(labels).join(" ")}  ${absent}`]),
  ]);
  const calculations = (study.calculations ?? []).map((each) => `${calculationId(each)}  ${each.title}`);
  return [study.title, ...lines, ...calculations].join("\n");
}
