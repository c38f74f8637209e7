import { relative } from "node:path";
import { Command, CommanderError } from "commander";
import { benchCommand } from "./command/bench.js";
import { completionCommand } from "./command/completion.js";
import type { CommandContext } from "./command/context.js";
import { docsCommand } from "./command/docs.js";
import { doctorCommand } from "./command/doctor.js";
import { evaluateCommand } from "./command/evaluate.js";
import { exportCommand } from "./command/export.js";
import { matchTemperatureCommand } from "./command/match-temperature.js";
import { reportCommand } from "./command/report.js";
import { resumeCommand } from "./command/resume.js";
import { runsCommand } from "./command/runs.js";
import { sampleCommand } from "./command/sample.js";
import { approximationsCommand, figureCommand, studyCommand, tableCommand } from "./command/study.js";
import { trainCommand } from "./command/train.js";
import { workerCommand } from "./command/worker.js";
import { InputError } from "./input-error.js";
import { StoppedError } from "./run/events.js";

/**
 * The `igr` command. Returns the exit code: 0 for success; 1 for a failure (one sentence on stderr; with IGR_DEBUG=1
 * the stack); 2 for an error that the user can fix; 130 after Ctrl-C, which stops runs between two steps. A second
 * Ctrl-C ends the process immediately.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  let interrupts = 0;
  const stop = () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(130);
    process.stderr.write("\nStopping after this step; Ctrl-C again ends it at once.\n");
    abort.abort(new StoppedError("stopped"));
  };
  // The reader of the pipe, such as head, has exited.
  const onPipeError = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    abort.abort(new StoppedError("stopped: nobody reads the output any more"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.stdout.on("error", onPipeError);
  process.stderr.on("error", onPipeError);
  let code = 0;
  const context: CommandContext = {
    signal: abort.signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    exit: (given) => {
      code = given;
    },
    program: programName(argv),
    line: argv.slice(2).map(quoted).join(" "),
  };
  try {
    await programOf(context).parseAsync(argv);
    return code;
  } catch (error) {
    return codeOf(error);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

const commands = [
  trainCommand,
  resumeCommand,
  evaluateCommand,
  sampleCommand,
  exportCommand,
  studyCommand,
  tableCommand,
  figureCommand,
  approximationsCommand,
  workerCommand,
  runsCommand,
  reportCommand,
  docsCommand,
  matchTemperatureCommand,
  benchCommand,
  doctorCommand,
];

function programOf(context: CommandContext): Command {
  const program = new Command("igr")
    .description("Relaxed discrete random variables: the experiments of the paper, and your own")
    .showHelpAfterError("(igr --help names the commands)");
  for (const make of commands) program.addCommand(make(context));
  program.addCommand(completionCommand(context, program));
  prepare(program);
  return program;
}

function prepare(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) {
    each.showHelpAfterError(
      `(igr ${each.parent === command && command.parent ? `${command.name()} ` : ""}${each.name()} --help)`,
    );
    prepare(each);
  }
}

/** Prints what went wrong and returns its exit code. */
function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StoppedError) {
    process.stderr.write(`${error.message}\n`);
    return 130;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`igr: ${process.env.IGR_DEBUG && error instanceof Error ? error.stack : message}\n`);
  return error instanceof InputError ? 2 : 1;
}

/** How this program was called: `igr`, or `node` and the script if it is not installed as a command. */
function programName([, script = "igr"]: readonly string[]): string {
  return script.endsWith(".mjs") ? `node ${relative(process.cwd(), script)}` : "igr";
}

function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
