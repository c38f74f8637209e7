import { type Command, Option } from "commander";
import { parseAssignments } from "../configuration/assignment.js";
import type { StudyOptions } from "../study/study.js";
import { type ExecuteOptions, withExecution } from "./execute-options.js";
import { integer, list } from "./number-option.js";
import type { ShowOptions } from "./show-study.js";
import { withStore } from "./store-options.js";

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
export function withStudyOptions(command: Command): Command {
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
