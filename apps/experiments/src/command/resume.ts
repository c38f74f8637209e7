import type { Command } from "commander";
import { readRun } from "../run/record.js";
import type { CommandContext } from "./context.js";
import { type ExecuteOptions, withExecution } from "./execute-options.js";
import { findRun } from "./find-run.js";
import { integer } from "./number-option.js";
import { storeOf, withStore } from "./store-options.js";
import { trainOne } from "./train.js";

/** `igr resume`: continues a stopped run, or extends a finished one. */
export function resumeCommand(command: Command, context: CommandContext): Command {
  return withExecution(withStore(command))
    .argument("<run>", "name of a run, or a prefix of it")
    .option("--epochs <n>", "total number of epochs (default: as configured)", integer(1))
    .option("--json", "print the run as JSON")
    .addHelpText("after", "\nExamples:\n  igr resume 3f2a\n  igr resume 3f2a --epochs 200")
    .action(async (name: string, options: ExecuteOptions & { readonly epochs?: number; readonly json?: boolean }) => {
      const store = storeOf(options);
      const { configuration } = await readRun(store, await findRun(store, name));
      await trainOne({ ...configuration, epochs: options.epochs ?? configuration.epochs }, options, context);
    });
}
