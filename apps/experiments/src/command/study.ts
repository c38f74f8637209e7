import type { Command } from "commander";
import type { AddCommand } from "./commands.js";
import type { CommandContext } from "./context.js";
import { type StudyCommandOptions, withStudyOptions } from "./study-options.js";

/** Loads `igr study`, whose help lists the studies. */
export async function loadStudyCommand(): Promise<AddCommand> {
  const { builtInStudies } = await import("../study/built-in/index.js");
  const names = builtInStudies.map(({ name, title }) => `  ${name.padEnd(22)}${title}`).join("\n");
  return (command, context) =>
    withStudyOptions(command)
      .argument("<study>", "name of a study, or a YAML or JSON file that describes one")
      .addHelpText(
        "after",
        `\nStudies:\n${names}\n\nExamples:\n  igr study table-1 --epochs 1 --seeds 1\n  igr study table-3 --plan\n  igr study sweep.yaml --processes 4`,
      )
      .action((name: string, options: StudyCommandOptions) => execute(name, options, context));
}

/** `igr table`: a table of the paper. */
export function tableCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .argument("<number>", "1, 2, 3 or 4")
    .addHelpText(
      "after",
      "\nExamples:\n  igr table 3 --epochs 1\n  igr table 1 --datasets mnist --protocols paper,authors --out results",
    )
    .action((number: string, options: StudyCommandOptions) => execute(`table-${number}`, options, context));
}

/** `igr figure`: a figure of the paper. */
export function figureCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .argument("<number>", "1 to 12")
    .addHelpText(
      "after",
      "\nFigures 3, 4 and 5 show trained models; the others show fits and draws.\n\nExamples:\n  igr figure 2 --out results\n  igr figure 3 --epochs 5 --out results\n  igr figure 5 --only-kept --out results",
    )
    .action((number: string, options: StudyCommandOptions) => execute(`figure-${number}`, options, context));
}

/** `igr approximations`: every fit of the paper, and fits by other objectives. */
export function approximationsCommand(command: Command, context: CommandContext): Command {
  return withStudyOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  igr approximations --out results\n  igr approximations --set steps=100 --set countedSamples=10000",
    )
    .action((options: StudyCommandOptions) => execute("approximations", options, context));
}

/** What runs a study takes long to load, and the help of a command does not need it. */
async function execute(name: string, options: StudyCommandOptions, context: CommandContext): Promise<void> {
  const { executeStudy } = await import("./execute-study.js");
  await executeStudy(name, options, context);
}
