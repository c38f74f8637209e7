/**
 * An error that the user can fix: a wrong option, a missing file, a run in use. The command prints its message as one
 * sentence, without
 * a stack, and ends with the exit code 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}
