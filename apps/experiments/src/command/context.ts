/** What every command is given of the program around it. */
export interface CommandContext {
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Says how this ends without an error: 0 unless set. */
  readonly exit: (code: number) => void;
  /** The words to type this program by. */
  readonly program: string;
  /** The command line as it was given, without the program. */
  readonly line: string;
}
