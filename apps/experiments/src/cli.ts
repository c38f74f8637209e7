import { Command, CommanderError } from "commander";
import { approximationsCommand } from "./command/approximations.js";
import { compareCommand } from "./command/compare.js";
import { reportCommand } from "./command/report.js";
import { trainCommand } from "./command/train.js";
import { StoppedError } from "./run/train.js";

/**
 * The `igr` command. Returns the exit code: 0, 1 for a failure (one sentence on stderr; the stack with IGR_DEBUG=1), 130 after
 * Ctrl-C, which stops between two steps.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("stopped"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const program = new Command("igr")
    .description("Train and compare relaxations of discrete latent variables")
    .showHelpAfterError("(igr --help, igr train --help)")
    .exitOverride();
  program
    .addCommand(trainCommand(abort.signal))
    .addCommand(compareCommand(abort.signal))
    .addCommand(reportCommand())
    .addCommand(approximationsCommand());
  for (const command of program.commands) command.exitOverride().showHelpAfterError(`(igr ${command.name()} --help)`);
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof StoppedError) {
      process.stderr.write(`${error.message}\n`);
      return 130;
    }
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`igr: ${process.env.IGR_DEBUG && error instanceof Error ? error.stack : message}\n`);
    return 1;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
