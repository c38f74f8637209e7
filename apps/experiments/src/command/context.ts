/** The environment of a command. */
export interface CommandContext {
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Sets the exit code for an end without an error; 0 by default. */
  readonly exit: (code: number) => void;
  /** The words that start this program. */
  readonly program: string;
  /** The command line without the program. */
  readonly line: string;
}
