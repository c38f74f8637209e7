/** The error code of the operating system, where the value is such an error. */
export function codeOf(error: unknown): string | undefined {
  return (error as Partial<NodeJS.ErrnoException> | undefined)?.code;
}

/** Operations on an open file fail without its name: "ENOSPC: no space left on device, write". The returned error has it. */
export function withPath(error: unknown, path: string): unknown {
  const failure = error as NodeJS.ErrnoException;
  if (codeOf(error) === undefined || failure.path !== undefined) return error;
  failure.path = path;
  failure.message += ` '${path}'`;
  return failure;
}
