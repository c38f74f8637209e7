import { relative } from "node:path";
import { Command, CommanderError } from "commander";
import { type CommandEntry, commands } from "./command/commands.js";
import type { CommandContext } from "./command/context.js";
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
    await (await programOf(argv, context)).parseAsync(argv);
    return code;
  } catch (error) {
    return codeOf(error);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/**
 * The program. Only commands whose names are on the command line are loaded; the others have a name and a description,
 * which is what `igr --help` shows.
 */
async function programOf(argv: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command("igr")
    .description("Relaxed discrete random variables: the experiments of the paper, and your own")
    .showHelpAfterError("(igr --help names the commands)")
    // An option that two commands have belongs to the one that it follows, such as --json in `igr bench scaling --json`.
    .enablePositionalOptions();
  const isNamed = ({ name }: CommandEntry) => argv.slice(2).includes(name);
  const isAll = commands.some((each) => each.needsAll && isNamed(each));
  for (const each of commands) {
    const command = program.command(each.name).description(each.description);
    if (isAll || isNamed(each)) (await each.load())(command, context);
  }
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
