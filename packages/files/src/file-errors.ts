/** The operating system's error code if the value is an error that has one. */
export function codeOf(error: unknown): string | undefined {
  return (error as Partial<NodeJS.ErrnoException> | undefined)?.code;
}

/** Errors of operations on an open file lack its name: "ENOSPC: no space left on device, write". The returned error adds the name. */
export function withPath(error: unknown, path: string): unknown {
  const failure = error as NodeJS.ErrnoException;
  if (codeOf(error) === undefined || failure.path !== undefined) return error;
  failure.path = path;
  failure.message += ` '${path}'`;
  return failure;
}
