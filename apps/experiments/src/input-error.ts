/**
 * What the user can mend: a wrong option, a file that is missing, a run in use. The command prints its message as one sentence, without
 * a stack, and ends with the exit code 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}
